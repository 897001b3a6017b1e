"""The queue of cases: heaviest first, each decided in two keystrokes or with a click, and taken back as easily."""

from urllib.parse import urlencode

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import NotFound
from gateway.oversight.reviews.case import Case, CaseState
from gateway.oversight.reviews.explaining_stay import EFFECTS
from gateway.oversight.reviews.flag_words import FLAG_WORDS
from gateway.oversight.reviews.queue import QueueFilter, read_place
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.alert_words import told_alerts
from gateway.web.it.versions import may_approve
from gateway.web.parts import gateway
from gateway.web.session import staff

_FILTERS = ("state", "unit", "flag", "show")
_LONGEST_UNIT = 200


def add_queue(app: Flask) -> None:
    """`/dpo` and `/dpo/rules`."""
    app.add_url_rule("/dpo", view_func=queue_page)
    app.add_url_rule("/dpo/rules", view_func=review_rules_page)
    app.add_url_rule("/dpo/rules", view_func=set_review_rule, methods=["POST"])


@entrance(Entrance.DPO)
def queue_page() -> ResponseReturnValue:
    """The cases to review, or those reviewed."""
    only = asked_filter()
    page = gateway().oversight.reviewing.queue(staff(), only, read_place(request.args.get("after", "")))
    return render_template(
        "dpo/queue.html",
        page=page,
        only=only,
        flag_codes=tuple(FLAG_WORDS),
        address=address_of(only),
        following=address_of(only, after=str(page.next)) if page.next else "",
        just_done=just_done(),
        alerts=len(told_alerts(gateway().watching.alerts())),
        erasures=gateway().erasures.to_confirm(staff()),
        versions=[one for one in gateway().publishing.versions() if may_approve(one)],
    )


@entrance(Entrance.DPO)
def review_rules_page() -> ResponseReturnValue:
    """What an admission that explains an access does."""
    return render_template("dpo/rules.html", rules=gateway().oversight.reviewing.rules(staff()), effects=EFFECTS)


@entrance(Entrance.DPO)
def set_review_rule() -> ResponseReturnValue:
    """One rule's effect."""
    gateway().oversight.reviewing.set_rule(staff(), request.form.get("rule", ""), request.form.get("effect", ""))
    return redirect("/dpo/rules", 303)


def asked_filter() -> QueueFilter:
    """What the address asks to see; what it cannot mean is left out."""
    state, flag = request.args.get("state", ""), request.args.get("flag", "")
    show = request.args.get("show", "")
    return QueueFilter(
        state=state if state in set(CaseState) else "",
        unit=request.args.get("unit", "")[:_LONGEST_UNIT],
        flag=flag if flag in FLAG_WORDS else "",
        proposed=show == "explained",
        done=show == "done",
    )


def address_of(only: QueueFilter, **more: str) -> str:
    """The queue, so filtered. Codes and units alone: nothing personal."""
    show = "done" if only.done else "explained" if only.proposed else ""
    asked = {"state": only.state, "unit": only.unit, "flag": only.flag, "show": show, **more}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/dpo?{query}" if query else "/dpo"


def just_done() -> Case | None:
    """The case decided a moment ago, while its reviewer can take the decision back."""
    access_id = request.args.get("done", "")
    if not access_id:
        return None
    try:
        return gateway().oversight.reviewing.glance(staff(), access_id)
    except NotFound:
        return None
