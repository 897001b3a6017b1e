"""What hospital IT sees: the rules in force, the state of the gateway, its alerts. Read-only."""

from flask import Flask, render_template
from flask.typing import ResponseReturnValue

from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.session import staff


def add_it(app: Flask) -> None:
    """`/it`."""
    app.add_url_rule("/it", view_func=it_page)


@entrance(Entrance.IT)
def it_page() -> ResponseReturnValue:
    """Active version, rules with their place, checks, alerts, and the latest accesses without their patients."""
    watching = gateway().watching
    return render_template(
        "it.html",
        policy=watching.policy(),
        alerts=watching.alerts(),
        checks=gateway().health.ready(),
        last_day=watching.last_day(),
        notices=gateway().health.notice_states(),
        accesses=watching.latest_accesses(staff(), 20),
    )
