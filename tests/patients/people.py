"""Patients for tests: complete records of which a test says only what matters to it."""

from dataclasses import replace

from gateway.patients.ins import OID_TEST, Ins, ins_key
from gateway.patients.patient import PatientRecord, Traits

DOMINIQUE = PatientRecord(
    id="00000000-0000-4000-8000-000000000001",
    ipp="8000000001",
    ins=Ins("279035121518989", OID_TEST),
    identity_status="QUAL",
    traits=Traits(
        birth_name="PAT-TROIS",
        given_names="DOMINIQUE",
        birth_date="1979-03-28",
        sex="F",
        birth_place="51215",
    ),
    deceased_on=None,
    language="fr",
    dossier_status="active",
    opposed_break_glass=False,
    opposed_centre_15=False,
    masked_in_emergency=False,
    linked_staff_key=None,
)


def person(
    number: int, birth_name: str, given_names: str, *, born: str = "1979-03-28", **changes: object
) -> PatientRecord:
    """Someone else, with a number of their own; `changes` are fields of the record or of its traits."""
    first_13 = f"2790351{number:06d}"
    traits = replace(DOMINIQUE.traits, birth_name=birth_name, given_names=given_names, birth_date=born)
    for name in ("used_name", "used_given_name", "sex", "birth_place"):
        if name in changes:
            traits = replace(traits, **{name: changes.pop(name)})
    record = replace(
        DOMINIQUE,
        id=f"00000000-0000-4000-8000-{number:012d}",
        ipp=f"9{number:09d}",
        ins=Ins(first_13 + ins_key(first_13), OID_TEST),
        traits=traits,
    )
    return replace(record, **changes)
