"""The demo's OpenID provider judged as any other: by its protocol, over real HTTP."""

import base64
import hashlib
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from gateway.demo.personas import (
    API_CLIENT,
    API_CLIENT_SECRET,
    PATIENT_CLIENT,
    PERSONAS,
    STAFF_CLIENT,
    STAFF_CLIENT_SECRET,
    persona_named,
)
from gateway.demo.provider.app import create_demo_provider
from gateway.demo.token import fetch_demo_token
from gateway.errors import ConfigurationError, IdentityProviderUnavailable, InvalidRequest
from gateway.settings import ProviderSettings
from gateway.world import real_world
from tests.identity.peers import demo_settings, free_port, served

VERIFIER = "a-code-verifier-of-at-least-forty-three-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Demo:
    base_url: str
    issuer: str
    browser: httpx.Client

    def question(self, **changes: str) -> dict[str, str]:
        question = {
            "response_type": "code",
            "client_id": STAFF_CLIENT,
            "redirect_uri": f"{self.base_url}/auth/callback",
            "scope": "openid profile",
            "state": "some-state",
            "nonce": "some-nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in question.items() if value}

    def ask(self, form: dict[str, str], **changes: str) -> httpx.Response:
        return self.browser.post(f"{self.issuer}/authorize", params=self.question(**changes), data=form)

    def code(self, persona: str = "interne", **form: str) -> str:
        return answer_of(self.ask({"persona": persona, **form}))["code"]

    def trade(self, code: str, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{self.base_url}/auth/callback",
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.browser.post(
            f"{self.issuer}/token",
            data={name: value for name, value in form.items() if value},
            auth=(STAFF_CLIENT, STAFF_CLIENT_SECRET),
        )

    def claims(self, token: str) -> dict[str, object]:
        keys = KeySet.import_key_set(self.browser.get(f"{self.issuer}/jwks").json())
        return jwt.decode(token, keys, algorithms=["RS256"]).claims


def answer_of(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 302, response.text
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo-provider")
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    provider = ProviderSettings(issuer=f"{base_url}/demo-idp", client_id=STAFF_CLIENT)
    app = create_demo_provider(demo_settings(base_url, folder, provider), real_world(), folder)
    mounted = DispatcherMiddleware(lambda _environ, start: (start("404 Not Found", []), [b""])[1], {"/demo-idp": app})
    with served(mounted, port), httpx.Client(trust_env=False) as browser:
        yield Demo(base_url, f"{base_url}/demo-idp", browser)


def test_the_provider_refuses_to_exist_outside_the_demo(tmp_path: Path) -> None:
    provider = ProviderSettings(issuer="https://idp.invalid", client_id="x")
    settings = demo_settings("https://gateway.invalid", tmp_path, provider, profile="production")

    with pytest.raises(ConfigurationError) as refused:
        create_demo_provider(settings, real_world(), tmp_path)

    assert [fault.key for fault in refused.value.faults] == ["profile"]
    assert list(tmp_path.iterdir()) == []


def test_the_signing_key_is_kept_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    provider = ProviderSettings(issuer="http://127.0.0.1:1/demo-idp", client_id="x")
    settings = demo_settings("http://127.0.0.1:1", tmp_path, provider)

    published = [
        create_demo_provider(settings, real_world(), tmp_path).test_client().get("/jwks").get_json() for _ in range(2)
    ]

    assert published[0] == published[1]
    assert "d" not in published[0]["keys"][0]
    assert stat.S_IMODE((tmp_path / "demo-idp-keys.json").stat().st_mode) == 0o600


def test_discovery_names_the_issuer_and_endpoints_that_answer(demo: Demo) -> None:
    found = demo.browser.get(f"{demo.issuer}/.well-known/openid-configuration").json()

    assert found["issuer"] == demo.issuer
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"):
        assert demo.browser.get(found[name]).status_code != 404


def test_a_persona_signs_in_and_the_id_token_says_who_with_two_factors(demo: Demo) -> None:
    answer = answer_of(demo.ask({"persona": "interne"}))
    tokens = demo.trade(answer["code"]).json()
    claims = demo.claims(tokens["id_token"])

    assert (answer["state"], answer["iss"]) == ("some-state", demo.issuer)
    assert claims["aud"] == STAFF_CLIENT
    assert claims["nonce"] == "some-nonce"
    assert claims["amr"] == ["pwd", "otp"]
    assert claims["profession"] == "1.2.250.1.71.1.2.8|10"
    assert claims["name"] == "Inès Martin"
    assert "rpps" not in claims


def test_one_factor_is_said_when_only_one_was_used(demo: Demo) -> None:
    tokens = demo.trade(demo.code("interne", one_factor="1")).json()

    assert demo.claims(tokens["id_token"])["amr"] == ["pwd"]


def test_a_code_is_traded_once_even_by_several_at_once(demo: Demo) -> None:
    code = demo.code()

    assert [demo.trade(code).status_code for _ in range(3)] == [200, 400, 400]


@pytest.mark.parametrize(
    "changes", [{"code_challenge": "", "code_challenge_method": ""}, {"code_challenge_method": "plain"}, {"nonce": ""}]
)
def test_a_question_without_s256_or_nonce_is_sent_back_with_an_error_and_the_issuer(
    demo: Demo, changes: dict[str, str]
) -> None:
    response = demo.browser.get(f"{demo.issuer}/authorize", params=demo.question(**changes))

    answer = answer_of(response)
    assert answer["error"] == "invalid_request"
    assert answer["iss"] == demo.issuer
    assert "code" not in answer


@pytest.mark.parametrize("verifier", ["", "another-verifier-of-at-least-forty-three-characters"])
def test_a_code_without_its_verifier_yields_no_token(demo: Demo, verifier: str) -> None:
    answer = demo.trade(demo.code(), code_verifier=verifier)

    assert answer.status_code == 400
    assert "id_token" not in answer.json()


def test_an_unregistered_redirect_uri_is_never_redirected_to(demo: Demo) -> None:
    response = demo.ask({"persona": "interne"}, redirect_uri="https://thief.invalid/callback")

    assert response.status_code == 400
    assert "Location" not in response.headers


def test_staff_cannot_sign_in_at_the_patients_client(demo: Demo) -> None:
    changes = {"client_id": PATIENT_CLIENT, "redirect_uri": f"{demo.base_url}/patient/auth/callback"}

    assert demo.ask({"persona": "interne"}, **changes).status_code == 400
    assert "code" in answer_of(demo.ask({"persona": "patiente"}, **changes))


def test_giving_up_is_an_error_answer(demo: Demo) -> None:
    answer = answer_of(demo.ask({"cancel": "1"}))

    assert answer["error"] == "access_denied"
    assert (answer["state"], answer["iss"]) == ("some-state", demo.issuer)


def test_prompt_none_says_that_nobody_is_signed_in(demo: Demo) -> None:
    response = demo.browser.get(f"{demo.issuer}/authorize", params=demo.question(prompt="none"))

    assert answer_of(response)["error"] == "login_required"


@pytest.mark.parametrize(("language", "heading"), [("fr", "Qui se connecte ?"), ("en", "Who is signing in?")])
def test_the_sign_in_page_lists_the_staff_in_the_readers_language(demo: Demo, language: str, heading: str) -> None:
    page = demo.browser.get(f"{demo.issuer}/authorize", params=demo.question(), headers={"Accept-Language": language})

    assert f'<html lang="{language}">' in page.text
    assert heading in page.text
    assert page.text.count('name="persona"') == sum(persona.kind == "staff" for persona in PERSONAS)
    assert "script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_userinfo_tells_the_bearer_about_themselves_alone(demo: Demo) -> None:
    tokens = demo.trade(demo.code("senior")).json()
    told = demo.browser.get(
        f"{demo.issuer}/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    ).json()

    assert told["sub"] == "demo-senior"
    assert told["specialty"] == "SM59"


@pytest.mark.parametrize("kind", ["", "Bearer junk", "Bearer {id_token}", "Basic abc"])
def test_userinfo_refuses_what_is_no_access_token_of_its_own(demo: Demo, kind: str) -> None:
    tokens = demo.trade(demo.code()).json()

    answer = demo.browser.get(f"{demo.issuer}/userinfo", headers={"Authorization": kind.format(**tokens)})

    assert answer.status_code == 401


def test_software_gets_a_token_with_its_secret_and_none_without(demo: Demo) -> None:
    def ask(secret: str) -> httpx.Response:
        return demo.browser.post(
            f"{demo.issuer}/token", data={"grant_type": "client_credentials"}, auth=(API_CLIENT, secret)
        )

    claims = demo.claims(ask(API_CLIENT_SECRET).json()["access_token"])
    assert (claims["sub"], claims["client_id"]) == (API_CLIENT, API_CLIENT)
    assert "auth_time" not in claims
    assert ask("wrong").status_code == 401


def test_signing_out_leads_back_only_with_the_hint_of_our_own_token(demo: Demo) -> None:
    back = f"{demo.base_url}/auth/logged-out"
    hint = demo.trade(demo.code()).json()["id_token"]

    def leave(**parameters: str) -> httpx.Response:
        return demo.browser.get(f"{demo.issuer}/end_session", params={"client_id": STAFF_CLIENT, **parameters})

    assert leave(id_token_hint=hint, post_logout_redirect_uri=back).headers["Location"] == back
    assert leave(post_logout_redirect_uri=back).status_code == 200
    assert leave(id_token_hint=hint, post_logout_redirect_uri="https://thief.invalid").status_code == 200


def test_every_persona_of_the_staff_gets_a_token_for_curl(demo: Demo) -> None:
    for persona in PERSONAS:
        header = json.loads(
            base64.urlsafe_b64decode(fetch_demo_token(demo.base_url, persona.name).split(".")[0] + "==")
        )
        assert header["typ"] == "at+jwt"


def test_a_token_for_nobody_is_refused_with_the_names_that_exist(demo: Demo) -> None:
    with pytest.raises(InvalidRequest, match="interne"):
        fetch_demo_token(demo.base_url, "nobody")


def test_a_demo_that_does_not_run_is_said_to_be_unavailable() -> None:
    with pytest.raises(IdentityProviderUnavailable):
        fetch_demo_token(f"http://127.0.0.1:{free_port()}", "interne")


def test_the_personas_are_those_the_product_promises() -> None:
    names = "interne senior infirmiere regulateur secretaire pharmacienne externe informatique informatique2 dpo"

    assert {persona.name for persona in PERSONAS} == {*names.split(), "patiente", "parent", "mineur", "api"}
    assert persona_named("nobody") is None
