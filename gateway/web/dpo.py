"""What the privacy officer sees: the latest accesses, whom they were about, and why. Looking is recorded too."""

from flask import Flask, render_template
from flask.typing import ResponseReturnValue

from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.session import staff


def add_dpo(app: Flask) -> None:
    """`/dpo`."""
    app.add_url_rule("/dpo", view_func=dpo_page)


@entrance(Entrance.DPO)
def dpo_page() -> ResponseReturnValue:
    """The latest accesses, newest first."""
    accesses = gateway().watching.latest_accesses(staff(), 100)
    return render_template("dpo.html", accesses=accesses, policy=gateway().watching.policy())
