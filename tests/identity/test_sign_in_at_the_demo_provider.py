"""The whole way at the demo provider, over real HTTP: question, persona, answer, session, sign-out, bearer token."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from gateway.demo.personas import (
    PATIENT_CLIENT,
    PATIENT_CLIENT_SECRET,
    PERSONAS,
    STAFF_CLIENT,
    STAFF_CLIENT_SECRET,
    Persona,
    persona_named,
)
from gateway.demo.provider.app import create_demo_provider
from gateway.demo.token import fetch_demo_token
from gateway.errors import NotSignedIn, SignInRefused
from gateway.identity.bearer import BearerTokens
from gateway.identity.sessions import Sessions
from gateway.identity.sign_in import SignIn
from gateway.identity.signed_in import Kind, SignedIn
from gateway.identity.staff_member import TRE_G16, PatientHolder, Profession, StaffMember
from gateway.settings import ProviderSettings, Settings
from gateway.storage.database import Database
from gateway.world import real_world
from tests.identity.peers import BROWSER, WrittenDown, demo_settings, free_port, secret_file, served


@dataclass(frozen=True)
class Hospital:
    """A gateway's identity and its provider, both real, on one address."""

    settings: Settings
    database: Database
    recorder: WrittenDown
    browser: httpx.Client
    folder: Path

    @property
    def provider(self) -> ProviderSettings:
        return self.settings.identity.staff

    def sign_in(self, kind: Kind = "staff") -> SignIn:
        changes = {"client_id": PATIENT_CLIENT, "client_secret_file": self.folder / "patients" / "client-secret"}
        return SignIn(
            kind=kind,
            provider=self.provider if kind == "staff" else self.provider.model_copy(update=changes),
            base_url=self.settings.server.base_url,
            database=self.database,
            world=real_world(),
            recorder=self.recorder,
            loopback_allowed=True,
        )

    def answer(self, sign_in: SignIn, form: dict[str, str]) -> dict[str, str]:
        """What the provider answers when somebody fills its page in."""
        page = sign_in.begin(browser_token=BROWSER, return_to="/access/1")
        assert self.browser.get(page).status_code == 200
        sent_back = self.browser.post(page, data=form)
        assert sent_back.status_code == 302
        return {name: values[0] for name, values in parse_qs(urlsplit(sent_back.headers["Location"]).query).items()}

    def signed_in(self, persona: str, kind: Kind = "staff") -> SignedIn:
        sign_in = self.sign_in(kind)
        return sign_in.finish(browser_token=BROWSER, query=self.answer(sign_in, {"persona": persona}))


@pytest.fixture(scope="module")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One signing key for all these tests: making it takes longer than using it."""
    return tmp_path_factory.mktemp("demo-keys")


@pytest.fixture
def hospital(database: Database, tmp_path: Path, key_folder: Path) -> Iterator[Hospital]:
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    (tmp_path / "patients").mkdir()
    secret_file(tmp_path / "patients", PATIENT_CLIENT_SECRET)
    provider = ProviderSettings(
        issuer=f"{base_url}/demo-idp",
        client_id=STAFF_CLIENT,
        client_secret_file=secret_file(tmp_path, STAFF_CLIENT_SECRET),
    )
    settings = demo_settings(base_url, tmp_path, provider)
    app = create_demo_provider(settings, real_world(), key_folder)
    mounted = DispatcherMiddleware(lambda _environ, start: (start("404 Not Found", []), [b""])[1], {"/demo-idp": app})
    with served(mounted, port), httpx.Client(trust_env=False) as browser:
        yield Hospital(settings, database, WrittenDown(), browser, tmp_path)


STAFF = [persona for persona in PERSONAS if persona.kind == "staff"]


@pytest.mark.parametrize("persona", STAFF, ids=[persona.name for persona in STAFF])
def test_each_of_the_staff_arrives_as_the_person_the_provider_describes(hospital: Hospital, persona: Persona) -> None:
    person = hospital.signed_in(persona.name).person

    assert isinstance(person, StaffMember)
    assert person.name == f"{persona.given_name} {persona.family_name}"
    assert person.unit == persona.unit
    assert person.establishment == persona.establishment
    assert person.rpps == persona.rpps
    assert person.roles == frozenset(persona.roles)
    assert (person.named, person.factors, person.amr) == (True, 2, ("pwd", "otp"))


def test_the_intern_has_no_rpps_and_is_an_intern_not_a_physician(hospital: Hospital) -> None:
    signed_in = hospital.signed_in("interne")

    assert isinstance(signed_in.person, StaffMember)
    assert signed_in.person.profession == Profession(system=TRE_G16, code="10")
    assert signed_in.person.key == f"sub:{hospital.provider.issuer}|demo-interne"
    assert signed_in.return_to == "/access/1"


@pytest.mark.parametrize("name", ["patiente", "parent"])
def test_a_patient_arrives_with_the_traits_told_at_userinfo(hospital: Hospital, name: str) -> None:
    persona = persona_named(name)
    assert persona is not None

    holder = hospital.signed_in(name, "patient").person

    assert isinstance(holder, PatientHolder)
    assert (holder.birth_name, holder.given_names) == (persona.family_name, persona.given_name)
    assert (holder.birth_date, holder.sex) == (persona.birth_date, "F")


def test_one_factor_is_refused_in_a_telling_way_and_recorded(hospital: Hospital) -> None:
    sign_in = hospital.sign_in()
    answer = hospital.answer(sign_in, {"persona": "interne", "one_factor": "1"})

    with pytest.raises(SignInRefused) as refused:
        sign_in.finish(browser_token=BROWSER, query=answer)

    assert refused.value.code == "sign-in-two-factors"
    assert hospital.recorder.lines == [("refused", "sign-in-two-factors")]


def test_giving_up_at_the_provider_is_a_refusal(hospital: Hospital) -> None:
    sign_in = hospital.sign_in()

    with pytest.raises(SignInRefused) as refused:
        sign_in.finish(browser_token=BROWSER, query=hospital.answer(sign_in, {"cancel": "1"}))

    assert refused.value.code == "sign-in-denied"


def test_a_code_stolen_on_its_way_is_worth_nothing_in_another_sign_in(hospital: Hospital) -> None:
    sign_in = hospital.sign_in()
    stolen = hospital.answer(sign_in, {"persona": "senior"})
    own = hospital.answer(sign_in, {"persona": "interne"})

    with pytest.raises(SignInRefused) as refused:
        sign_in.finish(browser_token=BROWSER, query={**own, "code": stolen["code"]})

    assert refused.value.code == "sign-in-token"


def test_a_staff_answer_is_no_patient_answer(hospital: Hospital) -> None:
    answer = hospital.answer(hospital.sign_in(), {"persona": "interne"})

    with pytest.raises(SignInRefused) as refused:
        hospital.sign_in("patient").finish(browser_token=BROWSER, query=answer)

    assert refused.value.code == "sign-in-state"


def test_from_sign_in_to_session_to_sign_out_at_the_provider(hospital: Hospital) -> None:
    sessions = Sessions(
        database=hospital.database,
        world=real_world(),
        settings=hospital.settings.identity,
        recorder=hospital.recorder,
    )
    new = sessions.open(hospital.signed_in("interne"), "device")
    session = sessions.find(new.token)
    assert session is not None
    address = hospital.sign_in().logout_url(session)
    sessions.end(new.token)
    assert address is not None

    left = hospital.browser.get(address)

    assert left.headers["Location"] == f"{hospital.settings.server.base_url}/auth/logged-out"
    assert [what for what, _ in hospital.recorder.lines] == ["signed_in", "signed_out"]


def test_curl_may_call_with_a_personas_token_and_software_with_its_own(hospital: Hospital) -> None:
    tokens = BearerTokens(
        bearer=hospital.settings.identity.bearer,
        provider=hospital.provider,
        world=real_world(),
        loopback_allowed=True,
    )
    base_url = hospital.settings.server.base_url

    intern = tokens.verify(f"Bearer {fetch_demo_token(base_url, 'interne')}")
    software = tokens.verify(f"Bearer {fetch_demo_token(base_url, 'api')}")

    assert (intern.named, intern.profession) == (True, Profession(system=TRE_G16, code="10"))
    assert intern.key == hospital.signed_in("interne").person.key
    assert (software.named, software.name, software.establishment) == (False, "api", "750000018")


def test_what_a_browser_signed_in_with_is_no_bearer_token(hospital: Hospital) -> None:
    tokens = BearerTokens(
        bearer=hospital.settings.identity.bearer,
        provider=hospital.provider,
        world=real_world(),
        loopback_allowed=True,
    )

    with pytest.raises(NotSignedIn, match="not an access token"):
        tokens.verify(f"Bearer {hospital.signed_in('interne').id_token}")
