"""A hospital in memory behind the API's doors: it obeys the use cases' shapes and keeps what was asked of it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.access.outcome import (
    Access,
    AuditReference,
    Granted,
    NoticeReference,
    Outcome,
    Refused,
    RuleReason,
)
from gateway.access.request import AccessRequest
from gateway.dossiers.connector import DocumentFormat, DocumentReference, DocumentStatus
from gateway.dossiers.summary.sheet import (
    Code,
    EmergencySummary,
    Section,
    SectionKey,
    SectionState,
    Source,
    SummaryItem,
)
from gateway.errors import (
    AccessNotOpen,
    DocumentNotFound,
    NotFound,
    NotSignedIn,
    PatientUnknown,
    RecordUnavailable,
    RequestIdReused,
)
from gateway.exporting.trail import TrailPage, TrailQuestion
from gateway.identity.staff_member import TRE_G16, PatientHolder, Profession, StaffMember
from gateway.patients.ins import OID_TEST, Ins
from gateway.patients.patient import Contact, PatientRecord, Traits
from gateway.settings import Settings
from gateway.world import World
from policies import Mode
from tests.rules_in_force import shipped_rules
from tests.worlds import START, StillWorld

INS = Ins("279035121518989", OID_TEST)
IPP = "1000001"
PATIENT = PatientRecord(
    id="11111111-1111-4111-8111-111111111111",
    ipp=IPP,
    ins=INS,
    identity_status="QUAL",
    traits=Traits(
        birth_name="PAT-TROIS",
        given_names="DOMINIQUE MARIE-LOUISE",
        birth_date="1979-03-28",
        sex="F",
        birth_place="51215",
    ),
    deceased_on=None,
    language="fr",
    dossier_status="active",
    opposed_break_glass=True,
    opposed_centre_15=False,
    masked_in_emergency=False,
    linked_staff_key=None,
)
INTERN = StaffMember(
    key="sub:https://idp.test|demo-interne",
    issuer="https://idp.test",
    subject="demo-interne",
    name="Inès Martin",
    profession=Profession(system=TRE_G16, code="10"),
    specialty="",
    category="E",
    unit="URG",
    establishment="750000018",
    rpps="",
    roles=frozenset({"staff"}),
    named=True,
    factors=2,
    amr=("pwd", "otp"),
    authenticated_at=0,
)
CALLERS = {
    "intern": INTERN,
    "colleague": replace(INTERN, key="sub:https://idp.test|other"),
    "dpo": replace(INTERN, key="sub:https://idp.test|dpo", roles=frozenset({"dpo"})),
    "software": replace(INTERN, key="sub:https://idp.test|api", roles=frozenset(), named=False, factors=0),
}
DOCUMENT_BYTES = b'<?xml version="1.0"?>\r\n<ClinicalDocument>\xc3\xa9\x00 </ClinicalDocument>\n' * 3000
DOCUMENT = DocumentReference(
    id="22222222-2222-4222-8222-222222222222",
    unique_id="1.2.250.1.213.1.1.9^77",
    patient_id=PATIENT.id,
    title="Volet de synthèse médicale",
    type_code="SYNTH",
    type_label="Synthèse",
    class_code="11",
    media_type="text/xml",
    format=DocumentFormat.CDA_N3,
    author_name="Dr Paul Durand",
    author_profession="10",
    author_organization="Cabinet",
    created=START,
    service_start=START,
    service_stop=None,
    confidentiality=frozenset({"N", "INVISIBLE_PATIENT"}),
    status=DocumentStatus.CURRENT,
    sha256=hashlib.sha256(DOCUMENT_BYTES).hexdigest(),
    size=len(DOCUMENT_BYTES),
)
OLD_DOCUMENT = replace(
    DOCUMENT, id="old.1", type_code="11490-0", class_code="10", status=DocumentStatus.ARCHIVED, size=-1, sha256=""
)
RULE = RuleReason("open-break-glass", "Bris de glace (L1111-17 I).", "Break-glass (L1111-17 I).")
OPPOSED = RuleReason("patient-opposed-break-glass", "Le patient s'y est opposé.", "The patient opposed it.")


def settings(max_body_bytes: int = 20_000) -> Settings:
    """The smallest settings of a demo gateway."""
    here = Path("unused")
    return Settings.model_validate(
        {
            "profile": "demo",
            "hospital": {"name": "CH d'essai", "finess": "750000018", "phone": "01 00 00 00 00"},
            "server": {"base_url": "http://gateway.test", "max_body_bytes": max_body_bytes},
            "database": {"url": "sqlite:///unused"},
            "policies": {"folder": here},
            "record": {"origin": "hospital.test/log", "signing_key_file": here, "master_key_file": here},
            "identity": {
                "staff": {"issuer": "http://127.0.0.1/idp", "client_id": "gateway"},
                "bearer": {"audience": "gateway"},
            },
            "notifications": {"smtp": {"host": "127.0.0.1", "sender": "a@hospital.test", "security": "none"}},
        }
    )


@dataclass(frozen=True)
class Found:
    patients: tuple[PatientRecord, ...]
    more: bool
    audit: AuditReference


@dataclass(frozen=True)
class Seen:
    open_access_id: str | None


@dataclass(frozen=True)
class Listed:
    access: Access
    documents: tuple[DocumentReference, ...]
    filtered: bool


@dataclass(frozen=True)
class Viewed:
    access: Access
    summary: EmergencySummary
    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class Sent:
    media_type: str
    size: int
    sha256: str
    chunks: Iterator[bytes]


@dataclass
class Record:
    """What was recorded, in order; `full` makes recording impossible."""

    lines: list[str] = field(default_factory=list)
    full: bool = False

    def write(self, line: str) -> AuditReference:
        if self.full:
            raise RecordUnavailable("the disk is full")
        self.lines.append(line)
        return AuditReference(f"entry-{len(self.lines)}", hashlib.sha256(line.encode()).hexdigest())


class TokenJudge:
    def verify(self, header_value: str) -> StaffMember:
        staff = CALLERS.get(header_value.removeprefix("Bearer "))
        if staff is None or not header_value.startswith("Bearer "):
            raise NotSignedIn("the token is not right")
        return staff


class HospitalInMemory:
    """One patient, one dossier; break-glass opens unless `opposed`, normal opens with consent only."""

    def __init__(self, *, opposed: bool = False, max_body_bytes: int = 20_000) -> None:
        self.still = StillWorld()
        self.world: World = self.still.world
        self.rules = shipped_rules()
        self.settings = settings(max_body_bytes)
        self.bearer = TokenJudge()
        self.record = Record()
        self.opposed = opposed
        self.media_type = DOCUMENT.media_type
        self.fault: Exception | None = None  # what every use case raises, when set
        self.asked: dict[str, tuple[AccessRequest, str]] = {}
        self.accesses: dict[str, tuple[str, Access]] = {}
        self.finding = self.opening = self.continuing = self.reading = self.exports = self.trail = self
        self.oversight = self.own_record = self
        self.patient_bearer = None
        self.sms_receipts = None

    # --- finding

    def search_by(
        self,
        staff: StaffMember,
        *,
        ins: Ins | None = None,
        ipp: str = "",
        birth_name: str = "",
        given_name: str = "",
        birth_date: str = "",
    ) -> Found:
        self._break()
        audit = self.record.write("searched")
        traits = (birth_name, given_name, birth_date) == ("PAT-TROIS", "DOMINIQUE", "1979-03-28")
        known = ins == INS or ipp == IPP or traits
        return Found((PATIENT,) if known else (), more=False, audit=audit)

    # --- opening

    def preview(self, staff: StaffMember, patient_id: str) -> Seen:
        mine = [access for key, access in self.accesses.values() if key == staff.key and self._is_open(access)]
        return Seen(mine[0].id if mine else None)

    def open_dossier(self, staff: StaffMember, request: AccessRequest) -> Outcome:
        self._break()
        if request.request_id in self.asked:
            earlier, access_id = self.asked[request.request_id]
            if earlier != request:
                raise RequestIdReused("another content")
            return Granted(access=self.accesses[access_id][1], repeated=True)
        if request.patient.ins != INS and request.patient.ipp != IPP:
            raise PatientUnknown("nobody")
        allowed = request.consent_given if request.mode is Mode.NORMAL else not self.opposed
        if not staff.named or "staff" not in staff.roles or not allowed:
            return self._refused(request.mode)
        access = self._granted(staff, request)
        self.asked[request.request_id] = (request, access.id)
        return Granted(access=access, repeated=False)

    # --- continuing

    def current(self, staff: StaffMember, access_id: str) -> Access:
        self._break()
        key, access = self.accesses.get(access_id, ("", None))
        if access is None or key != staff.key:
            raise NotFound("not theirs")
        return replace(access, open=self._is_open(access))

    def receipt(self, staff: StaffMember, access_id: str) -> dict[str, object]:
        self.current(staff, access_id)
        return {"state": "pending", "entry_id": self.record.write("receipt").entry_id}

    def extend(self, staff: StaffMember, access_id: str) -> Access | Refused:
        access = self._open_one(staff, access_id)
        if self.opposed:
            return self._refused(access.mode)
        return self._keep(staff, replace(access, expires_at=access.expires_at + 1_800_000, extensions=1))

    def end(self, staff: StaffMember, access_id: str) -> Access:
        access = self.current(staff, access_id)
        self.record.write("ended")
        return self._keep(staff, replace(access, ended_at=self.world.epoch_ms(), open=False))

    # --- reading

    def list_documents(self, staff: StaffMember, access_id: str, *, everything: bool = False) -> Listed:
        access = self._open_one(staff, access_id)
        self.record.write("listed")
        documents = (DOCUMENT, OLD_DOCUMENT) if everything else (DOCUMENT,)
        return Listed(access, documents, filtered=not everything)

    def summary(self, staff: StaffMember, access_id: str) -> Viewed:
        access = self._open_one(staff, access_id)
        self.record.write("summary opened")
        contact = Contact(kind="trusted_person", name="Jean", email="", phone="0600000000", address="", mssante="")
        return Viewed(access, emergency_summary(), (contact,))

    # --- the record

    def ask(self, caller: StaffMember | PatientHolder, question: TrailQuestion) -> TrailPage:
        self._break()
        self.record.write("log viewed")
        return TrailPage(events=(), next="")

    def go_on(self, caller: StaffMember | PatientHolder, mark: str) -> TrailPage:
        self._break()
        return TrailPage(events=(), next="")

    def access_to(self, staff: StaffMember, document_id: str) -> str:
        held = [key for key, (_, access) in self.accesses.items() if access.staff == staff and self._is_open(access)]
        if document_id != DOCUMENT.id or not held:
            raise DocumentNotFound("in no dossier this person has open")
        return held[0]

    def open_document(self, staff: StaffMember, access_id: str, document_id: str) -> Sent:
        self._open_one(staff, access_id)
        if document_id != DOCUMENT.id:
            raise DocumentNotFound("withheld or absent: no hint")
        self.record.write("document opened")
        return Sent(self.media_type, len(DOCUMENT_BYTES), DOCUMENT.sha256, self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        sent = 0
        try:
            for start in range(0, len(DOCUMENT_BYTES), 65_536):
                yield DOCUMENT_BYTES[start : start + 65_536]
                sent = min(start + 65_536, len(DOCUMENT_BYTES))
        finally:
            self.record.write("delivered" if sent == len(DOCUMENT_BYTES) else "failed")

    # --- the rest

    def _break(self) -> None:
        if self.fault is not None:
            raise self.fault

    def _is_open(self, access: Access) -> bool:
        return access.ended_at is None and access.expires_at > self.world.epoch_ms()

    def _open_one(self, staff: StaffMember, access_id: str) -> Access:
        access = self.current(staff, access_id)
        if not access.open:
            raise AccessNotOpen("over")
        return access

    def _keep(self, staff: StaffMember, access: Access) -> Access:
        self.accesses[access.id] = (staff.key, access)
        return access

    def _granted(self, staff: StaffMember, request: AccessRequest) -> Access:
        now = self.world.epoch_ms()
        return self._keep(
            staff,
            Access(
                id=self.world.new_id(),
                patient=PATIENT,
                staff=staff,
                mode=request.mode,
                reason_code=request.reason.code if request.reason else "",
                consent_basis="explicit" if request.consent_given else "none",
                first_access=True,
                opened_at=now,
                expires_at=now + 1_800_000,
                ended_at=None,
                extensions=0,
                open=True,
                rules=(RULE,),
                obligations=("limit:30min", "notify:patient"),
                policy_version="ab" * 32,
                notice=NoticeReference("notice-1", "pending"),
                audit=self.record.write("granted"),
            ),
        )

    def _refused(self, mode: Mode) -> Refused:
        return Refused(
            patient=PATIENT,
            mode=mode,
            rules=(OPPOSED,),
            near_misses=(RULE,),
            break_glass="unavailable",
            possible=("hospital_record", "medecin_traitant"),
            medecin_traitant_phone="0102030405",
            trusted_person="",
            policy_version="ab" * 32,
            engine_fault=False,
            audit=self.record.write("refused"),
        )


def emergency_summary() -> EmergencySummary:
    """All eleven sections: an allergy listed by one document, the rest in the other three states."""
    source = Source(DOCUMENT.id, DOCUMENT.title, "Dr Paul Durand", DOCUMENT.created)
    penicillin = SummaryItem(text="Pénicilline", code=Code("764146007", "2.16.840.1.113883.6.96"), sources=(source,))
    states = {
        SectionKey.ALLERGIES: SectionState.LISTED,
        SectionKey.DEVICES: SectionState.NONE_KNOWN,
        SectionKey.KEY_RESULTS: SectionState.UNAVAILABLE,
    }
    sections = tuple(
        Section(
            key=key,
            state=states.get(key, SectionState.NO_INFORMATION),
            items=(penicillin,) if key is SectionKey.ALLERGIES else (),
        )
        for key in SectionKey
    )
    return EmergencySummary(made_at=START, sections=sections, not_summarised=(), summarised=(source,))
