"""What of the log stands outside, for those who watch: of each kind of anchor the newest, its age, and whether it is
late. On hospital IT's page and on the reviewers'.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask

from gateway.anchoring.joining import AnchorLine
from gateway.anchoring.kept import MAIL, TIMESTAMP, WITNESS
from gateway.web.parts import gateway


@dataclass(frozen=True, slots=True)
class KindOfAnchor:
    """One kind: `state` is `absent` (none is configured), `failing`, `late`, `waiting` (none obtained yet) or `ok`;
    `age_ms` of the newest, None before the first."""

    kind: str
    state: str
    age_ms: int | None


def add_anchor_words(app: Flask) -> None:
    """`anchor_kinds()` in the templates."""
    app.jinja_env.globals["anchor_kinds"] = anchor_kinds


def anchor_kinds() -> tuple[KindOfAnchor, ...]:
    """The message to the DPO, the time-stamp and the cosignature, each as its worst anchor is and as old as its newest
    proof. Raises `Unavailable`."""
    lines = gateway().anchoring.state()
    now = gateway().world.epoch_ms()
    return tuple(_of(kind, [line for line in lines if line.kind == kind], now) for kind in (MAIL, TIMESTAMP, WITNESS))


def _of(kind: str, lines: Sequence[AnchorLine], now: int) -> KindOfAnchor:
    times = [line.time for line in lines if line.time is not None]
    age = max(0, now - max(times)) if times else None
    if not lines:
        state = "absent"
    elif any(line.fault for line in lines):
        state = "failing"
    elif any(line.late for line in lines):
        state = "late"
    else:
        state = "ok" if len(times) == len(lines) else "waiting"
    return KindOfAnchor(kind, state, age)
