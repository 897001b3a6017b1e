"""No form is obeyed that one of our own pages did not show to this very browser.

Two checks, either of which stops a forged form: the browser's own word on where the form comes from
(`Sec-Fetch-Site`, else `Origin`), and a token in the form that other sites cannot read. Before sign-in the token is
derived from the browser's random cookie.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import request

from gateway.errors import ForgedRequest
from gateway.web.parts import gateway
from gateway.web.session import device_token, live_session

FIELD = "csrf_token"
_READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token() -> str:
    """The token a form of this page must carry."""
    session = live_session()
    if session is not None:
        return session.csrf_token
    return hashlib.sha256(f"csrf|{device_token()}".encode()).hexdigest()


def refuse_forged_forms() -> None:
    """Before each request that changes something. Raises `ForgedRequest`: nothing was done."""
    if request.method in _READ_ONLY:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ForgedRequest("the form comes from another site")
    origin = request.headers.get("Origin", "")
    if origin and origin != "null" and origin != _own_origin():
        raise ForgedRequest("the form comes from another origin")
    if not hmac.compare_digest(request.form.get(FIELD, "").encode(), csrf_token().encode()):
        raise ForgedRequest("the form's token is missing or old")


def _own_origin() -> str:
    address = urlsplit(gateway().settings.server.base_url)
    return f"{address.scheme}://{address.netloc}"
