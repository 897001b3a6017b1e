"""Who is signed in: two cookies, one for the browser and one for the session, both out of reach of scripts.

`device` names the browser for a year (random, tells nothing); `session` is the key of a row in the sessions' table.
Over https both carry the `__Host-` prefix: this host only, no sub-domain, never in clear.
"""

import hashlib
import hmac

from flask import Response, g, request
from werkzeug.wrappers import Response as Answer

from gateway.identity.sessions import LiveSession, NewSession
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.web.parts import gateway

_YEAR_S = 365 * 24 * 3600
_LONGEST_TOKEN = 128


def over_https() -> bool:
    """Whether people reach us over https, by configuration (never by a header)."""
    return gateway().settings.server.base_url.startswith("https://")


def live_session() -> LiveSession | None:
    """The session of this request, found once."""
    if "live_session" not in g:
        token = session_token()
        g.live_session = gateway().sessions.find(token) if token else None
    session: LiveSession | None = g.live_session
    return session


def signed_in_staff() -> StaffMember | None:
    """The member of staff of this request, if there is one."""
    session = live_session()
    return session.person if session is not None and isinstance(session.person, StaffMember) else None


def signed_in_patient() -> PatientHolder | None:
    """The patient of this request, if there is one."""
    session = live_session()
    return session.person if session is not None and isinstance(session.person, PatientHolder) else None


def staff() -> StaffMember:
    """The member of staff a guarded view was let in for."""
    person = signed_in_staff()
    assert person is not None, "the entrance let nobody in"
    return person


def holder() -> PatientHolder:
    """The patient a guarded view was let in for."""
    person = signed_in_patient()
    assert person is not None, "the entrance let nobody in"
    return person


def session_token() -> str:
    """The session cookie as sent, or an empty text."""
    return _cookie("session")


def device_token() -> str:
    """The browser's own random token: the cookie's, or a new one that `keep_device` sends with the answer."""
    if "device_token" not in g:
        known = _cookie("device")
        g.device_is_new = not known
        g.device_token = known or gateway().world.new_token()
    return str(g.device_token)


def keep_device(response: Response) -> Response:
    """After each request: send the browser its token if it was just made."""
    if g.get("device_is_new"):
        _set(response, "device", device_token(), _YEAR_S)
    return response


def keep_session(response: Answer, session: NewSession) -> None:
    """Sign the browser in. The cookie ends with the browser; the table ends it earlier."""
    _set(response, "session", session.token, None)


def forget_session(response: Answer) -> None:
    """Sign the browser out."""
    response.delete_cookie(_name("session"), path="/", secure=over_https(), httponly=True, samesite="Lax")


def notice_pass() -> str:
    """What the proof of a notice opened for this browser, or an empty text."""
    return _cookie("notice")


def keep_notice_pass(response: Answer, token: str) -> None:
    """Let this browser read the notice just proved. The cookie ends with the browser; the pass ends earlier."""
    _set(response, "notice", token, None)


def forget_notice_pass(response: Answer) -> None:
    """Close the notice on this browser."""
    response.delete_cookie(_name("notice"), path="/", secure=over_https(), httponly=True, samesite="Lax")


def remember_person(response: Answer, person_key: str) -> None:
    """Keep a seal of who worked here, so that only they come back to the page they were on."""
    _set(response, "person", _seal(person_key), None)


def is_same_person(person_key: str) -> bool:
    """Whether the last person signed in on this browser is this one (or nobody was)."""
    known = _cookie("person")
    return not known or hmac.compare_digest(known, _seal(person_key))


def _seal(person_key: str) -> str:
    return hmac.new(device_token().encode(), f"person|{person_key}".encode(), hashlib.sha256).hexdigest()


def _name(cookie: str) -> str:
    return f"__Host-{cookie}" if over_https() else cookie


def _cookie(cookie: str) -> str:
    value = request.cookies.get(_name(cookie), "")
    return value if len(value) <= _LONGEST_TOKEN else ""


def _set(response: Answer, cookie: str, value: str, max_age: int | None) -> None:
    response.set_cookie(
        _name(cookie), value, max_age=max_age, path="/", secure=over_https(), httponly=True, samesite="Lax"
    )
