"""Who may do what for whom, by age and by the measure of protection."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.patients.patient import PatientRecord, Traits
from gateway.portal.standing import Right, Role, as_holder, as_representative

TODAY = date(2026, 11, 22)
RECORD = PatientRecord(
    id="p",
    ipp="1",
    ins=None,
    identity_status="QUAL",
    traits=Traits(birth_name="A", given_names="B", birth_date="2015-01-01", sex="F", birth_place=""),
    deceased_on=None,
    language="fr",
    dossier_status="active",
    opposed_break_glass=False,
    opposed_centre_15=False,
    masked_in_emergency=False,
    linked_staff_key=None,
)


def born(day: str) -> PatientRecord:
    return replace(RECORD, traits=replace(RECORD.traits, birth_date=day))


@given(
    st.dates(min_value=TODAY - timedelta(days=110 * 366), max_value=TODAY),
    st.sampled_from(["none", "curatelle", "tutelle"]),
)
def test_a_representative_never_gets_what_counts_and_an_adult_without_guardian_has_none(
    birth: date, measure: str
) -> None:
    patient = replace(born(birth.isoformat()), protection=measure)
    own, theirs = as_holder(patient, TODAY), as_representative(patient, TODAY)
    assert {Right.SEE, Right.CONTEST, Right.RECEIPT, Right.HISTORY_FILE} <= own.rights
    if theirs is None:
        assert own.role is Role.ADULT
        assert measure != "tutelle"
    else:
        assert not theirs.rights & {Right.RECEIPT, Right.HISTORY_FILE}
        assert not theirs.alone
        assert theirs.whose == patient.id
    # Somebody can always decide what happens in an emergency.
    assert Right.EMERGENCY_SETTINGS in own.rights | (theirs.rights if theirs else frozenset())
    if own.role is Role.MINOR and theirs is not None:
        # Notices are chosen by one side alone, so that neither reads the other's choice.
        assert (Right.PREFERENCES in own.rights) != (Right.PREFERENCES in theirs.rights)


def test_the_day_of_a_birthday_changes_who_decides() -> None:
    assert Right.BLOCK not in as_holder(born("2011-11-23"), TODAY).rights
    assert Right.BLOCK in as_holder(born("2011-11-22"), TODAY).rights
    assert as_representative(born("2008-11-23"), TODAY) is not None
    assert as_representative(born("2008-11-22"), TODAY) is None


def test_a_date_that_cannot_be_read_proves_no_majority_and_names_no_parent() -> None:
    unknown = born("unknown")
    assert as_holder(unknown, TODAY).role is Role.MINOR
    assert as_representative(unknown, TODAY) is None


def test_nobody_represents_who_has_died() -> None:
    assert as_representative(replace(RECORD, deceased_on="2026-11-01"), TODAY) is None
