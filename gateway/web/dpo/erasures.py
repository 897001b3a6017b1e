"""`/dpo/erasures`: the DPO orders, a second person confirms or refuses; and what retention erased by itself."""

import re

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import GatewayError, InvalidRequest, PatientUnknown
from gateway.oversight.erasure import ErasureReason
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.problem_words import problem_of
from gateway.web.problems import sentence_of
from gateway.web.session import staff

_IPP = re.compile(r"[A-Za-z0-9-]{1,32}", re.ASCII)


def add_erasures(app: Flask) -> None:
    """`/dpo/erasures`."""
    app.add_url_rule("/dpo/erasures", view_func=erasures_page)
    app.add_url_rule("/dpo/erasures", view_func=order_erasure, methods=["POST"])
    app.add_url_rule("/dpo/erasures/<order_id>", view_func=settle_erasure, methods=["POST"])


@entrance(Entrance.RULES)
def erasures_page() -> ResponseReturnValue:
    """Orders, and retention's last runs: for the DPO, and for hospital IT as the second person."""
    return _show()


@entrance(Entrance.DPO)
def order_erasure() -> ResponseReturnValue:
    """Order; nothing is erased yet."""
    form = request.form
    try:
        gateway().oversight.erasure_desk.order(staff(), _ipp(), form.get("through", ""), _reason())
    except (InvalidRequest, PatientUnknown) as error:
        return _show(error), problem_of(error).status
    return redirect("/dpo/erasures?done=ordered", 303)


@entrance(Entrance.RULES)
def settle_erasure(order_id: str) -> ResponseReturnValue:
    """Confirm somebody else's order, and erase; or set it aside."""
    erasures, decision = gateway().erasures, request.form.get("decision", "")
    if decision not in ("confirm", "refuse"):
        raise InvalidRequest("nothing was chosen", field="decision")
    settled = (erasures.confirm if decision == "confirm" else erasures.refuse)(staff(), order_id)
    return redirect(f"/dpo/erasures?done={settled.state.value}", 303)


def _ipp() -> str:
    typed = request.form.get("ipp", "").strip()
    if _IPP.fullmatch(typed) is None:
        raise InvalidRequest("a hospital patient number", field="ipp", code="erasure-ipp")
    return typed


def _reason() -> ErasureReason:
    try:
        return ErasureReason(request.form.get("reason", ""))
    except ValueError:
        raise InvalidRequest("no such reason", field="reason", code="erasure-reason") from None


def _show(fault: GatewayError | None = None) -> str:
    record = gateway().settings.record
    return render_template(
        "dpo/erasures.html",
        view=gateway().oversight.erasure_desk.view(staff()),
        reasons=tuple(ErasureReason),
        typed=request.form,
        fault=sentence_of(fault) if fault is not None else "",
        fault_field=getattr(fault, "field", "") or ("ipp" if isinstance(fault, PatientUnknown) else ""),
        done=request.args.get("done", ""),
        months=record.retention_months,
        hour=record.retention_hour,
    )
