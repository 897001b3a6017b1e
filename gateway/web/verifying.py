"""`/verify`: the static page that judges receipts and histories in the reader's own browser, and the log's public key.

The page is the audit library's own file, whole: saved to a disk it works there the same, without us.
"""

from flask import Flask, Response, current_app

from audit.page import verify_page
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway

_EXTENSION = "gateway.verify_page"
_FILE_NAME = "verifier-un-recu.html"


def add_verifying(app: Flask) -> None:
    """`/verify`, `/verify/page` (the same to keep) and `/verify/log.vkey`."""
    app.extensions[_EXTENSION] = verify_page()
    app.add_url_rule("/verify", view_func=verify)
    app.add_url_rule("/verify/page", view_func=keep_verify_page)
    app.add_url_rule("/verify/log.vkey", view_func=log_key)


@entrance(Entrance.ANYONE)
def verify() -> Response:
    """The page."""
    page = current_app.extensions[_EXTENSION]
    answer = Response(page.content, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = f"{page.policy}; frame-ancestors 'none'"
    return answer


@entrance(Entrance.ANYONE)
def keep_verify_page() -> Response:
    """The same as a file."""
    answer = verify()
    answer.headers["Content-Disposition"] = f"attachment; filename={_FILE_NAME}"
    return answer


@entrance(Entrance.ANYONE)
def log_key() -> Response:
    """The public key, to compare with the one printed or published elsewhere."""
    return Response(gateway().sequencing.verifier_key + "\n", content_type="text/plain; charset=utf-8")
