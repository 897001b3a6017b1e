"""`/it`: which rules decide, in which process, what waits for somebody, what the gateway complains of."""

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.rulebook.activations import Activation
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.alert_words import told_alerts
from gateway.web.parts import gateway
from gateway.web.session import staff

_LATEST = 20


def add_state(app: Flask) -> None:
    """`/it`."""
    app.add_url_rule("/it", view_func=it_page)
    app.add_url_rule("/it/alerts/<kind>", view_func=settle_alerts, methods=["POST"])


@entrance(Entrance.RULES)
def it_page() -> ResponseReturnValue:
    """The state on one page. The accesses come without their patients."""
    publishing, watching = gateway().publishing, gateway().watching
    versions = publishing.versions()
    in_force = publishing.in_force()
    return render_template(
        "it/state.html",
        in_force=in_force,
        active=next((one for one in versions if one.number == in_force.wanted), None),
        before=_before(publishing.history(), in_force.wanted),
        processes=publishing.processes(),
        to_settle=[one for one in versions if one.state in ("staged", "approved")],
        drafts=publishing.drafts(),
        erasures=gateway().erasures.to_confirm(staff()),
        policy=watching.policy(),
        alerts=told_alerts(watching.alerts()),
        checks=gateway().health.ready(),
        last_day=watching.last_day(),
        notices=gateway().health.notice_states(),
        accesses=watching.latest_accesses(staff(), _LATEST),
    )


@entrance(Entrance.RULES)
def settle_alerts(kind: str) -> ResponseReturnValue:
    """Put away the alerts of one kind that were open when the page was shown: somebody saw to them."""
    until = request.form.get("until", "")
    if not (until.isascii() and until.isdigit() and len(until) < 16):
        raise InvalidRequest("until when the alerts were seen", field="until")
    gateway().watching.settle_alerts(staff(), kind[:40], int(until))
    return redirect("/it?done=alert-settled", 303)


def _before(history: tuple[Activation, ...], number: int) -> int:
    """The number of the version that was in force before this one; 0 when there was none."""
    taken = sorted((one for one in history if one.turn), key=lambda one: one.turn, reverse=True)
    return next((one.number for one in taken if one.number != number), 0)
