"""A working gateway in memory, of the shape the pages call: it keeps accesses, ends them by the clock, and remembers
what it was asked. It decides by the patient's name only; the real rules have their own tests.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from flask import Flask
from flask.testing import FlaskClient

from gateway.access.finding import EdPatient, SearchResult
from gateway.access.opening import Preview
from gateway.access.outcome import (
    Access,
    AuditReference,
    Granted,
    NoticeReference,
    Outcome,
    Refused,
    RuleReason,
)
from gateway.access.request import AccessRequest, Mode
from gateway.dossiers.cda.describe import describe_cda, load_document_types
from gateway.dossiers.connector import DocumentFormat, DocumentReference, DocumentStatus
from gateway.dossiers.readable import embedded_file, readable_document
from gateway.dossiers.summary import summarise
from gateway.errors import (
    AccessNotOpen,
    DocumentNotFound,
    DossierUnavailable,
    GatewayError,
    InvalidIns,
    NotFound,
    PatientUnknown,
    SignInRefused,
)
from gateway.identity.sessions import LiveSession, NewSession
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import PatientHolder, StaffMember
from tests.rules_in_force import shipped_rules
from tests.web.fake_portal import FakePortal
from tests.web.hospital import CONTACTS, PATIENT_HOLDER, PATIENTS, PRESENT, STAFF, settings
from tests.worlds import StillWorld

WINDOW_MS = 30 * 60_000
AUDIT = AuditReference("7e2b1c44-0000-4000-8000-000000000001", "ab" * 32)
OPPOSITION = RuleReason(
    "OPP-01-bris-de-glace", "Le patient s'est opposé à l'accès en urgence.", "The patient opposed emergency access."
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Delivery:
    reference: DocumentReference
    media_type: str
    size: int
    sha256: str
    chunks: Iterator[bytes]


class FakeGateway:
    """`world` and `settings` as in the real one; each room's calls are methods of the attribute of its name."""

    def __init__(
        self, still: StillWorld | None = None, *, base_url: str = "http://localhost", samples: Path | None = None
    ):
        self.still = still or StillWorld()
        self.world = self.still.world
        self.settings = settings(base_url)
        self.rules = shipped_rules()
        self.sessions = FakeSessions(self)
        self.sign_in = FakeSignIn("staff")
        self.patient_sign_in = FakeSignIn("patient")
        self.finding = FakeFinding(self)
        self.opening = FakeOpening(self)
        self.continuing = FakeContinuing(self)
        self.reading = FakeReading(self, samples)
        self.portal = FakePortal(self.world, self.finding).parts()
        self.watching = FakeWatching(self)
        # The pages of the reviewers have their own tests over the real room.
        self.oversight = SimpleNamespace(answering=SimpleNamespace(waiting=lambda staff: 0))
        self.health = SimpleNamespace(
            live=lambda: True,
            notice_states=lambda: {"pending": 1, "sent": 12},
            ready=lambda: (
                SimpleNamespace(name="database", ok=True, detail="sqlite", required=True),
                SimpleNamespace(name="notices", ok=False, detail="3 late", required=False),
            ),
        )
        self.accesses: dict[str, Access] = {}
        self.answered: dict[str, Outcome] = {}

    def client(self, app: Flask, name: str) -> FlaskClient:
        """A browser where this person is signed in."""
        client = app.test_client()
        person = PATIENT_HOLDER if name == "patiente" else STAFF[name]
        client.set_cookie("device", f"device-of-{name}")
        client.set_cookie("session", self.sessions.begin(person))
        return client


class FakeSessions:
    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway
        self.live: dict[str, LiveSession] = {}

    def begin(self, person: StaffMember | PatientHolder) -> str:
        token = self.gateway.world.new_token()
        now = self.gateway.world.epoch_ms()
        self.live[token] = LiveSession(
            kind="staff" if isinstance(person, StaffMember) else "patient",
            person=person,
            csrf_token=f"csrf-{token[:8]}",
            id_token="",
            created_at=now,
            idle_end=now + WINDOW_MS,
            absolute_end=now + WINDOW_MS,
        )
        return token

    def open(self, signed_in: SignedIn, device_token: str) -> NewSession:
        token = self.begin(signed_in.person)
        return NewSession(token=token, csrf_token=self.live[token].csrf_token, replaced=())

    def find(self, token: str) -> LiveSession | None:
        return self.live.get(token)

    def end(self, token: str) -> bool:
        return self.live.pop(token, None) is not None


class FakeSignIn:
    """The provider answers at once: `?persona=` says who."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.wanted: dict[str, str] = {}

    def begin(self, *, browser_token: str, return_to: str) -> str:
        self.wanted[browser_token] = return_to
        persona = os.environ.get("PERSONA", "interne")
        prefix = "/patient" if self.kind == "patient" else ""
        return f"{prefix}/auth/callback?persona={persona}"

    def finish(self, *, browser_token: str, query: Mapping[str, str]) -> SignedIn:
        if browser_token not in self.wanted:
            raise SignInRefused("not begun here", code="sign-in-state")
        person = PATIENT_HOLDER if self.kind == "patient" else STAFF[query["persona"]]
        return SignedIn(
            kind=self.kind,  # type: ignore[arg-type]
            person=person,
            return_to=self.wanted.pop(browser_token),
            provider_sid="",
            id_token="",
        )

    def logout_url(self, session: LiveSession) -> str | None:
        return f"https://idp.hospital.example/logout?client_id={session.kind}"


class FakeFinding:
    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway

    def search(self, staff: StaffMember, text: str) -> SearchResult:
        compact = text.replace(" ", "")
        if compact == "279035121518988":
            raise InvalidIns("wrong key", field="ins", code="ins-key")
        if compact == "279035121518989":
            return self._result("ins", [PATIENTS["usual"]])
        by_ipp = [record for record in PATIENTS.values() if record.ipp == compact]
        if by_ipp:
            return self._result("ipp", by_ipp)
        name = text.split(" ")[0].upper()
        return self._result("traits", [one for one in PATIENTS.values() if one.traits.birth_name == name])

    def _result(self, understood: str, found: list) -> SearchResult:
        return SearchResult(patients=tuple(found), more=False, understood_as=understood, audit=AUDIT)

    def ed_list(self, staff: StaffMember) -> tuple[EdPatient, ...]:
        now = self.gateway.world.epoch_ms()
        return tuple(
            EdPatient(
                patient=PATIENTS[key],
                episode_id=key,
                box=box,
                motive=motive,
                admitted_at=now - minutes * 60_000,
                access_open=self.gateway.opening.open_of(staff, key) is not None,
            )
            for key, box, motive, minutes in PRESENT
        )

    def patient(self, staff: StaffMember, patient_id: str):
        if patient_id not in PATIENTS:
            raise PatientUnknown("no such patient")
        return PATIENTS[patient_id]


class FakeOpening:
    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway
        self.asked: list[AccessRequest] = []

    def open_of(self, staff: StaffMember, patient_id: str) -> str | None:
        now = self.gateway.world.epoch_ms()
        return next(
            (
                access.id
                for access in self.gateway.accesses.values()
                if access.patient.id == patient_id
                and access.staff.key == staff.key
                and access.expires_at > now
                and access.ended_at is None
            ),
            None,
        )

    def preview(self, staff: StaffMember, patient_id: str) -> Preview:
        record = self.gateway.finding.patient(staff, patient_id)
        shut = patient_id in ("shut", "baby")
        regulating = staff.subject == "regulateur"
        emergency = not shut and not record.opposed_break_glass and not regulating
        identity = RuleReason("INT-06", "L'identité n'est pas qualifiée (INS).", "The identity is not qualified (INS).")
        return Preview(
            patient=record,
            open_access_id=self.open_of(staff, patient_id),
            normal_without_asking=patient_id == "agreed" and not regulating,
            normal_with_consent=not shut and not regulating,
            break_glass=emergency,
            centre_15=regulating and not shut,
            rules=((identity,) if patient_id == "baby" else (OPPOSITION,)) if shut else (),
            emergency_rules=() if emergency else (OPPOSITION,),
            possible=("ask_patient", "ask_when_awake", "hospital_record", "medecin_traitant", "trusted_person"),
            medecin_traitant_phone="01 99 00 45 67",
            trusted_person="Paul DELATTRE",
            reasons=self.gateway.rules.current().settings.reasons_for(
                Mode.CENTRE_15 if regulating else Mode.BREAK_GLASS
            ),
            window_minutes=30,
        )

    def open_dossier(self, staff: StaffMember, request: AccessRequest) -> Outcome:
        self.asked.append(request)
        if request.request_id in self.gateway.answered:
            return self.gateway.answered[request.request_id]
        record = self.gateway.finding.patient(staff, request.patient.patient_id)
        doors = self.preview(staff, record.id)
        allowed = {
            Mode.NORMAL: doors.normal_without_asking or (doors.normal_with_consent and request.consent_given),
            Mode.BREAK_GLASS: doors.break_glass,
            Mode.CENTRE_15: doors.centre_15,
        }[request.mode]
        outcome: Outcome
        if allowed and not request.patient_refuses:
            access = self._access(staff, record, request)
            self.gateway.accesses[access.id] = access
            outcome = Granted(access=access, repeated=False)
        else:
            outcome = Refused(
                patient=record,
                mode=request.mode,
                rules=(OPPOSITION,) if record.opposed_break_glass else (),
                near_misses=(),
                break_glass="available" if doors.break_glass and not request.patient_refuses else "unavailable",
                patient_refuses=request.patient_refuses,
                possible=doors.possible,
                medecin_traitant_phone=doors.medecin_traitant_phone,
                trusted_person=doors.trusted_person,
                policy_version="f00d" * 16,
                engine_fault=False,
                audit=AUDIT,
            )
        self.gateway.answered[request.request_id] = outcome
        return outcome

    def _access(self, staff: StaffMember, record, request: AccessRequest) -> Access:
        now = self.gateway.world.epoch_ms()
        return Access(
            id=self.gateway.world.new_id(),
            patient=record,
            staff=staff,
            mode=request.mode,
            reason_code=request.reason.code if request.reason else "",
            consent_basis="explicit" if request.mode is Mode.NORMAL else "none",
            first_access=True,
            opened_at=now,
            expires_at=now + WINDOW_MS,
            ended_at=None,
            extensions=0,
            open=True,
            rules=(),
            obligations=(),
            policy_version="f00d" * 16,
            notice=NoticeReference("n", "pending"),
            audit=AUDIT,
        )


class FakeContinuing:
    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway

    def current(self, staff: StaffMember, access_id: str) -> Access:
        access = self.gateway.accesses.get(access_id)
        if access is None or access.staff.key != staff.key:
            raise NotFound("no such access of this person")
        is_open = access.ended_at is None and access.expires_at > self.gateway.world.epoch_ms()
        return replace(access, open=is_open)

    def extend(self, staff: StaffMember, access_id: str) -> Access | Refused:
        access = self.required(staff, access_id)
        longer = replace(access, expires_at=self.gateway.world.epoch_ms() + WINDOW_MS, extensions=access.extensions + 1)
        self.gateway.accesses[access_id] = longer
        return longer

    def end(self, staff: StaffMember, access_id: str) -> Access:
        ended = replace(self.current(staff, access_id), ended_at=self.gateway.world.epoch_ms(), open=False)
        self.gateway.accesses[access_id] = ended
        return ended

    def required(self, staff: StaffMember, access_id: str) -> Access:
        access = self.current(staff, access_id)
        if not access.open:
            raise AccessNotOpen("over")
        return access


class FakeReading:
    """The dossier of every patient is the folder of sample documents; `empty` has none, `silent` never answers."""

    def __init__(self, gateway: FakeGateway, samples: Path | None) -> None:
        self.gateway = gateway
        self.opened: list[str] = []
        self.content: dict[str, bytes] = {}
        self.references: list[DocumentReference] = []
        types = load_document_types()
        for number, file in enumerate(sorted(samples.glob("*.xml")) if samples else ()):
            described = describe_cda(
                file.read_bytes(),
                document_id=f"doc-{number}",
                patient_id="usual",
                received=self.gateway.world.now(),
                types=types,
            )
            self.content[f"doc-{number}"] = file.read_bytes()
            self.references.append(described.reference)
        if self.references:
            self._add_pdf()
        self.references.sort(key=lambda reference: reference.created, reverse=True)

    def _add_pdf(self) -> None:
        self.content["doc-pdf"] = PDF
        plain = replace(
            self.references[0],
            id="doc-pdf",
            title="Courrier numérisé",
            media_type="application/pdf",
            format=DocumentFormat.PDF,
            status=DocumentStatus.ARCHIVED,
            confidentiality=frozenset({"N", "MASQUE_PS"}),
            size=len(PDF),
        )
        self.references.append(plain)

    def _documents(self, access: Access) -> list[DocumentReference]:
        if access.patient.id == "silent":
            raise DossierUnavailable("no answer")
        return [] if access.patient.id == "empty" else self.references

    def list_documents(self, staff: StaffMember, access_id: str, *, everything: bool = False):
        access = self.gateway.continuing.required(staff, access_id)
        oldest = self.gateway.world.now() - timedelta(days=730)
        shown = [one for one in self._documents(access) if everything or one.created >= oldest]
        return SimpleNamespace(access=access, documents=tuple(shown), filtered=not everything)

    def summary(self, staff: StaffMember, access_id: str):
        access = self.gateway.continuing.required(staff, access_id)
        documents = self._documents(access)
        made = summarise([(one, self.content[one.id]) for one in documents], self.gateway.world.now())
        return SimpleNamespace(access=access, summary=made, contacts=CONTACTS, documents=tuple(documents))

    def open_document(self, staff: StaffMember, access_id: str, document_id: str) -> Delivery:
        reference = self._one(staff, access_id, document_id)
        content = self.content[document_id]
        return Delivery(reference, reference.media_type, len(content), reference.sha256, iter([content]))

    def readable_document(self, staff: StaffMember, access_id: str, document_id: str):
        reference = self._one(staff, access_id, document_id)
        title, html, embedded, problem = reference.title, "", None, ""
        try:
            page = readable_document(self.content[document_id])
            title, html, embedded = page.title or title, page.html, page.embedded
        except GatewayError as error:
            problem = error.code
        access = self.gateway.continuing.current(staff, access_id)
        return SimpleNamespace(
            access=access, reference=reference, title=title, html=html, embedded=embedded, problem=problem
        )

    def embedded_document(self, staff: StaffMember, access_id: str, document_id: str) -> Delivery:
        reference = self._one(staff, access_id, document_id)
        wrapped = embedded_file(self.content[document_id])
        if wrapped is None:
            raise DocumentNotFound("wraps none")
        return Delivery(reference, wrapped.media_type, len(wrapped.content), "", iter([wrapped.content]))

    def _one(self, staff: StaffMember, access_id: str, document_id: str) -> DocumentReference:
        access = self.gateway.continuing.required(staff, access_id)
        self.opened.append(document_id)
        found = next((one for one in self._documents(access) if one.id == document_id), None)
        if found is None:
            raise DocumentNotFound("none")
        return found


class FakeWatching:
    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway

    def latest_accesses(self, staff: StaffMember, limit: int = 100):
        now = self.gateway.world.epoch_ms()
        whole = "dpo" in staff.roles
        return tuple(
            SimpleNamespace(
                access_id=str(number),
                patient_name="PAT-TROIS DOMINIQUE, 1979-03-28" if whole else "",
                ipp="8000000001" if whole else "",
                staff=STAFF["interne"],
                mode=mode,
                reason_code=reason,
                reason_text="Chute d'un toit, famille injoignable" if whole and reason == "other" else "",
                consent_basis="explicit",
                first_access=number == 0,
                opened_at=now - number * 1_000_000,
                expires_at=now,
                ended_at=None,
                rules=("BDG-02-interne-sans-carte",),
                notice_state=notice,
                audit_entry_id=AUDIT.entry_id,
            )
            for number, (mode, reason, notice) in enumerate(
                [("break_glass", "other", "sent"), ("normal", "", ""), ("centre_15", "regulation", "person")]
            )
        )

    def policy(self):
        rule = SimpleNamespace(
            id="BDG-02-interne-sans-carte",
            effect="permit",
            file="rules/30-bris-de-glace.cedar",
            line=21,
            text='@id("BDG-02")\npermit (principal, action, resource);',
            reason_fr="Interne, patient hors d'état de s'exprimer, motif donné.",
            reason_en="Intern, patient unable to express their will, reason given.",
            obligations=("notify:patient", "limit:30min"),
            guardrail=False,
        )
        shut = SimpleNamespace(**{**vars(rule), "id": "OPP-01", "effect": "forbid", "obligations": ()})
        return SimpleNamespace(digest="f00d" * 16, loaded_at=self.gateway.world.epoch_ms(), rules=(rule, shut))

    def last_day(self):
        return {"access.granted": 3, "access.refused": 1}

    def alerts(self):
        return (
            SimpleNamespace(
                id="1",
                kind="forbidden-purpose",
                detail="insurance",
                raised_at=self.gateway.world.epoch_ms(),
                resolved_at=None,
            ),
        )
