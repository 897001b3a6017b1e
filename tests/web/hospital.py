"""A small hospital for the pages' tests: one patient for each way a page can look, and the settings around them."""

from pathlib import Path

from gateway.identity.staff_member import TRE_G15, TRE_G16, PatientHolder, Profession, StaffMember
from gateway.patients.ins import OID_TEST, Ins
from gateway.patients.patient import Contact, PatientRecord, Traits
from gateway.settings import (
    BearerSettings,
    DatabaseSettings,
    HospitalSettings,
    IdentitySettings,
    NotificationSettings,
    PolicySettings,
    ProviderSettings,
    RecordSettings,
    ServerSettings,
    Settings,
    SmtpSettings,
)

FINESS = "750000018"


def settings(base_url: str = "http://localhost") -> Settings:
    """A demo configuration; nothing it names is opened by the pages."""
    return Settings(
        profile="demo",
        hospital=HospitalSettings(name="Hôpital Saint-Exemple", finess=FINESS, phone="01 99 00 12 34"),
        server=ServerSettings(base_url=base_url),
        database=DatabaseSettings(url="sqlite:////nowhere"),
        policies=PolicySettings(folder=Path("policies")),
        record=RecordSettings(origin="test", signing_key_file=Path("no"), master_key_file=Path("no")),
        identity=IdentitySettings(
            staff=ProviderSettings(issuer="https://idp.hospital.example/realm", client_id="gateway"),
            patient=ProviderSettings(issuer="https://patients.example", client_id="gateway"),
            bearer=BearerSettings(audience="gateway"),
        ),
        notifications=NotificationSettings(smtp=SmtpSettings(host="localhost", sender="no-reply@hospital.example")),
    )


def member(name: str, shown: str, system: str = TRE_G15, code: str = "10", roles: tuple[str, ...] = ("staff",)):
    """A member of staff."""
    return StaffMember(
        key=f"sub:idp|{name}",
        issuer="https://idp.hospital.example/realm",
        subject=name,
        name=shown,
        profession=Profession(system=system, code=code) if "staff" in roles else None,
        specialty="SM26",
        category="E" if system == TRE_G16 else "C",
        unit="URG",
        establishment=FINESS,
        rpps="",
        roles=frozenset(roles),
        named=True,
        factors=2,
        amr=("pwd", "otp"),
        authenticated_at=0,
    )


STAFF = {
    "interne": member("interne", "Inès Martin", TRE_G16),
    "senior": member("senior", "Dr Paul Garnier"),
    "regulateur": member("regulateur", "Dr Léa Fabre"),
    "secretaire": member("secretaire", "Sophie Lambert", roles=("staff", "desk")),
    "informatique": member("informatique", "Karim Benali", roles=("it",)),
    "dpo": member("dpo", "Claire Vasseur", roles=("dpo",)),
}
PATIENT_HOLDER = PatientHolder(
    key="sub:patients|patiente",
    issuer="https://patients.example",
    subject="patiente",
    birth_name="PAT-TROIS",
    given_names="DOMINIQUE",
    birth_date="1979-03-28",
    sex="F",
    authenticated_at=0,
)


def patient(patient_id: str, birth_name: str, given: str, born: str, sex: str = "F", **more: object) -> PatientRecord:
    """A patient; `more` overrides any field of the record, `used_name` that of the traits."""
    traits = Traits(
        birth_name=birth_name,
        given_names=given,
        birth_date=born,
        sex=sex,
        birth_place="75056",
        used_name=str(more.pop("used_name", "")),
    )
    fields: dict[str, object] = {
        "ipp": f"8000{abs(hash(patient_id)) % 1000000:06d}",
        "ins": Ins("279035121518989", OID_TEST),
        "identity_status": "QUAL",
        "deceased_on": None,
        "language": "fr",
        "dossier_status": "active",
        "opposed_break_glass": False,
        "opposed_centre_15": False,
        "masked_in_emergency": False,
        "linked_staff_key": None,
    }
    return PatientRecord(id=patient_id, traits=traits, **{**fields, **more})  # type: ignore[arg-type]


PATIENTS = {
    record.id: record
    for record in (
        patient("usual", "PAT-TROIS", "DOMINIQUE MARIE-LOUISE", "1979-03-28", ipp="8000000001"),
        patient("agreed", "LEFÈVRE", "ANTOINE", "1954-11-02", "M", ipp="8000000002", used_name="LEFÈVRE-DUVAL"),
        patient("opposed", "DELATTRE", "JEANNE", "1941-06-17", ipp="8000000003", opposed_break_glass=True),
        patient("shut", "ROUSSEL", "MICHEL", "1938-01-30", "M", ipp="8000000004", opposed_break_glass=True),
        patient("baby", "NGUYEN-BEAUCHAMP", "LOUISE", "2026-11-01", ipp="8000000005", ins=None, identity_status="PROV"),
        patient("twin-a", "MOREAU", "CAMILLE", "1990-05-05", ipp="8000000006", homonym=True),
        patient("twin-b", "MOREAU", "CAMILLE", "1990-05-15", ipp="8000000007", homonym=True),
        patient("call", "HAMON", "YVES", "1966-09-09", "M", ipp="8000000008"),
        patient("empty", "PETIT", "ROSE", "2001-02-03", ipp="8000000009"),
        patient("silent", "GIRARD", "LUC", "1985-12-24", "M", ipp="8000000010"),
    )
}
PRESENT = (
    ("usual", "SAUV 1", "Malaise, inconsciente", 9),
    ("agreed", "Box 4", "Douleur thoracique", 31),
    ("opposed", "Box 2", "Chute de sa hauteur", 48),
    ("twin-a", "Box 7", "Plaie de la main", 75),
    ("baby", "Pédiatrie 1", "Fièvre", 92),
    ("shut", "", "Confusion", 130),
)
CONTACTS = (
    Contact(
        kind="medecin_traitant", name="Dr Hélène Marchand", email="", phone="01 99 00 45 67", address="", mssante=""
    ),
    Contact(
        kind="trusted_person", name="Paul PAT-TROIS (frère)", email="", phone="06 39 98 01 02", address="", mssante=""
    ),
)
