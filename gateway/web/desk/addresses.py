"""At the desk: where not to write to somebody, and whether not to call. Read aloud to nobody but the person."""

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue

from gateway.patients.safety import AddressWay, UnsafeReason
from gateway.portal.desk import CheckTooWeak
from gateway.web.desk.acting import begun_visit, desk_page_of
from gateway.web.desk.visit import address
from gateway.web.entrance import Entrance, entrance
from gateway.web.language import later
from gateway.web.parts import gateway
from gateway.web.session import staff

WAYS = {
    AddressWay.EMAIL: later("Ne pas écrire par e-mail"),
    AddressWay.PHONE: later("Ne pas appeler, pas de SMS"),
    AddressWay.POSTAL: later("Ne pas envoyer de lettre"),
    AddressWay.MSSANTE: later("Ne pas écrire dans Mon espace santé"),
}
REASONS = {
    UnsafeReason.READ_BY_OTHERS: later("quelqu'un d'autre lit ou entend"),
    UnsafeReason.PRESSURE: later("la personne est surveillée, ou a peur"),
    UnsafeReason.SHARED: later("adresse partagée : famille, foyer, travail"),
    UnsafeReason.NOT_THEIRS: later("ce n'est plus la sienne"),
}


def add_addresses(app: Flask) -> None:
    """`/desk/patients/{id}/addresses`."""
    app.add_url_rule("/desk/patients/<patient_id>/addresses", view_func=desk_addresses, methods=["GET", "POST"])


@entrance(Entrance.DESK)
def desk_addresses(patient_id: str) -> ResponseReturnValue:
    """What is safe, way by way. Of somebody who is not known for sure nothing is shown, and no mark is taken away."""
    visit, desk = begun_visit(patient_id), gateway().portal.desk
    if request.method == "POST":
        asked = {way: request.form.get(way.value, "") for way in AddressWay}
        marks = {way: UnsafeReason(word) for way, word in asked.items() if word in set(UnsafeReason)}
        desk.mark_addresses(staff(), visit, marks)
        return redirect(address(visit, done="addresses"), 303)
    try:
        book = desk.address_book(staff(), visit)
    except CheckTooWeak:
        book = None
    return desk_page_of("desk/addresses.html", visit, book=book, ways=WAYS, reasons=REASONS)
