"""The door for delivery receipts: no session, no bearer, a provider's signature over the body.

Who signs is known only once the whole body came, and a stranger may send one as slowly as they like: a few threads are
all that this door ever holds, whoever knocks. A provider told to come again does.
"""

from threading import Semaphore
from typing import Any

from flask import Flask, Response, current_app, request

from gateway.api.entrance import Entrance, entrance
from gateway.api.parts import gateway
from gateway.errors import NotFound, Unavailable

MOST_BYTES = 64 * 1024
_PLACES = "gateway.places_of_providers"
SIGNATURE = "receiptSignature"
SIGNATURE_SCHEME: dict[str, Any] = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Signature",
    "description": "HMAC-SHA-256, hexadecimal, over `time-stamp.body` with the secret shared with the provider; the"
    " time-stamp, seconds since 1970, is in X-Timestamp. Both names are settings ([notifications.sms.receipts]).",
}
RECEIPT_BODY: dict[str, Any] = {
    "description": "JSON of the provider's own shape; where it names the message and says what became of it is set by"
    " `notifications.sms.receipts.reference` and `.state`. 64 kB at most.",
    "content": {"application/json": {"schema": {}}},
    "required": True,
}


def keep_places(app: Flask, threads: int) -> None:
    """How many of the process's threads may wait for bodies at this door: a quarter."""
    app.extensions[_PLACES] = Semaphore(max(1, threads // 4))


@entrance(Entrance.SIGNED)
def take_sms_receipt() -> Response:
    """What became of a text message, told by its provider

    The same answer for a receipt that is new, known, early or about a message sent by somebody else.
    """
    receipts = gateway().sms_receipts
    if receipts is None:
        raise NotFound("no receipts are configured")
    request.max_content_length = MOST_BYTES
    receipts.take(_body(), lambda name: request.headers.get(name, ""))
    return Response(status=204)


def _body() -> bytes:
    places: Semaphore = current_app.extensions[_PLACES]
    if not places.acquire(blocking=False):
        raise Unavailable("as many receipts are on their way as may")
    try:
        return request.get_data(cache=False)
    finally:
        places.release()
