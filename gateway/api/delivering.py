"""A document's bytes on their way out, unchanged, with the digest the log holds."""

import base64
import re

from flask import Response

from gateway.api.parts import Delivery

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105
_MEDIA_TYPE = re.compile(rf'{_TOKEN}/{_TOKEN}(?:; ?{_TOKEN}=(?:{_TOKEN}|"[ !#-\[\]-~]*"))*')


def deliver(delivery: Delivery) -> Response:
    """Stream it; whether it arrived is recorded when the stream ends or is closed.

    `Digest` is RFC 3230's, `Repr-Digest` its successor's (RFC 9530).
    """
    digest = base64.b64encode(bytes.fromhex(delivery.sha256)).decode()
    # What a depositor announced becomes a header only if it can be one.
    announced = delivery.media_type if _MEDIA_TYPE.fullmatch(delivery.media_type) else "application/octet-stream"
    response = Response(delivery.chunks, content_type=announced)
    response.headers["Content-Length"] = str(delivery.size)
    response.headers["Digest"] = f"sha-256={digest}"
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    response.headers["Accept-Ranges"] = "none"
    response.headers["Content-Disposition"] = "attachment"
    return response
