"""What the holder of a notice is shown, and what a stranger with an invented code leaves behind."""

import pytest
from sqlalchemy import select, text

from gateway.access.announcing import ProofRefused
from gateway.access.outcome import Granted
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.assembly import Gateway
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.identity.staff_member import TRE_G15, PatientHolder
from gateway.storage import tables
from policies import Mode
from tests.access.conftest import staff_member

SENIOR = staff_member("senior", TRE_G15, "10", specialty="SM26")


def _entries(gateway: Gateway) -> list[str]:
    with gateway.database.reading() as connection:
        return list(connection.execute(select(tables.audit_entry.c.type)).scalars())


def _notice(gateway: Gateway, key: str) -> tuple[str, str]:
    """The code and the birth date of a notice about an access in which everything was read."""
    scenario = next(scenario for scenario in SCENARIOS if scenario.key == key)
    opened = gateway.opening.open_dossier(
        SENIOR,
        AccessRequest(
            request_id=gateway.world.new_id(),
            patient=PatientSelector(ipp=scenario.ipp),
            mode=Mode.BREAK_GLASS,
            reason=Reason("vital_emergency"),
        ),
    )
    assert isinstance(opened, Granted)
    gateway.reading.summary(SENIOR, opened.access.id)
    with gateway.database.reading() as connection:
        code = connection.execute(
            text("SELECT code FROM notice WHERE grant_id = :id AND recipient = 'patient'"), {"id": opened.access.id}
        ).scalar_one()
    return str(code), opened.access.patient.traits.birth_date


def test_invented_codes_leave_nothing_in_the_log(gateway: Gateway) -> None:
    before = _entries(gateway)
    for code in ("ABCDEFGHJK", "0000000000", "not a code", "\x00"):
        with pytest.raises(ProofRefused):
            gateway.announcing.reveal(code, "1970-01-01")
    assert _entries(gateway) == before


def test_a_wrong_proof_of_a_real_notice_is_recorded(gateway: Gateway) -> None:
    code, _birth_date = _notice(gateway, "unconscious")
    with pytest.raises(ProofRefused):
        gateway.announcing.reveal(code, "1901-01-01")
    assert _entries(gateway).count("notice.proof_refused") == 1


def test_whoever_holds_the_code_of_a_minor_and_their_birth_date_sees_no_category_of_a_hidden_act(
    gateway: Gateway,
) -> None:
    code, birth_date = _notice(gateway, "minor_hidden_act")
    with gateway.database.reading() as connection:
        rows = connection.execute(text("SELECT class_code, hidden_from FROM document_opening")).all()
    hidden = {row.class_code for row in rows if row.hidden_from == "representatives"}
    plain = {row.class_code for row in rows if not row.hidden_from}
    assert hidden, "the scenario has a hidden act"
    assert set(gateway.announcing.reveal(code, birth_date).categories) == plain


def test_a_patient_who_signs_in_sees_every_category_that_was_read(gateway: Gateway) -> None:
    _code, _birth_date = _notice(gateway, "minor_hidden_act")
    scenario = next(scenario for scenario in SCENARIOS if scenario.key == "minor_hidden_act")
    holder = PatientHolder(
        key="sub:https://patients.test|minor",
        issuer="https://patients.test",
        subject="minor",
        birth_name=scenario.birth_name,
        given_names=scenario.given_names,
        birth_date=scenario.born,
        sex=scenario.sex,
        authenticated_at=0,
    )
    (view,) = gateway.announcing.accesses_of(holder)
    with gateway.database.reading() as connection:
        seen = connection.execute(text("SELECT DISTINCT class_code FROM document_opening")).scalars()
        assert set(view.categories) == set(seen)
