"""What is cached of a provider: renewed when old, served when the provider is down, and never hammered."""

from collections.abc import Iterator

import pytest

from gateway.errors import IdentityProviderUnavailable
from gateway.identity.provider import Provider
from gateway.settings import ProviderSettings
from tests.identity.forgery import rsa_jwk, rsa_key
from tests.identity.hostile_provider import CLIENT_ID, HostileProvider, hostile_provider
from tests.worlds import StillWorld


@pytest.fixture
def peer() -> Iterator[HostileProvider]:
    with hostile_provider() as provider:
        yield provider


@pytest.fixture
def provider(peer: HostileProvider, still_world: StillWorld) -> Provider:
    settings = ProviderSettings(issuer=peer.issuer, client_id=CLIENT_ID, timeout_seconds=1.0)
    return Provider(settings, still_world.world, section="identity.staff", loopback_allowed=True)


def test_keys_and_metadata_are_fetched_once_for_many_uses(peer: HostileProvider, provider: Provider) -> None:
    for _ in range(20):
        assert provider.key("rsa-1", "RS256") is not None
        assert provider.metadata().token_endpoint

    assert peer.calls == {"/.well-known/openid-configuration": 1, "/jwks": 1}


def test_keys_older_than_ten_minutes_are_renewed(
    peer: HostileProvider, provider: Provider, still_world: StillWorld
) -> None:
    provider.key("rsa-1", "RS256")
    peer.jwks = {"keys": [rsa_jwk(rsa_key(2048, 1), "rsa-2")]}
    still_world.pass_time(minutes=10)

    assert provider.key("rsa-2", "RS256") is not None
    assert provider.key("rsa-1", "RS256") is None


def test_a_new_key_is_found_at_once_by_its_unknown_kid(peer: HostileProvider, provider: Provider) -> None:
    provider.key("rsa-1", "RS256")
    peer.jwks = {"keys": [rsa_jwk(rsa_key()), rsa_jwk(rsa_key(2048, 1), "rsa-2")]}

    assert provider.key("rsa-2", "RS256") is not None


def test_invented_kids_cost_the_provider_three_calls_in_half_a_minute(
    peer: HostileProvider, provider: Provider, still_world: StillWorld
) -> None:
    for number in range(50):
        assert provider.key(f"invented-{number}", "RS256") is None
    assert peer.calls["/jwks"] == 1 + 3
    still_world.pass_time(seconds=31)
    assert provider.key("invented", "RS256") is None
    assert peer.calls["/jwks"] == 1 + 4


def test_while_the_provider_is_down_its_keys_serve_for_a_day(
    peer: HostileProvider, provider: Provider, still_world: StillWorld
) -> None:
    provider.key("rsa-1", "RS256")
    peer.statuses = {"/jwks": 503, "/.well-known/openid-configuration": 503}
    still_world.pass_time(hours=23)
    assert provider.key("rsa-1", "RS256") is not None
    still_world.pass_time(hours=1, seconds=1)
    with pytest.raises(IdentityProviderUnavailable):
        provider.key("rsa-1", "RS256")


def test_a_provider_that_is_down_is_asked_every_five_seconds_not_by_every_request(
    peer: HostileProvider, provider: Provider, still_world: StillWorld
) -> None:
    peer.statuses = {"/.well-known/openid-configuration": 503}
    for _ in range(10):
        with pytest.raises(IdentityProviderUnavailable):
            provider.metadata()
    assert peer.calls["/.well-known/openid-configuration"] == 1
    peer.statuses = {}
    still_world.pass_time(seconds=5)
    assert provider.metadata().token_endpoint


def test_a_clock_set_back_keeps_no_key_for_ever(
    peer: HostileProvider, provider: Provider, still_world: StillWorld
) -> None:
    provider.key("rsa-1", "RS256")
    peer.jwks = {"keys": [rsa_jwk(rsa_key(2048, 1), "rsa-2")]}
    still_world.pass_time(hours=-2)

    assert provider.key("rsa-2", "RS256") is not None


def test_without_a_kid_only_a_single_fitting_key_counts(peer: HostileProvider, provider: Provider) -> None:
    assert provider.key("", "RS256") is not None
    peer.jwks = {"keys": [rsa_jwk(rsa_key()), rsa_jwk(rsa_key(2048, 1), "rsa-2")]}
    assert provider.key("none-such", "RS256") is None
    assert provider.key("", "RS256") is None


def test_a_key_set_without_one_usable_key_is_an_outage(peer: HostileProvider, provider: Provider) -> None:
    peer.jwks = {"keys": [{"kty": "oct", "k": "AAAA"}]}

    with pytest.raises(IdentityProviderUnavailable):
        provider.key("rsa-1", "RS256")
