"""How the named patients can be reached: most by every way, some by telephone alone, by post alone, or not at all."""

from dataclasses import replace

from gateway.demo.hospital.people import Person
from gateway.demo.hospital.scenarios import INVISIBLE_DOCUMENT, MASKED_REFUSED, OPPOSED_CENTRE_15, Scenario

PHONE_ALONE, POST_ALONE, NOTHING = OPPOSED_CENTRE_15, MASKED_REFUSED, INVISIBLE_DOCUMENT

# French, English: said on the demo's page beside the patient.
REACH_WORDS: dict[str, tuple[str, str]] = {
    PHONE_ALONE.key: ("n'a qu'un téléphone mobile : avis par SMS", "has a mobile phone alone: notice by text message"),
    POST_ALONE.key: ("n'a qu'une adresse postale : avis par lettre", "has a postal address alone: notice by letter"),
    NOTHING.key: (
        "ni adresse ni téléphone : une personne l'avertit",
        "has no address, no phone: a person tells her",
    ),
}


def with_reach(scenario: Scenario, person: Person) -> Person:
    """The person with only the ways their scenario leaves them."""
    if scenario.key not in REACH_WORDS:
        return person
    own = next(contact for contact in person.contacts if contact.kind == "patient")
    left = replace(
        own,
        email="",
        # The other range kept for fiction is of landlines, which take no text message.
        phone=own.phone.replace("01 99 00", "06 39 98") if scenario is PHONE_ALONE else "",
        address=own.address if scenario is POST_ALONE else "",
    )
    return replace(person, contacts=tuple(left if contact is own else contact for contact in person.contacts))
