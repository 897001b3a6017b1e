"""What a person decides about a version: approve, activate now or later, call off, go back. Each is asked twice: the
first page says what changes, the second press does it."""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.rulebook.jobs import Working
from gateway.rulebook.publishing import IN_FORCE
from gateway.rulebook.reports import DiffReport
from gateway.rulebook.versions import Version
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.paris_time import instant
from gateway.web.it.trying import WAIT_SECONDS
from gateway.web.it.versions import version_numbered
from gateway.web.parts import gateway
from gateway.web.session import staff

_UNPROCESSABLE = 422


def add_deciding(app: Flask) -> None:
    """Under `/it/versions/<number>`: the question by GET, the act by POST at the same address."""
    base = "/it/versions/<number>"
    for step, question, act in (
        ("approve", approve_question, approve_version),
        ("activate", activate_question, activate_version),
        ("rollback", rollback_question, roll_back_version),
    ):
        app.add_url_rule(f"{base}/{step}", view_func=question)
        app.add_url_rule(f"{base}/{step}", view_func=act, methods=["POST"])
    app.add_url_rule("/it/activations/<activation_id>/cancel", view_func=cancel_activation, methods=["POST"])


@entrance(Entrance.RULES)
def approve_question(number: str) -> ResponseReturnValue:
    """What one would agree to."""
    return _question("approve", version_numbered(number))


@entrance(Entrance.RULES)
def approve_version(number: str) -> ResponseReturnValue:
    """Agree to a version somebody else wrote."""
    version = version_numbered(number)
    gateway().publishing.approve(staff(), str(version.number))
    return redirect(url_for("version_page", number=version.number, done="approved"), 303)


@entrance(Entrance.IT)
def activate_question(number: str) -> ResponseReturnValue:
    """What would change, and when: now or at a moment."""
    return _question("activate", version_numbered(number))


@entrance(Entrance.IT)
def activate_version(number: str) -> ResponseReturnValue:
    """Put a version in force, now or at the moment of the form (Paris time)."""
    version = version_numbered(number)
    later = request.form.get("when") == "later"
    day, clock = request.form.get("day", "")[:10], request.form.get("clock", "")[:8]
    try:
        if not later and (day or clock):
            raise InvalidRequest("now, and a moment", field="when")
        at = instant(day, clock) if later else None
    except InvalidRequest as error:
        return _question("activate", version, day=day, clock=clock, later=True, fault=error.field), _UNPROCESSABLE
    gateway().publishing.activate(staff(), str(version.number), at)
    return redirect(url_for("version_page", number=version.number, done="scheduled" if later else "activated"), 303)


@entrance(Entrance.IT)
def rollback_question(number: str) -> ResponseReturnValue:
    """What going back would change."""
    return _question("rollback", version_numbered(number))


@entrance(Entrance.IT)
def roll_back_version(number: str) -> ResponseReturnValue:
    """Go back to a version that was in force before, at once."""
    version = version_numbered(number)
    gateway().publishing.rollback(staff(), str(version.number))
    return redirect(url_for("version_page", number=version.number, done="rolled-back"), 303)


@entrance(Entrance.IT)
def cancel_activation(activation_id: str) -> ResponseReturnValue:
    """Call off an activation that has not come yet."""
    activation = gateway().publishing.cancel(staff(), activation_id[:64])
    return redirect(url_for("version_page", number=activation.number, done="cancelled"), 303)


def _question(
    step: str, version: Version, *, day: str = "", clock: str = "", later: bool = False, fault: str = ""
) -> str:
    publishing = gateway().publishing
    in_force = publishing.in_force()
    difference: DiffReport | Working | None = None
    if version.number != in_force.wanted:
        difference = publishing.diff_soon(IN_FORCE, str(version.number), WAIT_SECONDS)
    return render_template(
        "it/decide.html",
        step=step,
        version=version,
        in_force=in_force,
        difference=None if isinstance(difference, Working) else difference,
        working=difference if isinstance(difference, Working) else None,
        files=publishing.file_changes(IN_FORCE, str(version.number)) if isinstance(difference, Working) else (),
        day=day,
        clock=clock,
        later=later,
        fault=fault,
    )
