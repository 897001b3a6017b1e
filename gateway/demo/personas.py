"""The people of the demo hospital who can sign in, as the demo provider describes them. Fictitious, all of them."""

from dataclasses import dataclass
from typing import Literal

from gateway.identity.staff_member import TRE_G15, TRE_G16

DEMO_FINESS = "750000018"
OTHER_FINESS = "690000015"
SECRETARIES = "1.2.250.1.213.1.1.4.6"  # J65 subject roles: the functions that are no health profession

# Clients known to the demo provider, with the secrets the demo's configuration repeats. Demo only.
STAFF_CLIENT = "emergency-access-gateway"
STAFF_CLIENT_SECRET = "demo-gateway-secret-not-for-production"  # noqa: S105
PATIENT_CLIENT = "emergency-access-patients"
PATIENT_CLIENT_SECRET = "demo-patients-secret-not-for-production"  # noqa: S105
API_CLIENT = "api"
API_CLIENT_SECRET = "demo-ehr-secret-not-for-production"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """One line of the sign-in page. `kind` says at which client it may sign in; what is empty is not claimed."""

    name: str  # what is posted as `persona`, and the subject's key
    kind: Literal["staff", "patient", "client"]
    label_fr: str
    label_en: str
    family_name: str = ""
    given_name: str = ""
    profession: str = ""  # system|code
    specialty: str = ""
    category: str = ""
    unit: str = ""
    establishment: str = ""
    rpps: str = ""
    roles: tuple[str, ...] = ()
    birth_date: str = ""  # ISO, patients
    gender: Literal["", "male", "female"] = ""

    @property
    def subject(self) -> str:
        """The `sub` of this persona at the demo provider."""
        return f"demo-{self.name}"


def _staff(
    name: str,
    label_fr: str,
    label_en: str,
    given_name: str,
    family_name: str,
    roles: tuple[str, ...] = ("staff",),
    **claims: str,
) -> Persona:
    return Persona(
        name=name,
        kind="staff",
        label_fr=label_fr,
        label_en=label_en,
        given_name=given_name,
        family_name=family_name,
        roles=roles,
        **{"establishment": DEMO_FINESS, **claims},  # type: ignore[arg-type]
    )


def _office(name: str, label_fr: str, label_en: str, given_name: str, family_name: str, role: str) -> Persona:
    return Persona(
        name=name,
        kind="staff",
        label_fr=label_fr,
        label_en=label_en,
        given_name=given_name,
        family_name=family_name,
        category="M",
        establishment=DEMO_FINESS,
        roles=(role,),
    )


PERSONAS: tuple[Persona, ...] = (
    _staff(
        "interne", "Interne aux urgences, sans carte CPS", "ED intern, without a professional card",
        "Inès", "Martin", profession=f"{TRE_G16}|10", category="E", unit="URG",
    ),
    _staff(
        "senior", "Médecin senior aux urgences", "Senior ED physician",
        "Denis", "Leroy", profession=f"{TRE_G15}|10", specialty="SM59", category="C", unit="URG", rpps="10100000008",
    ),
    _staff(
        "infirmiere", "Infirmière aux urgences", "ED nurse",
        "Nadia", "Petit", profession=f"{TRE_G15}|60", category="C", unit="URG", rpps="10100000016",
    ),
    _staff(
        "regulateur", "Médecin régulateur, SAMU-Centre 15", "SAMU-Centre 15 dispatch physician",
        "Rémi", "Garnier", profession=f"{TRE_G15}|10", specialty="SM59", category="C", unit="SAMU",
        rpps="10100000024",
    ),
    _staff(
        "secretaire", "Secrétaire médicale aux urgences", "ED medical secretary",
        "Sophie", "Lambert", ("staff", "desk"),
        profession=f"{SECRETARIES}|SECRETARIAT_MEDICAL", category="M", unit="URG",
    ),
    _staff(
        "pharmacienne", "Pharmacienne de la pharmacie à usage intérieur", "Hospital pharmacist",
        "Paule", "Fabre", profession=f"{TRE_G15}|21", category="C", unit="PUI", rpps="10100000032",
    ),
    _staff(
        "externe", "Médecin d'un autre établissement", "Physician of another establishment",
        "Éric", "Morel", profession=f"{TRE_G15}|10", specialty="SM26", category="C", unit="MED", rpps="10100000040",
        establishment=OTHER_FINESS,
    ),
    _office("informatique", "Informatique hospitalière", "Hospital IT", "Karim", "Benali", "it"),
    _office("informatique2", "Informatique hospitalière, deuxième personne", "Hospital IT, second person",
            "Léa", "Robin", "it"),
    _office("dpo", "Déléguée à la protection des données", "Data protection officer", "Claire", "Dumont", "dpo"),
    Persona(
        name="patiente", kind="patient", label_fr="Patiente (Dominique PAT-TROIS)",
        label_en="Patient (Dominique PAT-TROIS)", family_name="PAT-TROIS", given_name="DOMINIQUE",
        birth_date="1979-03-28", gender="female",
    ),
    Persona(
        name="parent", kind="patient", label_fr="Parent, représentante légale de Sébastien MELANGE (mineur)",
        label_en="Parent, legal representative of Sébastien MELANGE (a minor)", family_name="MELANGE",
        given_name="AURELIE", birth_date="1984-04-16", gender="female",
    ),
    Persona(
        name="mineur", kind="patient", label_fr="Sébastien MELANGE (mineur de 15 ans)",
        label_en="Sébastien MELANGE (a minor of 15)", family_name="MELANGE", given_name="SEBASTIEN",
        birth_date="2011-06-19", gender="male",
    ),
    Persona(
        name="api", kind="client", label_fr="Logiciel de dossier de l'hôpital (client confidentiel)",
        label_en="The hospital's own record software (confidential client)", establishment=DEMO_FINESS,
    ),
)  # fmt: skip


def persona_named(name: str) -> Persona | None:
    """The persona of that name, None where there is none."""
    return next((persona for persona in PERSONAS if persona.name == name), None)
