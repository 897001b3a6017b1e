"""Trusted person, emergency contacts, representatives and médecin traitant, as the documents' headers name them."""

from collections.abc import Iterable

from gateway.dossiers.cda.header import HeaderContact
from gateway.dossiers.summary.sheet import Source, SummaryItem
from gateway.dossiers.summary.wording import key_words

_ROLES = (
    "trusted_person",
    "emergency_contact",
    "guardian",
    "caregiver",
    "relative",
    "general_practitioner",
    "referring_physician",
    "preferred_hospital",
    "reference_centre",
)


def contacts(read: Iterable[tuple[Source, tuple[HeaderContact, ...]]]) -> tuple[SummaryItem, ...]:
    """One line a person and role, in the order they are called; numbers of every document, the newest first."""
    found: dict[tuple[str, frozenset[str]], list[tuple[Source, HeaderContact]]] = {}
    for source, people in sorted(read, key=lambda one: one[0].date, reverse=True):
        for person in people:
            if person.role in _ROLES:
                name = person.name or person.organization
                found.setdefault((person.role, key_words(name)), []).append((source, person))
    items = [_line(role, told) for (role, _), told in found.items()]
    return tuple(sorted(items, key=lambda item: _ROLES.index(item.kind)))


def _line(role: str, told: list[tuple[Source, HeaderContact]]) -> SummaryItem:
    _, newest = told[0]
    about = dict.fromkeys(part for _, person in told for part in (person.relation, person.organization) if part)
    return SummaryItem(
        text=newest.name or newest.organization or newest.relation,
        kind=role,
        detail=" · ".join(part for part in about if part != newest.name),
        telecom=tuple(dict.fromkeys(number for _, person in told for number in person.telecom)),
        sources=tuple(dict.fromkeys(source for source, _ in told)),
        occurrences=len(told),
    )
