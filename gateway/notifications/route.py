"""Where a notice goes: by which channel to which address, or who must take it in hand instead.

The holds, each with its rule:

- `deceased`: the heirs' rights are not the holder's (L1110-4 V): nobody is told before a person has looked;
- `unsafe-address`: others read the patient's only address;
- `minor-hidden-act`: an act the minor hid from their legal representatives was seen (R1111-50), and they have no
  address of their own: the ward tells them;
- `minor-without-own-address`: the same, where nobody may be told in their stead.

A minor without an address of their own and without a hidden act is told of a *bris de glace* through their legal
representatives, who hold the right to the information until majority (L1111-2 II, L1111-4): they are told once the
access is over, since an act hidden from them may be opened until then. Of any other access they are not: a minor who
came alone and answered for themselves may have come in secret (L1111-5).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gateway.notifications.channel import NotificationChannel
from gateway.notifications.notice import Recipient
from gateway.notifications.recipient import Address, RecipientFacts

DECEASED = "deceased"
UNSAFE_ADDRESS = "unsafe-address"
MINOR_HIDDEN_ACT = "minor-hidden-act"
MINOR_WITHOUT_OWN_ADDRESS = "minor-without-own-address"


@dataclass(frozen=True, slots=True)
class Send:
    """This channel, this address; `to` is whose it is."""

    channel: NotificationChannel
    address: Address
    to: Recipient


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody is told before a person has looked; `rule` names why."""

    rule: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Who may be told is known at `until_ms` only."""

    until_ms: int


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No configured channel reaches the recipient: a person must."""

    reason: str


Route = Send | Hold | Wait | Unreachable
Tried = Callable[[NotificationChannel, Address], bool]


def never_tried(_channel: NotificationChannel, _address: Address) -> bool:
    """The first way of a notice."""
    return False


def route(
    facts: RecipientFacts,
    channels: Sequence[NotificationChannel],
    *,
    now_ms: int,
    released: bool,
    tried: Tried = never_tried,
) -> Route:
    """The first way that was not tried: channels in the patient's order, then in the configured one; of a channel, the
    addresses in the directory's order. A person who `released` a hold overrides its rule, never an address' safety."""
    to, addresses = facts.recipient, facts.addresses
    if to is not Recipient.MEDECIN_TRAITANT and not released:
        if facts.deceased:
            return Hold(DECEASED)
        if not addresses and facts.some_unsafe:
            return Hold(UNSAFE_ADDRESS)
        if to is Recipient.PATIENT and not facts.adult and not addresses:
            if facts.hidden_act_seen:
                return Hold(MINOR_HIDDEN_ACT)
            if not facts.emergency or not facts.representatives:
                return Hold(MINOR_WITHOUT_OWN_ADDRESS)
            if now_ms < facts.access_over_at:
                return Wait(facts.access_over_at)
            to, addresses = Recipient.LEGAL_REPRESENTATIVE, facts.representatives
    for channel in in_order(channels, facts.preferred):
        for address in addresses:
            if address.kind in channel.reaches and not tried(channel, address):
                return Send(channel, address, to)
    return Unreachable("no-address")


def in_order(channels: Iterable[NotificationChannel], preferred: str) -> tuple[NotificationChannel, ...]:
    """The channels the patient chose (JSON), first; the rest after them: a notice the law requires goes on until it
    arrives."""
    wanted = json.loads(preferred)
    rank = {name: place for place, name in enumerate(wanted)} if isinstance(wanted, list) else {}
    return tuple(sorted(channels, key=lambda channel: rank.get(channel.name, len(rank))))
