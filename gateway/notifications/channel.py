"""The one face of every way to reach someone: e-mail, MSSanté, SMS, letter, or a hospital's own.

A channel is a plug: it hands one message to one carrier and says what the carrier answered. It never decides whether a
notice is owed, to whom or in which words (the courier and the texts do), never writes to the database, never records
(the courier settles the outcome with its audit fact), and never sees the grant.

What every channel promises
---------------------------
- **One message, one answer.** `send` returns `Accepted` only when the carrier took responsibility for delivering the
  message (SMTP: 250 after DATA, RFC 5321 section 4.2.5). Anything else raises `DeliveryFailed`; no other error leaves
  it, whatever the carrier does.
- **Transient or permanent.** `DeliveryFailed.permanent` is true only when the carrier said that this very message will
  never be accepted for this recipient (SMTP 5yz). A silent, slow, full or unreachable carrier, an answer that cannot be
  understood, or a connection lost at any moment is transient: the notice is tried again.
- **Perhaps sent.** `DeliveryFailed.perhaps_sent` is true when the carrier had the whole message and its answer was lost
  or cannot be understood: it may have taken it. Only a channel that `honours_key` is then tried again; by any other the
  notice could arrive twice, and it goes on to its next way.
- **The same key, the same message.** `Message.idempotency_key` is the notice's id, `-2`, `-3`... after it for its later
  ways (another channel, another address, a person who sends it anew), and never changes between attempts at one way.
  A carrier that knows idempotency keys receives it, so that a second try after a lost answer is not a second message;
  one that does not (SMTP) receives it in a form that makes a duplicate recognisable (the Message-ID).
- **Bounded in time.** `send` ends within `ChannelParts.deadline_seconds`, however the carrier behaves: the courier's
  claim on the notice outlives it, so no second courier sends meanwhile.
- **Thread-safe.** One instance serves every courier of the process; no call leaves state behind for the next.
- **Quiet.** No address, name, code or carrier's free text in a log line or in an exception's message: the message of
  `DeliveryFailed` is a stable word such as `smtp-451-rcpt`, at most 200 characters, kept in the outbox and the log.

A channel written elsewhere proves this by inheriting `tests/contracts/notification_channel.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from gateway.settings import NotificationSettings


class AddressKind(StrEnum):
    """What an address is, so that a channel is only given those it reaches."""

    EMAIL = "email"
    MSSANTE = "mssante"  # a mailbox of the MSSanté trusted space, for professionals
    PHONE = "phone"
    POSTAL = "postal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What leaves the building, complete. `text` and `html` say the same thing; neither holds a word about health, a
    professional, a service, a reason or the patient's name (DOMAIN section 7)."""

    idempotency_key: str  # the notice's id, UUID text, and "-2", "-3"... for its later ways
    to: str = field(repr=False)  # one address of a kind the channel reaches
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    language: str  # BCP 47, "fr" or "en"
    large_print: bool = False  # a letter in 18 points
    # Unguessable, for the carrier's reports alone (RFC 3461, section 4.4): in no header, so that nobody who reads the
    # message knows it. Empty: none are wanted.
    envelope_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The carrier took the message. `provider_reference` is the carrier's own name for it, at most 200 characters, or
    ours where it gives none (SMTP: the Message-ID). `will_report`: it promised to tell what becomes of the message."""

    provider_reference: str
    will_report: bool = False


@runtime_checkable
class NotificationChannel(Protocol):
    """Hands one message to one carrier. The module's docstring holds the promises."""

    @property
    def name(self) -> str:
        """The configured name, e.g. `email`: stored with the notice and in the log."""
        ...

    @property
    def reaches(self) -> frozenset[AddressKind]:
        """The kinds of address it can be given."""
        ...

    @property
    def honours_key(self) -> bool:
        """Whether the carrier sends on one message a key, however often it is given it. False where that is not
        known."""
        ...

    def send(self, message: Message) -> Accepted:
        """Hand the message to the carrier.

        Raises:
            DeliveryFailed: it was not accepted; `permanent` says whether trying again can help, `perhaps_sent` that
                the carrier may have taken it all the same.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelParts:
    """What the assembly gives a channel's factory, built-in or a hospital's own."""

    settings: NotificationSettings
    host_name: str  # of server.base_url: the right-hand side of Message-IDs
    sender_name: str  # the hospital's name, as patients know it, where the channel's settings give none
    now: Callable[[], datetime]  # World.now, for the Date header
    deadline_seconds: float  # longest `send` may last; less than notifications.claim_seconds
    folder: Path | None = None  # where a channel that writes files (letters) keeps them


ChannelFactory = Callable[[ChannelParts], NotificationChannel]
"""What an entry point of the group `gateway.notification_channels` names (`create_channel`). Raises
`ConfigurationError` at start-up."""
