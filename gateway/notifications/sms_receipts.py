"""Delivery receipts of the provider of text messages: believed by their signature alone.

The signature is HMAC-SHA-256 (RFC 2104) over `time-stamp.body` with a secret shared with the provider, in hexadecimal.
A receipt that came before is the same receipt: a replay within the window changes nothing. One that overtakes the
answer to our own request is kept until the message it names is known (`early_receipts`).
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.errors import (
    ConfigurationError,
    InvalidRequest,
    ReceiptRefused,
    RecordUnavailable,
    SettingFault,
    Unavailable,
)
from gateway.notifications.delivery import ReceiptOutcome
from gateway.notifications.early_receipts import EarlyReceipts
from gateway.notifications.json_path import at_path
from gateway.settings import SmsReceiptSettings
from gateway.world import World

MOST_BYTES = 64 * 1024
SHORTEST_SECRET = 16
LONGEST_REFERENCE = 200
_KEY = "notifications.sms.receipts.secret_file"


@dataclass(frozen=True, slots=True)
class SmsReceipts:
    """The use case behind `POST /api/v1/delivery-receipts/sms`. Thread-safe."""

    settings: SmsReceiptSettings
    secret: bytes
    world: World
    early: EarlyReceipts

    def take(self, body: bytes, header: Callable[[str], str]) -> ReceiptOutcome | None:
        """Believe or refuse one receipt; `header` gives a header's value, or "". None for a state that proves nothing
        yet (the message is on its way).

        Raises `ReceiptRefused`, the same whether the signature is absent, wrong or too old; `InvalidRequest`
        (`receipt-shape`) for a signed body without a reference or a state; `Unavailable` when it cannot be kept.
        """
        self._believe(body, header(self.settings.signature_header), header(self.settings.timestamp_header))
        reference, state = self._read(body)
        if state in self.settings.delivered:
            failed = False
        elif state in self.settings.failed:
            failed = True
        else:
            return None
        try:
            return self.early.record(reference, failed=failed)
        except RecordUnavailable:
            raise Unavailable("the receipt could not be kept") from None

    def _believe(self, body: bytes, signature: str, signed_at: str) -> None:
        # Everything is computed whatever is missing, so that the time taken tells nothing.
        expected = hmac.new(self.secret, signed_at.encode() + b"." + body, hashlib.sha256).hexdigest()
        genuine = hmac.compare_digest(expected.encode(), signature.strip().lower().encode())
        if not genuine or not self._is_fresh(signed_at):
            word = "old" if genuine else "forged"
            structlog.get_logger("gateway.notifications").warning("sms-receipt-refused", why=word)
            raise ReceiptRefused("no fresh signature of the provider's")

    def _is_fresh(self, signed_at: str) -> bool:
        if not signed_at.isascii() or not signed_at.isdigit() or len(signed_at) > 12:
            return False
        now = self.world.now().timestamp()
        return abs(now - int(signed_at)) <= self.settings.tolerance_seconds

    def _read(self, body: bytes) -> tuple[str, str]:
        try:
            members: object = json.loads(body)
        except (ValueError, RecursionError):
            raise InvalidRequest("the receipt is not JSON", code="receipt-shape") from None
        reference = _text_at(members, self.settings.reference)
        if not reference:
            raise InvalidRequest("the receipt names no message", field=self.settings.reference, code="receipt-shape")
        state = _text_at(members, self.settings.state)
        if not state:
            raise InvalidRequest("the receipt says no state", field=self.settings.state, code="receipt-shape")
        return reference, state


def _text_at(members: object, path: str) -> str:
    found = at_path(members, path)
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    # A text no database takes is no reference of ours.
    return text if text.isprintable() and len(text) <= LONGEST_REFERENCE else ""


def read_secret(file: Path) -> bytes:
    """The secret shared with the provider. Raises `ConfigurationError` where there is none to rely on."""
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError((SettingFault(_KEY, f"{file} cannot be read as UTF-8 text"),)) from None
    if len(secret) < SHORTEST_SECRET:
        fault = f"holds fewer than {SHORTEST_SECRET} characters: anybody could sign; agree on a longer one"
        raise ConfigurationError((SettingFault(_KEY, fault),))
    return secret.encode()
