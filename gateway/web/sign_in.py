"""Signing in and out, for staff and for patients: the provider judges who, the sessions remember it."""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Answer

from gateway.errors import GatewayError, NotFound
from gateway.identity.sign_in import SignIn
from gateway.identity.staff_member import StaffMember
from gateway.web.audience import audience_of
from gateway.web.csrf import came_from_elsewhere
from gateway.web.entrance import Entrance, entrance
from gateway.web.headers import clear_site_data
from gateway.web.parts import Person, gateway
from gateway.web.session import (
    device_token,
    forget_session,
    is_same_person,
    keep_session,
    live_session,
    remember_person,
    session_token,
)

_HOME = {"staff": "/", "patient": "/patient"}
_LONGEST_PATH = 200


def add_sign_in(app: Flask) -> None:
    """`/auth/...` for staff, `/patient/auth/...` for patients: the callback paths are known to the providers."""
    app.add_url_rule("/auth/sign-in", view_func=sign_in_staff)
    app.add_url_rule("/auth/callback", view_func=callback_staff)
    app.add_url_rule("/auth/logged-out", view_func=logged_out_staff)
    app.add_url_rule("/patient/auth/sign-in", view_func=sign_in_patient)
    app.add_url_rule("/patient/auth/callback", view_func=callback_patient)
    app.add_url_rule("/patient/auth/logged-out", view_func=logged_out_patient)
    app.add_url_rule("/auth/sign-out", view_func=sign_out, methods=["POST"])


def send_to_sign_in() -> ResponseReturnValue:
    """Someone who is not signed in asked for a page: sign in, then come back to it.

    After a form, the way back is the page that shows the form: what was typed is never put in an address. What a
    patient wrote stays in a form of their page, to be sent once they signed in: no page of theirs races the clock.
    """
    kind = audience_of(request.path)
    if kind == "patient" and request.form.get("wish") and not came_from_elsewhere():
        again = url_for("sign_in_patient", return_to=request.path)
        return render_template("patient/lapsed.html", again=again, typed=request.form), 403
    wanted = request.path if request.method == "GET" else _page_of_form(request.path, kind)
    return redirect(url_for(f"sign_in_{kind}", return_to=wanted), 303)


def _page_of_form(path: str, kind: Person) -> str:
    """The page whose form was sent: an access for what is done to it, a patient's page, else the first page."""
    if path.startswith("/access/"):
        return "/".join(path.split("/")[:3])
    return path if path.startswith("/patients/") else _HOME[kind]


@entrance(Entrance.ANYONE)
def sign_in_staff() -> ResponseReturnValue:
    """To the hospital's provider."""
    return _begin("staff")


@entrance(Entrance.ANYONE)
def sign_in_patient() -> ResponseReturnValue:
    """To the patients' provider; where the hospital has none, to the code of their message or letter."""
    if gateway().patient_sign_in is None:
        return _found(url_for("code_page"))
    return _begin("patient")


@entrance(Entrance.ANYONE)
def callback_staff() -> ResponseReturnValue:
    """Back from the hospital's provider."""
    return _finish("staff")


@entrance(Entrance.ANYONE)
def callback_patient() -> ResponseReturnValue:
    """Back from the patients' provider."""
    return _finish("patient")


@entrance(Entrance.ANYONE)
def logged_out_staff() -> ResponseReturnValue:
    """Signed out everywhere."""
    clear_site_data()
    return render_template("signed_out.html", again=url_for("sign_in_staff"))


@entrance(Entrance.ANYONE)
def logged_out_patient() -> ResponseReturnValue:
    """Signed out everywhere."""
    clear_site_data()
    return render_template("patient/signed_out.html", again=url_for("sign_in_patient"))


@entrance(Entrance.ANYONE)
def sign_out() -> ResponseReturnValue:
    """One click: our session ends, then the provider's."""
    session = live_session()
    if session is None:
        return redirect(url_for("logged_out_staff"), 303)
    address = _provider(session.kind).logout_url(session)
    gateway().sessions.end(session_token())
    answer = _found(address or url_for(f"logged_out_{session.kind}"))
    forget_session(answer)
    clear_site_data()
    return answer


def _begin(kind: Person) -> ResponseReturnValue:
    wanted = request.args.get("return_to", _HOME[kind])[:_LONGEST_PATH]
    return _found(_provider(kind).begin(browser_token=device_token(), return_to=wanted))


def _finish(kind: Person) -> ResponseReturnValue:
    query = {name: values[0] for name, values in request.args.lists() if len(values) == 1}
    signed_in = _provider(kind).finish(browser_token=device_token(), query=query)
    wanted = signed_in.return_to
    if wanted in ("", "/"):
        wanted = _home(signed_in.person) if kind == "staff" else _HOME[kind]
    # Another person on the same workstation starts afresh: the page left open was not theirs.
    same_person = is_same_person(signed_in.person.key)
    answer = _found(wanted if same_person and _may_return(signed_in.person, wanted) else _HOME[kind])
    session = gateway().sessions.open(signed_in, device_token())
    keep_session(answer, session)
    remember_person(answer, signed_in.person.key)
    return answer


def _home(person: object) -> str:
    """Where someone who asked for nothing in particular begins: by their first role."""
    roles = person.roles if isinstance(person, StaffMember) else frozenset()
    doors = {"staff": "/", "it": "/it", "dpo": "/dpo", "desk": "/desk"}
    return next((page for role, page in doors.items() if role in roles), "/")


def _may_return(person: object, wanted: str) -> bool:
    """An access that is not theirs is not worth a page saying so."""
    if not wanted.startswith("/access/") or not isinstance(person, StaffMember):
        return True
    try:
        gateway().continuing.current(person, wanted.split("/")[2])
    except GatewayError:
        return False
    return True


def _provider(kind: Person) -> SignIn:
    provider = gateway().sign_in if kind == "staff" else gateway().patient_sign_in
    if provider is None:
        raise NotFound("patients have no provider here")
    return provider


def _found(address: str) -> Answer:
    return redirect(address, 303)
