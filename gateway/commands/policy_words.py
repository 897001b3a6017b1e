"""The words of `gateway policies …`: versions, activations, processes and replays, as lines and as data."""

import functools
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import click

from gateway.commands.answers import NO, say
from gateway.errors import RulesRefused
from gateway.paris import PARIS
from gateway.rulebook.activations import Activation, ProcessState
from gateway.rulebook.replays import Replay
from gateway.rulebook.versions import Version
from gateway.world import from_epoch_ms

SHORT = 12
_STATES = {
    "staged": ("attend un accord", "waits for approval"),
    "approved": ("approuvée", "approved"),
    "scheduled": ("prévue", "scheduled"),
    "in_force": ("en vigueur", "in force"),
    "former": ("passée", "former"),
}
_KINDS = {
    "first": ("première", "first"),
    "activate": ("activation", "activation"),
    "rollback": ("retour", "roll-back"),
    "release": ("mise à niveau", "release"),
}
_CHANGES = {
    "allowed": ("permis en plus", "newly allowed"),
    "refused": ("refusé en plus", "newly refused"),
    "obligations": ("obligations changées", "other obligations"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One answer, for people and for programs."""

    text: str
    data: dict[str, Any]


def refusing(command: Callable[..., None]) -> Callable[..., None]:
    """Say everything that stands in the way of a step, in the user's language, and end with 1."""

    @functools.wraps(command)
    def run(*args: Any, as_json: bool, **kwargs: Any) -> None:
        try:
            command(*args, as_json=as_json, **kwargs)
        except RulesRefused as refusal:
            if as_json:
                click.echo(json.dumps({"refused": [asdict(one) for one in refusal.hindrances]}, ensure_ascii=False))
            else:
                click.echo(say("Refusé :", "Refused:"), err=True)
                for one in refusal.hindrances:
                    click.echo(f"  {say(one.fr, one.en)} ({one.code})", err=True)
            raise SystemExit(NO) from None

    return run


def version_line(version: Version) -> Line:
    """A version: number, digest, state, title, and whose approval it lacks."""
    lacking = " + ".join({"it": say("informatique", "IT"), "dpo": "DPO"}[role] for role in version.lacking)
    text = f"{version.number:>4}  {version.digest[:SHORT]}  {say(*_STATES[version.state]):<18}  {version.title}"
    return Line(text + (f"  ({lacking})" if lacking else ""), asdict(version))


def versions_lines(versions: tuple[Version, ...]) -> list[Line]:
    """Each version on its line."""
    return [version_line(version) for version in versions]


def activation_line(activation: Activation) -> Line:
    """An activation: when, which version, how, by whom."""
    moment = _moment(activation.taken_at if activation.taken_at is not None else activation.effective_at)
    waits = "" if activation.turn else say("prévue", "scheduled")
    state = say("annulée", "cancelled") if activation.cancelled_at is not None else waits
    text = f"{moment}  version {activation.number}  {say(*_KINDS[activation.kind])}  {activation.decided_by.name}"
    return Line(f"{text}  {state}  {activation.id}" if state else text, asdict(activation))


def processes_lines(processes: tuple[ProcessState, ...]) -> list[Line]:
    """Each serving process and the version it decides by."""
    lines = []
    for one in processes:
        mark = "✓" if one.current else "✗"
        text = f"{mark} {one.host}:{one.pid}  version {one.number}  {one.digest[:SHORT]}"
        said = "" if one.alive else say("  (ne répond plus)", "  (not seen lately)")
        lines.append(Line(text + said + (f"  {one.trouble}" if one.trouble else ""), asdict(one)))
    return lines


def replay_lines(replay: Replay) -> Line:
    """What the past would have been."""
    lines = [
        f"{one.count:>7}  {say(*_CHANGES[one.change])}  {one.rule or '—'}  {one.profession or '—'}  {one.unit or '—'}"
        f"  {one.mode}"
        for one in replay.groups
    ]
    unread = replay.erased + replay.unreadable
    fr = f"{replay.total} questions, {replay.differing} différences, {unread} illisibles dont {replay.erased} effacées"
    en = f"{replay.total} questions, {replay.differing} differences, {unread} unreadable, {replay.erased} erased"
    return Line("\n".join([*lines, say(fr, en)]), asdict(replay))


def _moment(value: int) -> str:
    return f"{from_epoch_ms(value).astimezone(PARIS):%Y-%m-%d %H:%M:%S} (Paris)"
