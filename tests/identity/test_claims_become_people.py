"""From claims to a person: what each way of writing them means, and what is never guessed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gateway.errors import SignInRefused
from gateway.identity.claims import patient_holder, staff_member
from gateway.identity.factors import count_factors
from gateway.identity.professions import read_profession
from gateway.identity.return_path import local_path
from gateway.identity.staff_member import (
    TRE_G15,
    TRE_G16,
    PatientHolder,
    Profession,
    StaffMember,
    dump_person,
    load_patient_holder,
    load_staff_member,
)
from gateway.identity.strict_json import NotStrictJson, read_object
from gateway.settings import ProviderSettings

CLAIMS = {
    "iss": "https://idp.invalid",
    "sub": "i.martin",
    "auth_time": 1_795_316_400,
    "amr": ["pwd", "otp"],
    "name": "Inès  Martin",
    "profession": f"{TRE_G16}|10",
    "category": "E",
    "unit": "URG",
    "finess": "750000018",
}
HOLDER = {
    "iss": "https://fc.invalid",
    "sub": "1",
    "auth_time": 1_795_316_400,
    "amr": ["pwd", "otp"],
    "family_name": "PAT-TROIS",
    "given_name": "DOMINIQUE MARIE",
    "birthdate": "1979-03-28",
    "gender": "female",
}


def provider(**changes: Any) -> ProviderSettings:
    return ProviderSettings.model_validate({"issuer": "https://idp.invalid", "client_id": "gateway", **changes})


def staff(**changes: Any) -> StaffMember:
    return staff_member({**CLAIMS, **changes}, provider())


def code_of(**changes: Any) -> str:
    with pytest.raises(SignInRefused) as refused:
        staff(**changes)
    return refused.value.code


@pytest.mark.parametrize(
    "written",
    [
        f"{TRE_G16}|10",
        f"urn:oid:{TRE_G16}|10",
        {"system": TRE_G16, "code": "10"},
        {"system": f"urn:oid:{TRE_G16}", "code": 10},
        {"codeSystem": TRE_G16, "code": "10", "display": "Médecin en formation"},
        [{"system": TRE_G16, "code": "10"}],
        "intern",
    ],
)
def test_a_profession_is_a_code_and_its_system_however_it_is_written(written: object) -> None:
    assert read_profession(written, {"intern": f"{TRE_G16}|10"}) == Profession(system=TRE_G16, code="10")


def test_the_same_code_in_two_systems_is_two_professions() -> None:
    assert staff(profession=f"{TRE_G15}|10").profession != staff(profession=f"{TRE_G16}|10").profession


@pytest.mark.parametrize(
    "written",
    [
        "10",
        "|10",
        f"{TRE_G16}|",
        "not-an-oid|10",
        "1..2|10",
        {"system": TRE_G16},
        {"code": "10"},
        {"system": TRE_G16, "codeSystem": TRE_G15, "code": "10"},
        {"system": TRE_G16, "code": True},
        [f"{TRE_G16}|10", f"{TRE_G15}|10"],
        True,
        1.5,
    ],
)
def test_a_profession_that_could_be_read_two_ways_or_none_is_refused(written: object) -> None:
    assert code_of(profession=written) == "sign-in-profession"


def test_a_word_of_the_providers_own_is_mapped_by_configuration() -> None:
    settings = provider(claims={"profession": "role", "profession_values": {"nurse": f"{TRE_G15}|60"}})

    person = staff_member({**CLAIMS, "role": "nurse"}, settings)

    assert person.profession == Profession(system=TRE_G15, code="60")


def test_the_name_is_one_clean_line() -> None:
    assert staff().name == "Inès Martin"
    assert staff(name=None, given_name="Nadia", family_name="Petit").name == "Nadia Petit"
    assert code_of(name="Inès\u202eMartin") == "sign-in-identity"


@pytest.mark.parametrize(("written", "rpps"), [("10100000008", "10100000008"), ("810100000008", "10100000008")])
def test_an_rpps_number_names_the_person_with_or_without_the_national_prefix(written: str, rpps: str) -> None:
    person = staff(rpps=written)

    assert (person.key, person.rpps) == (f"rpps:{rpps}", rpps)
    assert staff(rpps=int(written)).rpps == rpps


def test_a_wrong_check_digit_of_an_rpps_number_only_warns() -> None:
    assert staff(rpps="10100000009").key == "rpps:10100000009"


@pytest.mark.parametrize(
    "written", ["1010000000", "101000000081", "x0100000008", "１０１０００００００８", ["1", "2"], True]
)
def test_an_rpps_claim_that_is_none_refuses_rather_than_hides_a_block(written: object) -> None:
    assert code_of(rpps=written) == "sign-in-identity"


@pytest.mark.parametrize(
    ("written", "roles"),
    [
        (None, {"staff"}),
        ([], {"staff"}),
        (["offline_access", "uma"], {"staff"}),
        ("it dpo", {"it", "dpo"}),
        ("it,staff", {"it", "staff"}),
        (["GW-IT"], {"it"}),
        ([7, None, "dpo"], {"dpo"}),
    ],
)
def test_roles_are_those_known_to_the_gateway(written: object, roles: set[str]) -> None:
    settings = provider(claims={"role_values": {"GW-IT": "it"}})

    assert staff_member({**CLAIMS, "roles": written}, settings).roles == roles


def test_roles_may_be_found_along_a_path() -> None:
    settings = provider(claims={"roles": "realm_access.roles"})

    assert staff_member({**CLAIMS, "realm_access": {"roles": ["dpo"]}}, settings).roles == {"dpo"}


def test_people_without_a_profession_enter_by_their_role_alone_and_never_as_staff() -> None:
    assert staff(profession=None, roles=["it"]).profession is None
    assert code_of(profession=None, roles=["it", "staff"]) == "sign-in-profession"
    assert code_of(profession=None) == "sign-in-profession"


def test_the_establishment_is_assumed_only_where_the_configuration_says_so() -> None:
    settings = provider(claims={"establishment_default": "750000018"})

    assert staff_member({**CLAIMS, "finess": None}, settings).establishment == "750000018"
    assert staff_member({**CLAIMS, "finess": "690000015"}, settings).establishment == "690000015"
    assert code_of(finess=None) == "sign-in-establishment"


def test_a_key_too_long_for_its_column_is_refused_not_cut() -> None:
    assert code_of(sub="x" * 200) == "sign-in-identity"


@pytest.mark.parametrize(
    ("claims", "factors"),
    [
        ({}, 0),
        ({"amr": []}, 0),
        ({"amr": "pwd"}, 1),
        ({"amr": ["pwd"]}, 1),
        ({"amr": ["pwd", "pin"]}, 1),
        ({"amr": ["otp", "sms"]}, 1),
        ({"amr": ["pwd", "otp"]}, 2),
        ({"amr": ["sc", "pin"]}, 2),
        ({"amr": ["hwk", "face"]}, 2),
        ({"amr": ["pwd", "hwk", "fpt"]}, 3),
        ({"amr": ["mfa"]}, 2),
        ({"amr": ["pwd", "geo", "user"]}, 1),
        ({"amr": ["pwd", "kerberos"]}, 1),
        ({"amr": ["pwd"] * 17 + ["otp"]}, 0),
        ({"acr": "urn:hosp:mfa"}, 2),
        ({"acr": ["urn:hosp:mfa"]}, 0),
        ({"acr": "0"}, 0),
    ],
)
def test_two_factors_are_two_kinds_of_proof(claims: dict[str, Any], factors: int) -> None:
    assert count_factors(claims, provider(two_factor_acr=["urn:hosp:mfa"])) == factors


def test_a_patient_is_their_traits() -> None:
    holder = patient_holder(HOLDER, provider())

    assert (holder.birth_name, holder.given_names, holder.birth_date, holder.sex) == (
        "PAT-TROIS",
        "DOMINIQUE MARIE",
        "1979-03-28",
        "F",
    )
    assert holder.key == "sub:https://fc.invalid|1"


@pytest.mark.parametrize(
    "changes",
    [
        {"family_name": None},
        {"given_name": ""},
        {"birthdate": "1979"},
        {"birthdate": "1979-00-00"},
        {"birthdate": "28/03/1979"},
        {"birthdate": "19790328"},
        {"family_name": ["A", "B"]},
    ],
)
def test_a_patient_without_all_traits_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused) as refused:
        patient_holder({**HOLDER, **changes}, provider())
    assert refused.value.code == "sign-in-identity"


def test_a_person_survives_being_written_down() -> None:
    person, holder = staff(), patient_holder(HOLDER, provider())

    assert load_staff_member(dump_person(person)) == person
    assert load_patient_holder(dump_person(holder)) == holder
    assert isinstance(holder, PatientHolder)


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/", "/"),
        ("/access/1?view=all", "/access/1?view=all"),
        ("", "/"),
        ("access", "/"),
        ("https://thief.invalid", "/"),
        ("//thief.invalid", "/"),
        ("/\\thief.invalid", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/ space", "/"),
        ("/é", "/"),
        ("/" + "x" * 500, "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_people_return_to_a_path_of_our_own(wanted: str, path: str) -> None:
    assert local_path(wanted) == path


@given(some.text(max_size=40))
def test_no_text_returns_people_elsewhere(wanted: str) -> None:
    path = local_path(wanted)

    assert path.startswith("/")
    assert not path.startswith("//")
    assert "\\" not in path
    assert path.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b"\xff",
        b'{"a":1e999}',
        b'{"a":' + b"[" * 9000 + b"]" * 9000 + b"}",
        b'{"a":' + b"9" * 5000 + b"}",
        b"{}" + b" " * 99999,
    ],
)
def test_json_that_two_readers_could_read_differently_is_refused(text: bytes) -> None:
    with pytest.raises(NotStrictJson):
        read_object(text, 50_000)


@given(some.binary(max_size=60))
def test_no_bytes_make_anything_but_an_object_or_a_refusal(text: bytes) -> None:
    try:
        assert isinstance(read_object(text, 50), dict)
    except NotStrictJson:
        return
