"""Patients who sign in with FranceConnect: what it takes, what nobody gets away with, and whose record is theirs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.access.holders import record_of
from gateway.errors import IdentityProviderUnavailable, SignInRefused
from gateway.identity.sessions import LiveSession
from gateway.identity.sign_in import SignIn
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import PatientHolder
from gateway.patients.patient import PatientRecord
from gateway.patients.registering import add_patient
from gateway.settings import ProviderSettings
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.web.patient.problem_words import problem_for_patient
from gateway.web.problem_words import problem_of
from tests.identity.forgery import Json, as_bytes, rsa_jwk, rsa_key, signed_es256, signed_hs256, signed_rs256, unsigned
from tests.identity.france_connect import ANGELA, LOGOUT_PARAMETERS, SECRET, FranceConnect
from tests.identity.hostile_provider import CLIENT_ID, listening
from tests.identity.peers import BROWSER, WrittenDown, secret_file
from tests.patients.people import person
from tests.worlds import StillWorld

# What config/gateway.toml tells a hospital to write for FranceConnect.
ADVISED: Json = {
    "scope": "openid identite_pivot",
    "acr_values": "eidas1",
    "accepted_acr": ["eidas1", "eidas2", "eidas3"],
    "require_two_factors": False,
    "plain_request": True,
}


@dataclass
class Door:
    """The patients' sign-in at that FranceConnect."""

    provider: FranceConnect
    still: StillWorld
    database: Database
    folder: Path
    settings: Json = field(default_factory=lambda: dict(ADVISED))
    recorder: WrittenDown = field(default_factory=WrittenDown)

    def sign_in(self) -> SignIn:
        settings = {
            "issuer": self.provider.issuer,
            "client_id": CLIENT_ID,
            "client_secret_file": secret_file(self.folder, SECRET),
            "timeout_seconds": 2,
            **self.settings,
        }
        return SignIn(
            kind="patient",
            provider=ProviderSettings.model_validate(settings),
            base_url="https://acces.hopital.test",
            database=self.database,
            world=self.still.world,
            recorder=self.recorder,
            loopback_allowed=True,
        )

    def finish(self, wait: int = 0) -> SignedIn:
        """Go there, come back after `wait` seconds, and be judged."""
        sign_in = self.sign_in()
        address = sign_in.begin(browser_token=BROWSER, return_to="/patient")
        self.provider.now = int(self.still.world.now().timestamp())
        self.still.pass_time(seconds=wait)
        return sign_in.finish(browser_token=BROWSER, query=self.provider.authorize(address))

    def holder(self) -> PatientHolder:
        signed_in = self.finish().person
        assert isinstance(signed_in, PatientHolder)
        return signed_in

    def refusal(self) -> str:
        with pytest.raises(SignInRefused) as refused:
            self.finish()
        assert self.recorder.lines == [("refused", refused.value.code)]
        return refused.value.code


@pytest.fixture
def door(sqlite_url: str, still_world: StillWorld, tmp_path: Path) -> Iterator[Door]:
    database = Database(sqlite_url)
    with listening(FranceConnect) as provider:
        yield Door(provider, still_world, database, tmp_path)
    database.close()


def test_a_patient_signs_in_with_the_settings_we_advise(door: Door) -> None:
    holder = door.holder()
    assert (holder.birth_name, holder.given_names, holder.birth_date) == (
        "DUBOIS",
        "Angela Claire Louise",
        "1962-08-24",
    )
    assert (holder.sex, holder.birth_place) == ("F", "75107")
    assert holder.authenticated_at == door.provider.now * 1000, "it asks the person each time: the token is as old"


@pytest.mark.parametrize(
    "wrong",
    [{"plain_request": False}, {"acr_values": ""}, {"acr_values": "loa-2"}, {"scope": "openid dossier_medical"}],
)
def test_a_request_it_does_not_take_ends_as_a_sign_in_given_up(door: Door, wrong: Json) -> None:
    door.settings |= wrong
    assert door.refusal() == "sign-in-denied"


def test_the_secret_travels_in_the_form_and_nowhere_else(door: Door) -> None:
    door.finish()
    assert door.provider.last_form["client_secret"] == [SECRET]
    assert "code_verifier" not in door.provider.last_form
    door.provider.metadata_changes["token_endpoint_auth_methods_supported"] = ["client_secret_basic"]
    assert door.refusal() == "sign-in-token", "and in the header alone where the provider says so"


def test_signing_out_there_is_asked_with_what_it_takes(door: Door) -> None:
    signed_in = door.finish()
    session = LiveSession(
        kind="patient",
        person=signed_in.person,
        csrf_token="",
        id_token=signed_in.id_token,
        created_at=0,
        idle_end=1,
        absolute_end=1,
    )
    address = door.sign_in().logout_url(session)
    assert address is not None
    asked = parse_qs(urlsplit(address).query)
    assert asked["id_token_hint"] == [signed_in.id_token]
    assert asked["post_logout_redirect_uri"] == ["https://acces.hopital.test/patient/auth/logged-out"]
    assert set(asked) <= LOGOUT_PARAMETERS


def _by_another_key(claims: Json) -> str:
    return signed_rs256(claims, key=rsa_key(2048, 1))


def _by_the_public_key(claims: Json) -> str:
    return signed_hs256(claims, as_bytes(rsa_jwk(rsa_key())), {"alg": "HS256", "kid": "rsa-1"})


def _cut(claims: Json) -> str:
    return signed_es256(claims)[:-8]


@pytest.mark.parametrize(
    "seal", [_by_another_key, _by_the_public_key, _cut, unsigned], ids=["another key", "public key", "cut", "none"]
)
def test_an_identity_that_france_connect_did_not_sign_is_nobodys(door: Door, seal: Callable[[Json], str]) -> None:
    door.provider.seal = seal
    assert door.refusal() == "sign-in-token"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"sub": "somebody-else"}, "sign-in-token"),
        ({"aud": "another-service"}, "sign-in-token"),
        ({"iss": "https://fc.example"}, "sign-in-token"),
        ({"exp": 1_700_000_000}, "sign-in-expired"),
        ({"exp": "demain"}, "sign-in-token"),
        ({"birthdate": None}, "sign-in-identity"),
        ({"birthdate": ""}, "sign-in-identity"),
        ({"birthdate": "1962-00-00"}, "sign-in-identity"),
        ({"birthdate": "24/08/1962"}, "sign-in-identity"),
        ({"family_name": None}, "sign-in-identity"),
        ({"given_name": " "}, "sign-in-identity"),
        ({"given_name": "Angela\u202e"}, "sign-in-identity"),
        ({"family_name": ["DUBOIS", "MARTIN"]}, "sign-in-identity"),
        ({"birthplace": {"code": "75107"}}, "sign-in-identity"),
    ],
)
def test_an_identity_that_is_not_right_in_every_part_is_refused(door: Door, said: Json, code: str) -> None:
    door.provider.pivot |= said
    assert door.refusal() == code


@pytest.mark.parametrize("given", ["eidas1", "", None, "eidas9"])
def test_a_level_under_the_one_the_hospital_wants_is_refused(door: Door, given: str | None) -> None:
    door.settings |= {"acr_values": "eidas2", "accepted_acr": ["eidas2", "eidas3"]}
    door.provider.claim_changes = {"acr": given, "amr": ["pwd", "mfa"]}
    assert door.refusal() == "sign-in-two-factors"


def test_a_level_above_it_is_welcome_and_counts_as_two_factors(door: Door) -> None:
    levels = ["eidas2", "eidas3"]
    door.settings |= {
        "acr_values": "eidas2",
        "accepted_acr": levels,
        "two_factor_acr": levels,
        "require_two_factors": True,
    }
    door.provider.level = "eidas3"
    assert door.holder().birth_name == "DUBOIS"


def test_the_wrong_nonce_an_old_token_and_a_wait_too_long_are_refused(door: Door) -> None:
    door.provider.claim_changes = {"nonce": "un-autre-nonce-mais-assez-long"}
    assert door.refusal() == "sign-in-token"
    door.recorder.lines.clear()
    door.provider.claim_changes = {"iat": 1_700_000_000}
    assert door.refusal() == "sign-in-expired"
    door.provider.claim_changes = {}
    with pytest.raises(SignInRefused, match="too long"):
        door.finish(wait=3600)


@pytest.mark.parametrize("path", ["/token", "/userinfo", "/jwks"])
def test_an_outage_is_not_a_refusal(door: Door, path: str) -> None:
    door.provider.statuses[path] = 503
    with pytest.raises(IdentityProviderUnavailable):
        door.finish()


@pytest.mark.parametrize(
    "code",
    ["token", "issuer", "expired", "state", "denied", "identity", "two-factors"],
)
def test_each_refusal_tells_the_patient_what_to_do_next(code: str) -> None:
    refused = SignInRefused("why, for the log", code=f"sign-in-{code}")
    words = problem_for_patient(problem_of(refused), refused.code)
    assert words.title != "Cette page n'est pas pour vous"
    assert any(step in words.advice for step in ("Recommencez", "recommencer", "Appelez-nous")), words.advice


# --- whose record is theirs


ANGELA_HERE = person(21, "DUBOIS", "Angéla-Claire Louise", born="1962-08-24", birth_place="75107")


def registered(database: Database, *records: PatientRecord) -> None:
    def unit(transaction: Transaction) -> None:
        for record in records:
            add_patient(transaction.connection, record, created_at=1)

    database.transact(unit)


@pytest.mark.parametrize(
    ("said", "here"),
    [
        ({}, {}),
        ({"given_name": "ANGELA CLAIRE LOUISE"}, {}),
        ({"family_name": "d'Haëné-Lœuf"}, {"name": "D HAENE LOEUF"}),
        ({"birthplace": "", "birthcountry": "99352"}, {"place": "99352"}),
        ({"birthplace": "2A004"}, {"place": "2A004"}),
        ({"birthplace": "75107"}, {"place": ""}),
        ({"birthplace": "PARIS"}, {}),
        ({"birthplace": None, "birthcountry": None}, {}),
    ],
    ids=["same", "capitals", "accents", "born abroad", "Corsica", "place unknown here", "no code", "not told"],
)
def test_a_pivot_identity_finds_its_own_record(door: Door, said: Json, here: dict[str, str]) -> None:
    door.provider.pivot |= said
    mine = person(
        21,
        here.get("name", "DUBOIS"),
        "Angéla-Claire Louise",
        born="1962-08-24",
        birth_place=here.get("place", "75107"),
    )
    registered(door.database, mine)
    holder = door.holder()
    with door.database.reading() as connection:
        found = record_of(connection, holder)
    assert found is not None
    assert found.id == mine.id


@pytest.mark.parametrize(
    "said",
    [
        {"birthplace": "69123"},
        {"birthplace": "", "birthcountry": "99352"},
        {"given_name": "Angela"},
        {"given_name": "Claire Angela Louise"},
        {"gender": "male"},
        {"gender": None},
        {"birthdate": "1962-08-23"},
        {"family_name": "DUBOIT"},
    ],
    ids=lambda said: ",".join(said),
)
def test_a_pivot_identity_that_differs_in_one_trait_finds_nobody(door: Door, said: Json) -> None:
    registered(door.database, ANGELA_HERE)
    door.provider.pivot |= said
    holder = door.holder()
    with door.database.reading() as connection:
        assert record_of(connection, holder) is None


def test_twins_of_name_are_told_apart_by_their_birthplace_and_else_neither_is_shown(door: Door) -> None:
    registered(
        door.database, ANGELA_HERE, person(22, "DUBOIS", "Angela Claire Louise", born="1962-08-24", birth_place="69123")
    )
    for place, expected in (("75107", ANGELA_HERE.id), ("", None)):
        door.provider.pivot = {**ANGELA, "birthplace": place}
        holder = door.holder()
        with door.database.reading() as connection:
            found = record_of(connection, holder)
        assert (found.id if found else None) == expected
