"""No form is obeyed that one of our own pages did not show to this very browser.

Two checks, either of which stops a forged form: the browser's own word on where the form comes from
(`Sec-Fetch-Site`, else `Origin`), and a token in the form that other sites cannot read. Before sign-in the token is
derived from the browser's random cookie.
"""

import hashlib
import hmac
from threading import Semaphore
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from werkzeug.datastructures import MultiDict

from gateway.errors import ForgedRequest, Unavailable
from gateway.web.parts import EXTENSION, gateway
from gateway.web.session import device_token, live_session

FIELD = "csrf_token"
_PLACES = "gateway.places_of_strangers"
_READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})


def add_forgery_refusal(app: Flask) -> None:
    """Check each request that changes something, before its view."""
    app.extensions[_PLACES] = Semaphore(max(1, app.extensions[EXTENSION].settings.server.threads // 4))
    app.before_request(refuse_forged_forms)


def csrf_token() -> str:
    """The token a form of this page must carry."""
    session = live_session()
    if session is not None:
        return session.csrf_token
    return hashlib.sha256(f"csrf|{device_token()}".encode()).hexdigest()


def refuse_forged_forms() -> None:
    """Before each request that changes something. Raises `ForgedRequest`: nothing was done."""
    if request.method in _READ_ONLY or request.endpoint is None:
        return
    form = _form()
    if came_from_elsewhere():
        raise ForgedRequest("the form comes from another site")
    origin = request.headers.get("Origin", "")
    if origin and origin != "null" and origin != _own_origin():
        raise ForgedRequest("the form comes from another origin")
    if not hmac.compare_digest(form.get(FIELD, "").encode(), csrf_token().encode()):
        raise ForgedRequest("the form's token is missing or old")


def came_from_elsewhere() -> bool:
    """Whether the browser says that another site sent this request."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def _form() -> MultiDict[str, str]:
    """The form, once it has come. A body may come as slowly as its sender likes, and holds a thread until then: those
    of people without a session share a few threads, so that a stranger never holds them all.

    Raises `Unavailable` when these few are taken.
    """
    if live_session() is not None:
        return request.form
    places: Semaphore = current_app.extensions[_PLACES]
    if not places.acquire(blocking=False):
        raise Unavailable("as many strangers are sending a form as may")
    try:
        return request.form
    finally:
        places.release()


def _own_origin() -> str:
    address = urlsplit(gateway().settings.server.base_url)
    return f"{address.scheme}://{address.netloc}"
