"""What a rule wants told when it refuses is an alert to those who watch: once while it is open, and it names nobody."""

from sqlalchemy import text

from gateway.access.outcome import Refused
from policies import Mode
from tests.access.conftest import Hospital, staff_member

PHYSICIAN = ("1.2.250.1.71.1.2.7", "10")


def _alerts(hospital: Hospital) -> list[tuple[str, str]]:
    with hospital.database.reading() as connection:
        rows = connection.execute(text("SELECT kind, detail FROM alert WHERE resolved_at IS NULL ORDER BY raised_at"))
        return [(row.kind, row.detail) for row in rows]


def test_a_refusal_that_wants_an_alert_raises_one_however_often_it_is_asked(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    occupational = staff_member("occupational", *PHYSICIAN, specialty="SM25")
    for _ in range(3):
        assert isinstance(hospital.open(patient, occupational), Refused)
    assert _alerts(hospital) == [("refused-request", "dpo INT-04-medecine-du-travail")]
    software = staff_member("software", *PHYSICIAN, named=False)
    assert isinstance(hospital.open(patient, software, mode=Mode.NORMAL), Refused)
    assert any(detail.startswith("securite INT-01-acteur-non-nomme") for _, detail in _alerts(hospital))


def test_an_ordinary_refusal_raises_none(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    assert isinstance(hospital.open(patient, staff_member("one factor", *PHYSICIAN, factors=1)), Refused)
    assert _alerts(hospital) == []


def test_an_alert_put_away_is_raised_again_by_the_next_request(hospital: Hospital) -> None:
    patient = hospital.add_patient()
    occupational = staff_member("occupational", *PHYSICIAN, specialty="SM25")
    hospital.open(patient, occupational)
    hospital.run("UPDATE alert SET resolved_at = :now", now=hospital.still.world.epoch_ms())
    hospital.open(patient, occupational)
    assert len(_alerts(hospital)) == 1
    assert hospital.count("alert") == 2
