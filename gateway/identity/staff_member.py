"""The people who sign in, frozen as the identity provider described them at that sign-in."""

import json
from dataclasses import asdict, dataclass

TRE_G15 = "1.2.250.1.71.1.2.7"  # professions de santé
TRE_G16 = "1.2.250.1.71.1.2.8"  # professions in training: codes collide with TRE_G15
STAFF_ROLES = frozenset({"staff", "desk", "it", "dpo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profession:
    """A profession is a code and its code system: `10` is a physician in TRE_G15, an intern in TRE_G16."""

    system: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """A member of staff (or a software client, `named` false) as signed in.

    `key` names the person for the rules and the log: `rpps:<11 digits>` where there is one, else
    `sub:<issuer>|<subject>`, at most 200 characters. `roles` are the gateway's own: `staff`, `desk`, `it`, `dpo`.
    """

    key: str
    issuer: str
    subject: str
    name: str
    profession: Profession | None
    specialty: str
    category: str
    unit: str
    establishment: str
    rpps: str
    roles: frozenset[str]
    named: bool
    factors: int
    amr: tuple[str, ...]
    authenticated_at: int  # UTC epoch ms of the authentication at the provider (auth_time); 0 for a software client


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientHolder:
    """A patient (or legal representative) signed in through the patients' provider.

    Identity traits only: which record of the directory they hold is found by the patients room.
    """

    key: str
    issuer: str
    subject: str
    birth_name: str
    given_names: str  # all of them, space separated, as the provider gives them
    birth_date: str  # ISO
    sex: str  # M, F or U
    authenticated_at: int  # UTC epoch ms
    birth_place: str = ""  # INSEE code of the commune, or of the country for who was born abroad; empty: not told


def dump_person(person: StaffMember | PatientHolder) -> str:
    """The person as one line of JSON, for a column; members in order, sets sorted: the same person, the same text."""
    values = asdict(person)
    if isinstance(person, StaffMember):
        values["roles"] = sorted(person.roles)
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def load_staff_member(text: str) -> StaffMember:
    """Read back what `dump_person` wrote for a `StaffMember`."""
    values = json.loads(text)
    profession = values.pop("profession")
    return StaffMember(
        **{
            **values,
            "profession": Profession(**profession) if profession else None,
            "roles": frozenset(values["roles"]),
            "amr": tuple(values["amr"]),
        }
    )


def load_patient_holder(text: str) -> PatientHolder:
    """Read back what `dump_person` wrote for a `PatientHolder`."""
    return PatientHolder(**json.loads(text))
