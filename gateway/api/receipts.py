"""The door for delivery receipts: no session, no bearer, a provider's signature over the body."""

from typing import Any

from flask import Response, request

from gateway.api.entrance import Entrance, entrance
from gateway.api.parts import gateway
from gateway.errors import NotFound

MOST_BYTES = 64 * 1024
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


@entrance(Entrance.SIGNED)
def take_sms_receipt() -> Response:
    """What became of a text message, told by its provider

    The same answer for a receipt that is new, known, early or about a message sent by somebody else.
    """
    receipts = gateway().sms_receipts
    if receipts is None:
        raise NotFound("no receipts are configured")
    request.max_content_length = MOST_BYTES
    receipts.take(request.get_data(cache=False), lambda name: request.headers.get(name, ""))
    return Response(status=204)
