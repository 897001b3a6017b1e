"""`/patient/notices/private`: a patient says that somebody else reads their messages.

Discreet: it shows nothing of what was said before, answers every word alike, and belongs to the holder alone.
"""

from flask import Flask, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.patients.safety import AddressWay
from gateway.web.entrance import Entrance, entrance
from gateway.web.language import later
from gateway.web.parts import gateway
from gateway.web.patient.whose import whose_of
from gateway.web.session import holder

WAYS = {
    AddressWay.PHONE: later("Mon téléphone"),
    AddressWay.EMAIL: later("Mes e-mails"),
    AddressWay.POSTAL: later("Mon courrier, à la maison"),
    AddressWay.MSSANTE: later("Mon espace santé"),
}


def add_privacy(app: Flask) -> None:
    """One page, for one's own record."""
    app.add_url_rule("/patient/notices/private", view_func=private_page, methods=["GET", "POST"])


@entrance(Entrance.PATIENT)
def private_page() -> ResponseReturnValue:
    """Which messages others read; or that all is safe again."""
    seen, addresses, fault = whose_of(""), gateway().portal.addresses, False
    if request.method == "POST":
        try:
            if request.form.get("safe") == "yes":
                addresses.say_safe(holder())
            else:
                addresses.say_unsafe(holder(), {AddressWay(one) for one in request.form.getlist("way") if one in WAYS})
            return redirect("/patient/notices/private?done=1", 303)
        except InvalidRequest:
            fault = True
    page = render_template(
        "patient/private.html", whose=seen, ways=WAYS, fault=fault, done="done" in request.args and not fault
    )
    return (page, 422) if fault else page
