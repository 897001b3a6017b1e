"""Et si ? Every question the log holds of a period, asked of two sets of rules: what would have been different."""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.rulebook.asked import facts_of
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.explaining import book_of, why_of
from gateway.web.it.paris_time import instant
from gateway.web.language import later
from gateway.web.parts import gateway
from gateway.web.session import staff
from gateway.web.times import local

_DAY_MS = 24 * 3600 * 1000
_FIRST_DAYS = 30
_LONGEST_REF = 64
_UNPROCESSABLE = 422
PERIOD = later("La période doit commencer avant de finir, et durer 400 jours au plus.")


def add_replaying(app: Flask) -> None:
    """Under `/it/replay`."""
    app.add_url_rule("/it/replay", view_func=replays_page)
    app.add_url_rule("/it/replay", view_func=start_replay, methods=["POST"])
    app.add_url_rule("/it/replay/<replay_id>", view_func=replay_page)
    app.add_url_rule("/it/replay/<replay_id>/<entry_id>", view_func=replay_difference)


@entrance(Entrance.RULES)
def replays_page() -> ResponseReturnValue:
    """The form, and the latest replays."""
    return _replays_page()


@entrance(Entrance.RULES)
def start_replay() -> ResponseReturnValue:
    """Start one; it runs on behind the page that follows it."""
    form = request.form
    try:
        replay = gateway().publishing.start_replay(
            staff(),
            form.get("before", "")[:_LONGEST_REF],
            form.get("after", "")[:_LONGEST_REF],
            instant(form.get("since", "")[:10], "00:00"),
            instant(form.get("until", "")[:10], "00:00") + _DAY_MS,
        )
    except InvalidRequest:
        return _replays_page(fault=PERIOD), _UNPROCESSABLE
    return redirect(url_for("replay_page", replay_id=replay.id), 303)


@entrance(Entrance.RULES)
def replay_page(replay_id: str) -> ResponseReturnValue:
    """How far it is, or what would have been different; while it runs the page asks again by itself."""
    replay = gateway().publishing.replay(replay_id)
    return render_template("it/replay.html", replay=replay, names=_names())


@entrance(Entrance.RULES)
def replay_difference(replay_id: str, entry_id: str) -> ResponseReturnValue:
    """One question opened: its facts, and both answers with all their why. Looking is recorded; nobody is named."""
    publishing = gateway().publishing
    replay = publishing.replay(replay_id)
    recorded = publishing.recorded_question(staff(), entry_id[:_LONGEST_REF])
    books = [book_of(ref) for ref in (replay.before, replay.after)]
    return render_template(
        "it/difference.html",
        replay=replay,
        recorded=recorded,
        facts=facts_of(recorded.question),
        answers=[why_of(book, recorded.question) for book in books],
        rules=[{rule.id: rule for rule in book.rules()} for book in books],
        names=_names(),
    )


def _replays_page(fault: str = "") -> str:
    now = gateway().world.epoch_ms()
    asked = request.values
    return render_template(
        "it/replays.html",
        replays=gateway().publishing.replays(),
        names=_names(),
        offered=_offered(),
        before=asked.get("before", "in-force")[:_LONGEST_REF],
        after=asked.get("after", "")[:_LONGEST_REF],
        since=asked.get("since", f"{local(now - _FIRST_DAYS * _DAY_MS):%Y-%m-%d}")[:10],
        until=asked.get("until", f"{local(now):%Y-%m-%d}")[:10],
        fault=fault,
    )


def _offered() -> list[tuple[str, str, str]]:
    """What may be compared: (ref, kind, title), drafts first."""
    publishing = gateway().publishing
    drafts = [(one.id, "draft", one.title) for one in publishing.drafts()]
    return drafts + [(str(one.number), "version", one.title) for one in publishing.versions()]


def _names() -> dict[str, str]:
    """The title behind each `version:<number>` and `draft:<id>` of a replay."""
    publishing = gateway().publishing
    named = {f"draft:{one.id}": one.title for one in publishing.drafts()}
    return {**named, **{f"version:{one.number}": one.title for one in publishing.versions()}}
