"""What the demo page says one can try with each named patient is what the rules answer, for three personas."""

import pytest

from gateway.access.outcome import Granted
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.assembly import Gateway
from gateway.demo.hospital.cast import staff_key
from gateway.demo.hospital.scenarios import SCENARIOS, Scenario, scenario_named
from gateway.demo.personas import persona_named
from gateway.identity.staff_member import Profession, StaffMember
from gateway.patients import directory
from policies import Mode


def signed_in(gateway: Gateway, name: str) -> StaffMember:
    persona = persona_named(name)
    assert persona is not None
    system, _, code = persona.profession.partition("|")
    issuer = gateway.settings.identity.staff.issuer
    return StaffMember(
        key=staff_key(name, issuer),
        issuer=issuer,
        subject=persona.subject,
        name=f"{persona.given_name} {persona.family_name}",
        profession=Profession(system=system, code=code),
        specialty=persona.specialty,
        category=persona.category,
        unit=persona.unit,
        establishment=persona.establishment,
        rpps=persona.rpps,
        roles=frozenset(persona.roles),
        named=True,
        factors=2,
        amr=("pwd", "otp"),
        authenticated_at=gateway.world.epoch_ms(),
    )


def patient_id(gateway: Gateway, scenario: Scenario) -> str:
    with gateway.database.reading() as connection:
        record = directory.find_by_ipp(connection, scenario.ipp)
    assert record is not None
    return record.id


def doors(gateway: Gateway, persona: str, scenario: Scenario) -> set[str]:
    """Which doors stand open: `asked` (with the patient's agreement), `break_glass`, `centre_15`."""
    preview = gateway.opening.preview(signed_in(gateway, persona), patient_id(gateway, scenario))
    found = {"asked": preview.normal_with_consent, "break_glass": preview.break_glass, "centre_15": preview.centre_15}
    return {door for door, is_open in found.items() if is_open}


def documents(gateway: Gateway, persona: str, scenario: Scenario, mode: Mode) -> list[frozenset[str]]:
    """The labels of every document the person may read."""
    staff = signed_in(gateway, persona)
    request = AccessRequest(
        request_id=gateway.world.new_id(),
        patient=PatientSelector(patient_id=patient_id(gateway, scenario)),
        mode=mode,
        reason=Reason("vital_emergency") if mode is Mode.BREAK_GLASS else None,
        consent_given=mode is Mode.NORMAL,
    )
    outcome = gateway.opening.open_dossier(staff, request)
    assert isinstance(outcome, Granted)
    listed = gateway.reading.list_documents(staff, outcome.access.id, everything=True)
    return [document.confidentiality for document in listed.documents]


SHUT = {"opposed_break_glass", "closed_dossier", "no_dossier", "unqualified_identity", "deceased"}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.key)
def test_the_intern_breaks_the_glass_exactly_where_the_scenario_says(gateway: Gateway, scenario: Scenario) -> None:
    expected = scenario.key not in SHUT | {"blocked_professional"}
    assert ("break_glass" in doors(gateway, "interne", scenario)) is expected


def test_an_opposed_patient_can_still_agree(gateway: Gateway) -> None:
    assert doors(gateway, "interne", scenario_named("opposed_break_glass")) == {"asked"}


@pytest.mark.parametrize("key", ["closed_dossier", "no_dossier", "unqualified_identity", "deceased"])
def test_no_door_opens_where_there_is_nothing_lawful_to_open(gateway: Gateway, key: str) -> None:
    assert doors(gateway, "senior", scenario_named(key)) == set()


def test_opposition_to_centre_15_shuts_that_door_alone(gateway: Gateway) -> None:
    opposed, plain = scenario_named("opposed_centre_15"), scenario_named("unconscious")
    assert "break_glass" in doors(gateway, "interne", opposed)
    assert "centre_15" not in doors(gateway, "regulateur", opposed)
    assert "centre_15" in doors(gateway, "regulateur", plain)


def test_the_blocked_intern_is_refused_everywhere_and_a_colleague_is_not(gateway: Gateway) -> None:
    blocked = scenario_named("blocked_professional")
    assert doors(gateway, "interne", blocked) == set()
    assert "break_glass" in doors(gateway, "senior", blocked)


def test_the_senior_does_not_open_his_own_dossier_and_the_intern_does(gateway: Gateway) -> None:
    own = scenario_named("staff_patient")
    assert doors(gateway, "senior", own) == set()
    assert "break_glass" in doors(gateway, "interne", own)


def test_the_masked_document_appears_with_break_glass_only_where_the_patient_allowed_it(gateway: Gateway) -> None:
    allowed, refused = scenario_named("masked_allowed"), scenario_named("masked_refused")
    assert any("MASQUE_PS" in labels for labels in documents(gateway, "interne", allowed, Mode.BREAK_GLASS))
    assert not any("MASQUE_PS" in labels for labels in documents(gateway, "senior", allowed, Mode.NORMAL))
    seen = documents(gateway, "interne", refused, Mode.BREAK_GLASS)
    assert seen
    assert not any("MASQUE_PS" in labels for labels in seen)


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("minor_hidden_act", "INVISIBLE_REPRESENTANTS_LEGAUX"),
        ("invisible_document", "INVISIBLE_PATIENT"),
    ],
)
def test_the_team_reads_what_the_patient_or_the_parents_do_not_see(gateway: Gateway, key: str, label: str) -> None:
    assert any(label in labels for labels in documents(gateway, "interne", scenario_named(key), Mode.BREAK_GLASS))
