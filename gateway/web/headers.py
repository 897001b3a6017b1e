"""What every answer tells the browser it may do: nothing that a page of ours does not need."""

from urllib.parse import urlsplit

from flask import Response, g, request

from gateway.web.parts import gateway
from gateway.web.session import over_https

_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'self'; img-src {images}; connect-src {connect}; "
    "frame-src {frames}; object-src 'none'; base-uri 'none'; frame-ancestors {ancestors}; form-action {forms}"
)
_DENIED = ("camera", "microphone", "geolocation", "payment", "usb", "bluetooth", "display-capture", "browsing-topics")
# The answers people may keep: styles, scripts, icons. They hold nothing of anyone.
_KEPT = frozenset({"static_file"})


def set_headers(response: Response) -> Response:
    """After each request: content policy, no storage, no sniffing, no referrer, no framing."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_policy())
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = ", ".join(f"{feature}=()" for feature in _DENIED)
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if over_https():
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if request.endpoint not in _KEPT:
        headers["Cache-Control"] = "no-store"
        headers["Vary"] = "Cookie, Accept-Language"
    if g.get("clear_site_data"):
        headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def content_policy(
    *, scripts: str = "'self'", images: str = "'self'", frames: str = "'none'", ancestors: str = "'none'"
) -> str:
    """The content security policy of a page.

    Browsers apply `form-action` to redirections too: signing in and out end at the providers, which are listed.
    """
    identity = gateway().settings.identity
    origins = [_origin(provider.issuer) for provider in (identity.staff, identity.patient) if provider is not None]
    forms = " ".join(["'self'", *dict.fromkeys(origins)])
    connect = "'none'" if scripts == "'none'" else "'self'"
    return _POLICY.format(
        scripts=scripts, images=images, connect=connect, frames=frames, ancestors=ancestors, forms=forms
    )


def clear_site_data() -> None:
    """Ask the browser to drop what it kept of this site, with this answer."""
    g.clear_site_data = True


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
