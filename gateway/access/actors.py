"""Who acted, as the record keeps it: sealed under their own key, so that it can be erased while every proof holds."""

from audit.entry import Json
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.storage.journal import person_subject


def sealed_actor(person: StaffMember | PatientHolder) -> dict[str, dict[str, Json]]:
    """Who acted, sealed under their own key."""
    if isinstance(person, PatientHolder):
        return {person_subject(person.key): {"holder": {"key": person.key}}}
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
    return {person_subject(person.key): {"staff": staff}}
