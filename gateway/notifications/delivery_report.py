"""One report of delivery (RFC 3464): which message of ours it names, and what it says became of it.

Anybody can write such a mail. It is read as a stranger's: bounded in size, never trusted further than the unguessable
names it carries, and never an error.
"""

import re
import uuid
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message as Mail
from enum import StrEnum

MOST_BYTES = 1024 * 1024
MOST_BLOCKS = 50

_REPORT_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TYPES = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = re.compile(rf"<({_UUID}(?:-\d{{1,4}})?)@[^<>@\s]{{1,255}}>")


class Said(StrEnum):
    """What became of the message. `relayed`: it went on to where nobody reports; `waiting`: not known yet."""

    DELIVERED = "delivered"
    FAILED = "failed"
    RELAYED = "relayed"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Report:
    """`envelope_id` and `key` are "" where it names none; `status` is an enhanced status code (RFC 3463) or ""."""

    said: Said
    status: str
    envelope_id: str
    key: str


def read_report(raw: bytes) -> Report | None:
    """The report, or None for a mail that is none, names nothing of the form of ours, or cannot be read."""
    if len(raw) > MOST_BYTES:
        return None
    try:
        return _read(message_from_bytes(raw))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # The standard parser forgives nearly everything; what it stumbles over is no report.
        return None


def xtext(text: str) -> str:
    """ASCII text as an SMTP parameter carries it (RFC 3461, section 4)."""
    return "".join(sign if "!" <= sign <= "~" and sign not in "+=" else f"+{ord(sign):02X}" for sign in text)


def from_xtext(written: str) -> str:
    """What `xtext` wrote."""
    return re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), written)


def _read(mail: Mail) -> Report | None:
    parts = mail.get_payload()
    if mail.get_content_type() != "multipart/report" or not isinstance(parts, list):
        return None
    blocks: list[Mail] = []
    key = ""
    for part in parts[:MOST_BLOCKS]:
        if not isinstance(part, Mail):
            continue
        if part.get_content_type() in _REPORT_TYPES and not blocks:
            blocks = _blocks(part)
        elif part.get_content_type() in _RETURNED_TYPES:
            key = key or _key_in(part)
    if not blocks:
        return None
    envelope_id = _envelope_id(blocks[0])
    said, status = _verdict(blocks[1:])
    return Report(said, status, envelope_id, key) if envelope_id or key else None


def _blocks(part: Mail) -> list[Mail]:
    """The message's fields, then those of each recipient."""
    inner = part.get_payload()
    return [one for one in inner[:MOST_BLOCKS] if isinstance(one, Mail)] if isinstance(inner, list) else []


def _envelope_id(block: Mail) -> str:
    written = from_xtext(str(block.get("Original-Envelope-Id", ""))[:200].strip())
    try:
        return str(uuid.UUID(written)) if len(written) == 36 else ""
    except ValueError:
        return ""


def _key_in(part: Mail) -> str:
    inner = part.get_payload()
    if isinstance(inner, list):
        returned = inner[0] if inner and isinstance(inner[0], Mail) else None
    else:
        decoded = part.get_payload(decode=True)
        text = decoded if isinstance(decoded, bytes) else str(inner).encode("utf-8", "replace")
        returned = message_from_string(text.decode("utf-8", "replace"))
    found = _KEY.search(str(returned.get("Message-ID", ""))[:500].lower()) if returned is not None else None
    return found[1] if found else ""


def _verdict(recipients: list[Mail]) -> tuple[Said, str]:
    """A message of ours has one recipient; where their mailbox stands for several, one that has it is enough."""
    actions = {str(one.get("Action", "")).partition(";")[0].strip().lower(): one for one in reversed(recipients)}
    for action, said in (
        ("delivered", Said.DELIVERED),
        ("failed", Said.FAILED),
        ("relayed", Said.RELAYED),
        # To a list: what became of it there nobody tells.
        ("expanded", Said.RELAYED),
    ):
        if action in actions:
            status = _STATUS.search(str(actions[action].get("Status", ""))[:100])
            return said, status[1] if status else ""
    return Said.WAITING, ""
