"""A provider that lies, in every way known: each lie is a refusal with its word, none is a session or a crash."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.errors import ConfigurationError, GatewayError, IdentityProviderUnavailable, SignInRefused
from gateway.identity.sign_in import SignIn
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import Profession, StaffMember
from gateway.settings import ProviderSettings
from gateway.storage.database import Database
from tests.identity.forgery import (
    Json,
    as_bytes,
    b64,
    ec_jwk,
    ec_key,
    respelled,
    rsa_jwk,
    rsa_key,
    signed_es256,
    signed_hs256,
    signed_rs256,
    unsigned,
)
from tests.identity.hostile_provider import CLIENT_ID, HostileProvider, duplicated, hostile_provider
from tests.identity.peers import BROWSER, WrittenDown, secret_file
from tests.worlds import StillWorld

OCT_SECRET = b"a-secret-that-the-provider-publishes-to-everyone"


@dataclass
class Door:
    """A sign-in at the hostile provider."""

    provider: HostileProvider
    world: StillWorld
    database: Database
    folder: Path
    recorder: WrittenDown = field(default_factory=WrittenDown)
    settings: Json = field(default_factory=dict)

    def sign_in(self) -> SignIn:
        provider = ProviderSettings.model_validate(
            {
                "issuer": self.provider.issuer,
                "client_id": CLIENT_ID,
                "client_secret_file": secret_file(self.folder, "secret"),
                "timeout_seconds": 0.7,
                **self.settings,
            }
        )
        return SignIn(
            kind="staff",
            provider=provider,
            base_url="https://gateway.invalid",
            database=self.database,
            world=self.world.world,
            recorder=self.recorder,
            loopback_allowed=True,
        )

    def begin(self, sign_in: SignIn) -> dict[str, str]:
        """Begin, and return the answer an honest provider would send."""
        url = sign_in.begin(browser_token=BROWSER, return_to="/access/1")
        question = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.provider.nonce = question["nonce"]
        self.provider.now = int(self.world.world.now().timestamp())
        return {"state": question["state"], "code": "a-code", "iss": self.provider.issuer}

    def finish(self, **changes: str) -> SignedIn:
        sign_in = self.sign_in()
        answer = {**self.begin(sign_in), **changes}
        return sign_in.finish(browser_token=BROWSER, query=answer)

    def refusal(self, **changes: str) -> str:
        """The code of the refusal, which is recorded."""
        with pytest.raises(SignInRefused) as refused:
            self.finish(**changes)
        assert self.recorder.lines == [("refused", refused.value.code)]
        return refused.value.code


@pytest.fixture
def door(sqlite_url: str, still_world: StillWorld, tmp_path: Path) -> Iterator[Door]:
    database = Database(sqlite_url)
    with hostile_provider() as provider:
        yield Door(provider, still_world, database, tmp_path)
    database.close()


def test_an_honest_answer_signs_in_so_that_the_refusals_below_mean_something(door: Door) -> None:
    signed_in = door.finish()

    assert isinstance(signed_in.person, StaffMember)
    assert signed_in.person.profession == Profession(system="1.2.250.1.71.1.2.8", code="10")
    assert signed_in.person.key == f"sub:{door.provider.issuer}|person-1"
    assert signed_in.person.factors == 2
    assert signed_in.return_to == "/access/1"
    assert door.recorder.lines == []


def test_the_client_proves_itself_and_gives_the_verifier_of_its_challenge(door: Door) -> None:
    door.finish()

    assert door.provider.last_form["code"] == ["a-code"]
    assert door.provider.last_form["redirect_uri"] == ["https://gateway.invalid/auth/callback"]
    assert len(door.provider.last_form["code_verifier"][0]) >= 43


def _oct_jwks(provider: HostileProvider) -> None:
    oct_key = {"kty": "oct", "kid": "oct-1", "k": b64(OCT_SECRET), "alg": "HS256"}
    provider.jwks = {"keys": [rsa_jwk(rsa_key()), oct_key]}
    provider.sign = lambda claims: signed_hs256(claims, OCT_SECRET)


def _hs256_by_public_key(provider: HostileProvider) -> None:
    provider.sign = lambda claims: signed_hs256(claims, as_bytes(rsa_jwk(rsa_key())), {"alg": "HS256", "kid": "rsa-1"})


def _weak_rsa(provider: HostileProvider) -> None:
    provider.jwks = {"keys": [rsa_jwk(rsa_key(1024), "weak"), rsa_jwk(rsa_key())]}
    provider.sign = lambda claims: signed_rs256(claims, {"alg": "RS256", "kid": "weak"}, key=rsa_key(1024))


def _other_key(provider: HostileProvider) -> None:
    provider.sign = lambda claims: signed_rs256(claims, key=rsa_key(2048, 1))


def _embedded_key(provider: HostileProvider) -> None:
    thief = rsa_key(2048, 1)
    header = {"alg": "RS256", "kid": "thief", "jwk": rsa_jwk(thief, "thief")}
    provider.sign = lambda claims: signed_rs256(claims, header, key=thief)


def _encryption_key(provider: HostileProvider) -> None:
    provider.jwks = {"keys": [rsa_jwk(rsa_key(), use="enc"), rsa_jwk(rsa_key(2048, 1), "other")]}


def _header(**members: Any) -> Callable[[HostileProvider], None]:
    def change(provider: HostileProvider) -> None:
        header = {"alg": "RS256", "kid": "rsa-1", **members}
        provider.sign = lambda claims: signed_rs256(claims, header)

    return change


def _duplicate_claim(provider: HostileProvider) -> None:
    provider.sign = lambda claims: signed_rs256(duplicated(claims, "sub", "somebody-else"))


def _duplicate_header(provider: HostileProvider) -> None:
    provider.sign = lambda claims: signed_rs256(claims, b'{"alg":"RS256","kid":"rsa-1","alg":"RS256"}')


@pytest.mark.parametrize(
    "lie",
    [
        lambda provider: setattr(provider, "sign", unsigned),
        lambda provider: setattr(provider, "sign", lambda claims: unsigned(claims) + "AA"),
        lambda provider: setattr(provider, "sign", lambda claims: unsigned(claims, "None") + "AA"),
        _oct_jwks,
        _hs256_by_public_key,
        _weak_rsa,
        _other_key,
        _embedded_key,
        _encryption_key,
        _header(typ="at+jwt"),
        _header(typ="logout+jwt"),
        _header(crit=["exp"]),
        _header(b64=False),
        _header(kid=7),
        _header(alg=["RS256"]),
        _header(alg="RS512"),
        _header(kid="unknown"),
        _duplicate_claim,
        _duplicate_header,
        lambda provider: setattr(provider, "sign", lambda claims: signed_rs256(b"[1]")),
        lambda provider: setattr(provider, "sign", lambda claims: signed_rs256(b"[" * 5000 + b"]" * 5000)),
        lambda provider: setattr(provider, "sign", lambda claims: signed_rs256(b'{"exp": NaN}')),
        lambda provider: setattr(provider, "sign", lambda claims: signed_rs256(b'{"exp": ' + b"9" * 6000 + b"}")),
        lambda provider: setattr(provider, "sign", lambda claims: signed_rs256(claims) + "="),
        lambda provider: setattr(provider, "sign", lambda claims: signed_rs256(claims)[:-4]),
        lambda provider: setattr(provider, "sign", lambda claims: respelled(signed_rs256(claims))),
        lambda provider: setattr(provider, "sign", lambda claims: signed_rs256({**claims, "pad": "x" * 20_000})),
    ],
)
def test_a_token_signed_or_written_in_any_other_way_is_refused(
    door: Door, lie: Callable[[HostileProvider], None]
) -> None:
    lie(door.provider)

    assert door.refusal() == "sign-in-token"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "https://elsewhere.invalid"}, "sign-in-issuer"),
        ({"iss": None}, "sign-in-issuer"),
        ({"aud": "another-client"}, "sign-in-token"),
        ({"aud": "another-client", "azp": CLIENT_ID}, "sign-in-token"),
        ({"aud": [CLIENT_ID, "another-client"], "azp": CLIENT_ID}, "sign-in-token"),
        ({"azp": "another-client"}, "sign-in-token"),
        ({"aud": []}, "sign-in-token"),
        ({"aud": None}, "sign-in-token"),
        ({"aud": {"gateway": True}}, "sign-in-token"),
        ({"sub": ""}, "sign-in-token"),
        ({"sub": " "}, "sign-in-token"),
        ({"sub": None}, "sign-in-token"),
        ({"sub": 7}, "sign-in-token"),
        ({"sub": "a\u0000b"}, "sign-in-token"),
        ({"sub": "\ud800"}, "sign-in-token"),
        ({"sub": "x" * 256}, "sign-in-token"),
        ({"nonce": None}, "sign-in-token"),
        ({"nonce": "another"}, "sign-in-token"),
        ({"nonce": "é"}, "sign-in-token"),
        ({"exp": None}, "sign-in-token"),
        ({"exp": "soon"}, "sign-in-token"),
        ({"exp": True}, "sign-in-token"),
        ({"exp": 1e300}, "sign-in-token"),
        ({"exp": 1_000_000_000}, "sign-in-expired"),
        ({"iat": None}, "sign-in-token"),
        ({"iat": 1_000_000_000}, "sign-in-expired"),
        ({"iat": 9_000_000_000}, "sign-in-token"),
        ({"nbf": 9_000_000_000}, "sign-in-token"),
        ({"auth_time": None}, "sign-in-token"),
        ({"auth_time": 1_000_000_000}, "sign-in-expired"),
        ({"auth_time": 9_000_000_000}, "sign-in-token"),
        ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "sign-in-token"),
        ({"amr": ["pwd"]}, "sign-in-two-factors"),
        ({"amr": ["otp", "sms"]}, "sign-in-two-factors"),
        ({"amr": None}, "sign-in-two-factors"),
        ({"amr": {"pwd": 1, "otp": 1}}, "sign-in-two-factors"),
        ({"acr": "urn:hosp:mfa", "amr": None}, "sign-in-two-factors"),
        ({"profession": None}, "sign-in-profession"),
        ({"profession": "10"}, "sign-in-profession"),
        ({"profession": {"code": "10"}}, "sign-in-profession"),
        ({"profession": 10}, "sign-in-profession"),
        ({"profession": "1.2.250.1.71.1.2.7|10'; --"}, "sign-in-profession"),
        ({"finess": None}, "sign-in-establishment"),
        ({"finess": "750"}, "sign-in-establishment"),
        ({"rpps": "12345"}, "sign-in-identity"),
        ({"rpps": ["1", "2"]}, "sign-in-identity"),
        ({"name": None}, "sign-in-identity"),
        ({"name": "x" * 300}, "sign-in-identity"),
        ({"unit": {"code": "URG"}}, "sign-in-identity"),
    ],
)
def test_a_claim_that_is_wrong_or_missing_is_refused_with_its_word(door: Door, claims: Json, code: str) -> None:
    door.provider.claim_changes = claims

    assert door.refusal() == code


@pytest.mark.parametrize(
    "answer",
    [
        lambda answer: {name: value for name, value in answer.items() if name != "id_token"},
        lambda answer: {**answer, "id_token": None},
        lambda answer: {**answer, "id_token": 7},
        lambda answer: {**answer, "id_token": ""},
        lambda answer: {**answer, "expires_in": "never"},
        lambda answer: {"error": "invalid_grant"},
        lambda answer: {"error": {"odd": True}},
        lambda answer: duplicated(answer, "id_token", "another"),
        lambda answer: b"[]",
        lambda answer: b"",
        lambda answer: b"\xff\xfe",
        lambda answer: b"[" * 100_000,
        lambda answer: b"<html>busy</html>",
    ],
)
def test_a_token_answer_that_is_not_one_is_refused(door: Door, answer: Callable[[Json], Json | bytes]) -> None:
    door.provider.answer = answer

    assert door.refusal() == "sign-in-token"


def test_the_issuer_parameter_must_be_the_issuer_and_be_there_when_announced(door: Door) -> None:
    assert door.refusal(iss="https://elsewhere.invalid") == "sign-in-issuer"
    door.recorder.lines.clear()
    assert door.refusal(iss="") == "sign-in-issuer"


def test_the_issuer_parameter_may_be_missing_where_it_was_not_announced_but_never_wrong(door: Door) -> None:
    door.provider.metadata_changes = {"authorization_response_iss_parameter_supported": None}

    assert door.finish(iss="").person.subject == "person-1"
    assert door.refusal(iss="https://elsewhere.invalid") == "sign-in-issuer"


def test_an_error_answer_is_a_refusal_or_an_outage_never_a_session(door: Door) -> None:
    assert door.refusal(error="access_denied", code="") == "sign-in-denied"
    with pytest.raises(IdentityProviderUnavailable):
        door.finish(error="temporarily_unavailable", code="")
    door.recorder.lines.clear()
    assert door.refusal(code="") == "sign-in-token"


def test_a_state_works_once(door: Door) -> None:
    sign_in = door.sign_in()
    answer = door.begin(sign_in)
    sign_in.finish(browser_token=BROWSER, query=answer)

    with pytest.raises(SignInRefused) as refused:
        sign_in.finish(browser_token=BROWSER, query=answer)

    assert refused.value.code == "sign-in-state"


def test_a_sign_in_begun_in_one_browser_is_not_finished_in_another(door: Door) -> None:
    sign_in = door.sign_in()
    answer = door.begin(sign_in)

    with pytest.raises(SignInRefused) as refused:
        sign_in.finish(browser_token="another", query=answer)

    assert refused.value.code == "sign-in-state"
    assert door.provider.calls["/token"] == 0


@pytest.mark.parametrize("query", [{}, {"state": ""}, {"state": "unknown", "code": "x"}, {"state": "s" * 5000}])
def test_an_answer_to_no_sign_in_is_refused_and_fills_no_record(door: Door, query: dict[str, str]) -> None:
    with pytest.raises(SignInRefused) as refused:
        door.sign_in().finish(browser_token=BROWSER, query=query)

    assert refused.value.code == "sign-in-state"
    assert door.recorder.lines == []


def test_a_sign_in_must_be_finished_within_ten_minutes(door: Door) -> None:
    sign_in = door.sign_in()
    answer = door.begin(sign_in)
    door.world.pass_time(minutes=10, seconds=1)

    with pytest.raises(SignInRefused) as refused:
        sign_in.finish(browser_token=BROWSER, query=answer)

    assert refused.value.code == "sign-in-expired"


def test_a_refusal_that_cannot_be_recorded_is_still_no_session(door: Door) -> None:
    door.recorder.broken = True
    door.provider.claim_changes = {"amr": ["pwd"]}

    with pytest.raises(OSError, match="record"):
        door.finish()


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "EC", "crv": "P-999", "kid": "rsa-1", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "kid": "rsa-1", "x": "AA"},
        {"kty": "RSA", "kid": "rsa-1", "n": "!!", "e": "AQAB"},
        {"kty": "RSA", "kid": "rsa-1", "n": 7, "e": "AQAB"},
        {"kty": "oct", "kid": "rsa-1", "k": "AAAA"},
        {"kty": 7},
        {"alg": ["RS256"]},
        {"kid": {"odd": True}, **rsa_jwk(rsa_key(2048, 1), "other")},
        "not an object",
        None,
    ],
)
def test_one_odd_key_beside_a_good_one_stops_nobody(door: Door, odd: Any) -> None:
    door.provider.jwks = {"keys": [odd, rsa_jwk(rsa_key())]}

    assert door.finish().person.subject == "person-1"


def test_an_ec_key_that_shares_the_kid_of_the_rsa_key_does_not_hide_it(door: Door) -> None:
    door.provider.jwks = {"keys": [ec_jwk(ec_key(), "rsa-1"), rsa_jwk(rsa_key())]}

    assert door.finish().person.subject == "person-1"


def test_es256_is_verified_too(door: Door) -> None:
    door.provider.jwks = {"keys": [rsa_jwk(rsa_key()), ec_jwk(ec_key())]}
    door.provider.sign = signed_es256

    assert door.finish().person.subject == "person-1"


def test_an_algorithm_that_is_not_configured_is_refused_although_its_key_is_published(door: Door) -> None:
    door.settings = {"algorithms": ["RS256"]}
    door.provider.jwks = {"keys": [rsa_jwk(rsa_key()), ec_jwk(ec_key())]}
    door.provider.sign = signed_es256

    assert door.refusal() == "sign-in-token"


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://elsewhere.invalid"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": "http://192.0.2.1/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "https://user:word@idp.invalid/jwks"},
        {"jwks_uri": ["https://idp.invalid"]},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://idp.invalid/authorize#here"},
    ],
)
def test_metadata_that_cannot_be_used_is_an_outage(door: Door, lie: Json) -> None:
    door.provider.metadata_changes = lie

    with pytest.raises(IdentityProviderUnavailable):
        door.finish()


def test_metadata_cannot_change_how_the_provider_is_called(door: Door) -> None:
    lies = {"verify": False, "proxies": {"http": "http://127.0.0.1:9"}, "proxy": "http://127.0.0.1:9"}
    door.provider.metadata_changes = {**lies, "trust_env": True, "timeout": 3600}

    assert door.finish().person.subject == "person-1"


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token"])
@pytest.mark.parametrize("fault", ["error", "redirect", "huge", "slow", "compressed", "endless headers"])
def test_a_provider_that_fails_is_an_outage_told_in_time(door: Door, path: str, fault: str) -> None:
    provider = door.provider
    if fault == "error":
        provider.statuses[path] = 500
    elif fault == "redirect":
        provider.statuses[path] = 302
        provider.headers[path] = {"Location": f"{provider.issuer}/elsewhere"}
    elif fault == "compressed":
        provider.headers[path] = {"Content-Encoding": "gzip"}
    elif fault == "slow":
        provider.slow.add(path)
    elif fault == "endless headers":
        provider.drip.add(path)
    else:
        provider.headers[path] = {"X-Fill": "1"}
        big = b'{"keys": [], "pad": "' + b"x" * 2_000_000 + b'"}'
        if path == "/jwks":
            provider.jwks = big
        elif path == "/token":
            provider.answer = lambda _answer: big
        else:
            provider.metadata_changes = {"pad": "x" * 2_000_000}

    began = time.monotonic()
    with pytest.raises(IdentityProviderUnavailable):
        door.finish()

    assert time.monotonic() - began < 3
    assert provider.calls["/elsewhere"] == 0


def test_a_refusal_of_the_token_endpoint_never_yields_the_tokens_beside_it(door: Door) -> None:
    door.provider.statuses["/token"] = 400

    assert door.refusal() == "sign-in-token"


def test_a_provider_that_is_not_there_is_an_outage(door: Door) -> None:
    door.settings = {"issuer": "http://127.0.0.1:9"}

    with pytest.raises(IdentityProviderUnavailable):
        door.finish()


def test_claims_that_are_only_at_userinfo_are_fetched_there(door: Door) -> None:
    door.provider.claim_changes = {"profession": None, "unit": None}
    door.provider.userinfo = {"sub": "person-1", "profession": "1.2.250.1.71.1.2.7|60", "unit": "URG"}

    person = door.finish().person

    assert isinstance(person, StaffMember)
    assert person.profession == Profession(system="1.2.250.1.71.1.2.7", code="60")
    assert door.provider.last_headers["Authorization"] == "Bearer an-access-token"


def test_userinfo_may_be_a_signed_token_as_with_franceconnect(door: Door) -> None:
    door.provider.claim_changes = {"unit": None}
    told = {"iss": door.provider.issuer, "aud": CLIENT_ID, "sub": "person-1", "unit": "SAMU"}
    door.provider.userinfo, door.provider.userinfo_type = signed_rs256(told).encode(), "application/jwt"

    person = door.finish().person

    assert isinstance(person, StaffMember)
    assert person.unit == "SAMU"


@pytest.mark.parametrize(
    ("told", "media_type"),
    [
        ({"sub": "somebody-else"}, "application/json"),
        ({}, "application/json"),
        (b'{"sub": "person-1", "sub": "person-1"}', "application/json"),
        (b"\xff", "application/json"),
        (b"\xff", "application/jwt"),
        (b"a.b.c", "application/jwt"),
        (signed_rs256({"sub": "person-1"}).encode(), "application/jwt"),
    ],
)
def test_userinfo_about_somebody_else_or_malformed_is_refused(door: Door, told: Json | bytes, media_type: str) -> None:
    door.provider.claim_changes = {"unit": None}
    door.provider.userinfo, door.provider.userinfo_type = told, media_type

    assert door.refusal() == "sign-in-token"


def test_userinfo_cannot_lend_the_second_factor_nor_a_fresher_authentication(door: Door) -> None:
    door.provider.claim_changes = {"unit": None, "amr": None}
    door.provider.userinfo = {"sub": "person-1", "unit": "URG", "amr": ["pwd", "otp"], "acr": "mfa"}

    assert door.refusal() == "sign-in-two-factors"


def test_userinfo_that_fails_is_an_outage(door: Door) -> None:
    door.provider.claim_changes = {"unit": None}
    door.provider.statuses["/userinfo"] = 503

    with pytest.raises(IdentityProviderUnavailable):
        door.finish()


def test_a_configured_acr_means_two_factors_and_the_need_can_be_waived(door: Door) -> None:
    door.provider.claim_changes = {"amr": None, "acr": "urn:hosp:mfa"}
    door.settings = {"two_factor_acr": ["urn:hosp:mfa"], "acr_values": "urn:hosp:mfa"}
    with_acr = door.finish().person
    door.provider.claim_changes = {"amr": ["pwd"]}
    door.settings = {"require_two_factors": False}
    with_one = door.finish().person

    assert isinstance(with_acr, StaffMember)
    assert isinstance(with_one, StaffMember)
    assert (with_acr.factors, with_one.factors) == (2, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"algorithms": ["none"]},
        {"algorithms": ["RS256", "HS256"]},
        {"algorithms": []},
        {"issuer": "http://idp.invalid"},
        {"issuer": "https://idp.invalid/?tenant=1"},
        {"client_secret_file": None},
        {"client_secret_file": "/nowhere/secret"},
        {"client_key_file": "/nowhere/key"},
        {"ca_file": "/nowhere/ca.pem"},
    ],
)
def test_a_configuration_that_would_be_unsafe_stops_at_the_start(door: Door, wrong: Json) -> None:
    door.settings = wrong

    with pytest.raises(ConfigurationError) as refused:
        door.sign_in()

    assert all(fault.key.startswith("identity.staff") for fault in refused.value.faults)


def test_a_private_key_proves_the_client_without_a_shared_secret(door: Door) -> None:
    key_file = door.folder / "client-key.json"
    private = ec_key().private_numbers().private_value.to_bytes(32, "big")
    key_file.write_text(json.dumps({**ec_jwk(ec_key(), "gateway-1"), "d": b64(private)}), encoding="ascii")
    door.settings = {"client_secret_file": None, "client_key_file": key_file}

    assert door.finish().person.subject == "person-1"
    assert "client_assertion" in door.provider.last_form
    assert door.provider.last_form["code"] == ["a-code"]


def test_whatever_the_token_endpoint_says_only_known_errors_come_out(door: Door) -> None:
    bodies: list[Any] = [None, True, "text", 3.5, [], {}, {"id_token": []}, {"id_token": {}, "error": None}]
    for body in bodies:
        door.provider.answer = lambda _answer, body=body: json.dumps(body).encode()
        with suppress(GatewayError):
            door.finish()
            pytest.fail("a session out of nothing")
