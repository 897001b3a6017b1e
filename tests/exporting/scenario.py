"""A night at the demo hospital, played on the assembled gateway: its record holds entries of nearly every type."""

import shutil
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from gateway.access.outcome import Granted, Refused
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.access.sign_in_record import IdentityRecorder
from gateway.assembly import Gateway
from gateway.errors import GatewayError
from gateway.identity.staff_member import TRE_G15, PatientHolder, Profession, StaffMember
from gateway.settings import Settings
from gateway.storage.tables import patient
from gateway.storage.transaction import Transaction
from policies import Mode
from tests.api.hospital_in_memory import INTERN
from tests.gateways import assemble_on
from tests.worlds import StillWorld

SENIOR = replace(
    INTERN,
    key="rpps:10100000008",
    rpps="10100000008",
    subject="demo-senior",
    name="Denis Leroy",
    profession=Profession(system=TRE_G15, code="10"),
    specialty="SM59",
    category="C",
)
STRANGER = replace(SENIOR, key="rpps:10100000040", rpps="10100000040", establishment="690000015", unit="MED")
DPO = replace(
    INTERN,
    key="sub:https://idp.test|demo-dpo",
    subject="demo-dpo",
    name="Claire Dumont",
    profession=None,
    category="M",
    unit="",
    roles=frozenset({"dpo"}),
)
SECOND_DPO = replace(DPO, key="sub:https://idp.test|demo-dpo2", subject="demo-dpo2", name="Ali Roche")
IT = replace(DPO, key="sub:https://idp.test|demo-it", subject="demo-it", name="Karim Benali", roles=frozenset({"it"}))
SOFTWARE = replace(INTERN, key="sub:https://idp.test|api", roles=frozenset(), named=False, factors=0, profession=None)
PATIENT = PatientHolder(
    key="sub:https://fc.test|demo-patiente",
    issuer="https://fc.test",
    subject="demo-patiente",
    birth_name="PAT-TROIS",
    given_names="DOMINIQUE",
    birth_date="1979-03-28",
    sex="F",
    authenticated_at=0,
)
INS = "279035121518989"


def gateway_of(hospital: tuple[Settings, Path], folder: Path, still: StillWorld) -> Gateway:
    """The assembled gateway over a copy of the demo hospital."""
    settings, file = hospital
    copy = folder / "hospital.db"
    shutil.copyfile(file, copy)
    return assemble_on(f"sqlite:///{copy}", settings, still.world)


def patient_id(gateway: Gateway) -> str:
    """The sample patient."""
    return gateway.finding.search(INTERN, INS).patients[0].id


def ask(gateway: Gateway, about: str, mode: Mode, *, staff: StaffMember = INTERN, words: str = "") -> Granted | Refused:
    """Ask for the dossier."""
    reason = None
    if mode is not Mode.NORMAL:
        reason = Reason("other" if words else "vital_emergency", words)
    request = AccessRequest(
        request_id=gateway.world.new_id(),
        patient=PatientSelector(patient_id=about),
        mode=mode,
        reason=reason,
        consent_given=False,
    )
    return gateway.opening.open_dossier(staff, request)


def play_a_night(gateway: Gateway, still: StillWorld) -> str:
    """Search, refusal, break-glass, reading, extension, end, notices, looks at the log; returns the access id."""
    sign_ins = IdentityRecorder(gateway.journal)
    for person in (INTERN, SENIOR, DPO, PATIENT):
        gateway.database.transact(lambda tx, who=person: sign_ins.signed_in(tx, who))
    gateway.database.transact(lambda tx: sign_ins.sign_in_refused(tx, "id-token-signature"))
    about = patient_id(gateway)
    twins = _homonyms(gateway)
    assert len(gateway.finding.search_by(INTERN, **twins).patients) > 1
    gateway.finding.search_by(INTERN, birth_name="INCONNU", given_name="PERSONNE", birth_date="1901-01-01")
    gateway.finding.ed_list(INTERN)
    _refused(lambda: gateway.finding.search(STRANGER, INS))
    assert isinstance(ask(gateway, about, Mode.NORMAL), Refused)
    granted = ask(gateway, about, Mode.BREAK_GLASS, words="Inconsciente, amenée par les pompiers")
    assert isinstance(granted, Granted)
    access = granted.access.id
    ask(gateway, about, Mode.BREAK_GLASS)
    listed = gateway.reading.list_documents(INTERN, access, everything=True)
    gateway.reading.summary(INTERN, access)
    for document in listed.documents[:3]:
        list(gateway.reading.open_document(INTERN, access, document.id).chunks)
    broken_off = gateway.reading.open_document(INTERN, access, listed.documents[0].id).chunks
    next(broken_off)
    broken_off.close()  # type: ignore[attr-defined]
    _refused(lambda: gateway.reading.open_document(INTERN, access, gateway.world.new_id()))
    still.pass_time(minutes=10)
    gateway.continuing.extend(INTERN, access)
    gateway.continuing.end(INTERN, access)
    _refused(lambda: gateway.reading.list_documents(INTERN, access))
    gateway.courier.deliver_due(keep_going=lambda: True)
    gateway.portal.history.page(PATIENT)
    gateway.watching.latest_accesses(DPO)
    gateway.database.transact(lambda tx: sign_ins.signed_out(tx, INTERN))
    gateway.database.transact(
        lambda tx: gateway.journal.append(tx, "colleague.something_new", "success", facts={"number": 3})
    )
    gateway.sequencing.publish_checkpoint()
    still.pass_time(minutes=1)
    return access


def _homonyms(gateway: Gateway) -> dict[str, str]:
    """Two patients of one name and birth date: the second is made of the first."""
    columns = ", ".join(column.name for column in patient.c if column.name not in ("id", "ipp", "ins"))
    others = "FROM patient WHERE birth_name <> 'PAT-TROIS' LIMIT 1"
    copy = text(f"INSERT INTO patient (id, ipp, {columns}) SELECT :id, 'HOMONYM', {columns} {others}")

    def unit(tx: Transaction) -> dict[str, str]:
        tx.connection.execute(copy, {"id": gateway.world.new_id()})
        row = tx.connection.execute(text("SELECT * FROM patient WHERE ipp = 'HOMONYM'")).one()
        return {"birth_name": row.birth_name, "given_name": row.given_names.split()[0], "birth_date": row.birth_date}

    return gateway.database.transact(unit)


def _refused(act: object) -> None:
    try:
        act()  # type: ignore[operator]
    except GatewayError:
        return
    raise AssertionError("it was not refused")
