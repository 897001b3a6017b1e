"""What the door for delivery receipts calls in the rest of the gateway."""

from collections.abc import Callable
from typing import Protocol


class SmsReceipts(Protocol):
    """Receipts of the provider of text messages."""

    def take(self, body: bytes, header: Callable[[str], str]) -> object:
        """Believed by its signature, or not. Raises `ReceiptRefused`, `InvalidRequest`, `Unavailable`."""
        ...


class TakesReceipts(Protocol):
    """Of the assembled gateway, what takes receipts."""

    @property
    def sms_receipts(self) -> SmsReceipts | None:
        """Use cases; None where the provider sends no receipts."""
        ...
