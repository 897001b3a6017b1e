"""Who acted, as the record keeps it: sealed under their own key, so that it can be erased while every proof holds."""

from audit.entry import Json
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.storage.journal import person_subject, program_subject


def subject_of(person: StaffMember | PatientHolder) -> str:
    """Under whose key what they did is sealed. A program is not counted (see `history_is_counted`), a person is."""
    if isinstance(person, StaffMember) and not person.named:
        return program_subject(person.key)
    return person_subject(person.key)


def sealed_actor(person: StaffMember | PatientHolder) -> dict[str, dict[str, Json]]:
    """Who acted, sealed under their own key."""
    if isinstance(person, PatientHolder):
        return {subject_of(person): {"holder": {"key": person.key}}}
    profession = f"{person.profession.system}|{person.profession.code}" if person.profession else ""
    staff: dict[str, Json] = {
        "key": person.key,
        "name": person.name,
        "profession": profession,
        "specialty": person.specialty,
        "unit": person.unit,
        "establishment": person.establishment,
        "amr": list(person.amr),
    }
    return {subject_of(person): {"staff": staff}}
