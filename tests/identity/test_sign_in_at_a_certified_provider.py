"""The same way at npm `oidc-provider`, a certified OpenID provider nobody here wrote."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from gateway.errors import IdentityProviderUnavailable, NotSignedIn, SignInRefused
from gateway.identity.bearer import BearerTokens
from gateway.identity.sessions import LiveSession
from gateway.identity.sign_in import SignIn
from gateway.identity.staff_member import TRE_G15, TRE_G16, Profession, StaffMember
from gateway.settings import BearerSettings, ProviderSettings
from gateway.storage.database import Database
from gateway.world import real_world
from tests.conftest import SHARED, skip_or_fail
from tests.identity.forgery import b64, ec_jwk, ec_key
from tests.identity.peers import BROWSER, WrittenDown, free_port, secret_file

pytestmark = pytest.mark.node

RP = "http://127.0.0.1:5080"
SECRET = "loopback-secret-loopback-secret-42"
API = "https://gateway.hospital.test/fhir"
PROFESSIONS = {"intern": f"{TRE_G16}|10", "doctor": f"{TRE_G15}|10", "nurse": f"{TRE_G15}|60"}
INSTALLED = Path(__file__).resolve().parents[2] / ".venv" / "op-node"


def provider_folder() -> Path:
    """Where the provider is installed: `OP_NODE_DIR`, else a copy of ours that `npm ci` fills once."""
    if "OP_NODE_DIR" in os.environ:
        return Path(os.environ["OP_NODE_DIR"])
    if (INSTALLED / "node_modules" / "oidc-provider").is_dir():
        return INSTALLED
    source = SHARED / "idp" / "op-node"
    if not source.is_dir() or shutil.which("npm") is None:
        skip_or_fail("the certified provider needs node with npm, and ../shared/idp/op-node beside the repository")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("op.mjs", "package.json", "package-lock.json"):
        shutil.copyfile(source / name, INSTALLED / name)
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"], cwd=INSTALLED, capture_output=True, timeout=180, check=False
    )
    if done.returncode != 0:
        skip_or_fail(f"npm ci of the certified provider failed with {done.returncode}")
    return INSTALLED


@dataclass(frozen=True)
class Certified:
    """The certified provider, running, and our sign-in at it."""

    settings: ProviderSettings
    sign_in: SignIn
    recorder: WrittenDown

    def answer(self, form: dict[str, str]) -> dict[str, str]:
        """Walk through its pages as a browser does; what it sends back to us."""
        address = self.sign_in.begin(browser_token=BROWSER, return_to="/")
        with httpx.Client(trust_env=False, timeout=10) as browser:
            page = browser.get(address)
            for _ in range(8):
                if page.status_code == 200:
                    action = re.search(r'action="([^"]+)"', page.text)
                    assert action is not None, page.text
                    page = browser.post(urljoin(str(page.url), action.group(1)), data=form)
                    continue
                target = urljoin(str(page.url), page.headers["Location"])
                if target.startswith(RP):
                    query = parse_qs(urlsplit(target).query)
                    return {name: values[0] for name, values in query.items()}
                page = browser.get(target)
        pytest.fail("the provider never sent the browser back")

    def person(self, username: str) -> StaffMember:
        answer = self.answer({"username": username, "password": "demo", "otp": "123456"})
        person = self.sign_in.finish(browser_token=BROWSER, query=answer).person
        assert isinstance(person, StaffMember)
        return person


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = provider_folder(), free_port()
    kept = tmp_path_factory.mktemp("op")
    client_keys = kept / "client-jwks.json"
    client_keys.write_text(json.dumps({"keys": [ec_jwk(ec_key(), alg="ES256")]}), encoding="ascii")
    ours = {"PORT": str(port), "RP": RP, "API_AUDIENCE": API, "CLIENT_JWKS": str(client_keys)}
    environment = {**os.environ, **ours, "OP_KEYS": str(kept / "op-keys.json")}
    process = subprocess.Popen(["node", "op.mjs"], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/.well-known/openid-configuration")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(address, trust_env=False, timeout=1).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail("the certified provider did not start")


@pytest.fixture
def certified(issuer: str, sqlite_url: str, tmp_path: Path) -> Iterator[Certified]:
    settings = ProviderSettings.model_validate(
        {
            "issuer": issuer,
            "client_id": "gw-secret",
            "client_secret_file": secret_file(tmp_path, SECRET),
            "claims": {
                "profession": "role",
                "profession_values": PROFESSIONS,
                "establishment_default": "750000018",
            },
        }
    )
    yield from _certified(settings, sqlite_url)


def _certified(settings: ProviderSettings, url: str) -> Iterator[Certified]:
    database, recorder = Database(url), WrittenDown()
    sign_in = SignIn(
        kind="staff",
        provider=settings,
        base_url=RP,
        database=database,
        world=real_world(),
        recorder=recorder,
        loopback_allowed=True,
    )
    yield Certified(settings, sign_in, recorder)
    database.close()


def test_an_intern_signs_in_with_two_factors_and_the_providers_own_words_are_mapped(certified: Certified) -> None:
    person = certified.person("i.martin")

    assert person.name == "Inès Martin"
    assert person.profession == Profession(system=TRE_G16, code="10")
    assert person.key == f"sub:{certified.settings.issuer}|i.martin"
    assert (person.rpps, person.factors, person.amr) == ("", 2, ("pwd", "otp"))


def test_a_physician_is_named_by_the_rpps_number_inside_the_national_identifier(certified: Certified) -> None:
    person = certified.person("d.leroy")

    assert person.profession == Profession(system=TRE_G15, code="10")
    assert person.key == "rpps:10000000001"


def test_a_password_alone_is_refused(certified: Certified) -> None:
    answer = certified.answer({"username": "i.martin", "password": "demo", "otp": ""})

    with pytest.raises(SignInRefused) as refused:
        certified.sign_in.finish(browser_token=BROWSER, query=answer)

    assert refused.value.code == "sign-in-two-factors"
    assert certified.recorder.lines == [("refused", "sign-in-two-factors")]


def test_its_answer_cannot_be_given_twice_nor_with_another_issuer(certified: Certified) -> None:
    form = {"username": "i.martin", "password": "demo", "otp": "123456"}
    answer = certified.answer(form)
    assert answer["iss"] == certified.settings.issuer
    certified.sign_in.finish(browser_token=BROWSER, query=answer)

    for query, code in ((answer, "sign-in-state"), ({**certified.answer(form), "iss": "x"}, "sign-in-issuer")):
        with pytest.raises(SignInRefused) as refused:
            certified.sign_in.finish(browser_token=BROWSER, query=query)
        assert refused.value.code == code


def test_a_private_key_proves_the_client_to_it(certified: Certified, sqlite_url: str, tmp_path: Path) -> None:
    private = ec_key().private_numbers().private_value.to_bytes(32, "big")
    key_file = tmp_path / "client-key.json"
    key_file.write_text(json.dumps({**ec_jwk(ec_key()), "d": b64(private)}), encoding="ascii")
    by_key = {"client_id": "gw-pkjwt", "client_secret_file": None, "client_key_file": key_file}

    for other in _certified(certified.settings.model_copy(update=by_key), sqlite_url):
        assert other.person("n.petit").name == "Nadia Petit"


def test_the_sign_out_address_is_one_it_understands(certified: Certified) -> None:
    answer = certified.answer({"username": "i.martin", "password": "demo", "otp": "123456"})
    signed_in = certified.sign_in.finish(browser_token=BROWSER, query=answer)
    session = LiveSession(
        kind="staff",
        person=signed_in.person,
        csrf_token="",
        id_token=signed_in.id_token,
        created_at=0,
        idle_end=0,
        absolute_end=0,
    )

    address = certified.sign_in.logout_url(session)

    assert address is not None
    page = httpx.get(address, trust_env=False)
    assert page.status_code == 200
    assert "error" not in page.text.lower().split("<style")[0]


def _software_token(issuer: str, client: str, secret: str) -> str:
    form = {"grant_type": "client_credentials"}
    answer: Any = httpx.post(f"{issuer}/token", data=form, auth=(client, secret), trust_env=False)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def test_software_calls_the_api_with_its_own_token_and_only_with_one_for_us(certified: Certified) -> None:
    issuer = certified.settings.issuer
    ours = BearerTokens(
        bearer=BearerSettings(audience=API),
        provider=certified.settings,
        world=real_world(),
        loopback_allowed=True,
    )
    elsewhere = BearerTokens(
        bearer=BearerSettings(audience="https://other.hospital.test"),
        provider=certified.settings,
        world=real_world(),
        loopback_allowed=True,
    )
    token = _software_token(issuer, "ehr", "loopback-ehr-secret-loopback-42")

    caller = ours.verify(f"Bearer {token}")

    assert (caller.named, caller.name, caller.factors) == (False, "ehr", 0)
    with pytest.raises(NotSignedIn, match="aud"):
        elsewhere.verify(f"Bearer {token}")


def test_a_certified_provider_that_is_gone_is_an_outage(certified: Certified, sqlite_url: str) -> None:
    gone = certified.settings.model_copy(update={"issuer": f"http://127.0.0.1:{free_port()}"})

    for other in _certified(gone, sqlite_url):
        with pytest.raises(IdentityProviderUnavailable):
            other.sign_in.begin(browser_token=BROWSER, return_to="/")
