"""A bearer token of a persona, for curl: the real code flow driven over HTTP, as the persona's browser would."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from gateway.demo.personas import API_CLIENT, API_CLIENT_SECRET, PERSONAS, Persona, persona_named
from gateway.demo.provider.app import MOUNT
from gateway.demo.provider.clients import COMMAND_LINE_CLIENT, COMMAND_LINE_REDIRECT, PATIENT_COMMAND_LINE_CLIENT
from gateway.errors import IdentityProviderUnavailable, InvalidRequest
from gateway.world import World, real_world

TIMEOUT_SECONDS = 10.0


def fetch_demo_token(base_url: str, persona: str, world: World | None = None) -> str:
    """An access token for the API of the demo gateway at `base_url`, valid for an hour.

    `persona` is one of the staff, a patient, or `api`. Raises `InvalidRequest` for another one,
    `IdentityProviderUnavailable` when the demo does not answer as it should.
    """
    chosen = persona_named(persona)
    if chosen is None:
        known = ", ".join(known.name for known in PERSONAS)
        raise InvalidRequest(f"no such persona; known: {known}", field="persona")
    address = base_url.rstrip("/") + MOUNT
    try:
        with httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS, follow_redirects=False) as browser:
            if chosen.kind == "client":
                grant = {"grant_type": "client_credentials"}
                return _token(browser.post(f"{address}/token", data=grant, auth=(API_CLIENT, API_CLIENT_SECRET)))
            return _sign_in(browser, address, chosen, world or real_world())
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
        raise IdentityProviderUnavailable(f"the demo at {base_url} does not answer as it should") from error


def _sign_in(browser: httpx.Client, address: str, persona: Persona, world: World) -> str:
    client = PATIENT_COMMAND_LINE_CLIENT if persona.kind == "patient" else COMMAND_LINE_CLIENT
    verifier, state = world.new_token(), world.new_token()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=")
    question = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": COMMAND_LINE_REDIRECT,
        "scope": "openid profile",
        "state": state,
        "nonce": world.new_token(),
        "code_challenge": challenge.decode("ascii"),
        "code_challenge_method": "S256",
    }
    page = browser.post(f"{address}/authorize", params=question, data={"persona": persona.name})
    answer = parse_qs(urlsplit(page.headers["Location"]).query)
    if answer["state"] != [state]:
        raise ValueError("the answer is to another question")
    trade = {
        "grant_type": "authorization_code",
        "client_id": client,
        "redirect_uri": COMMAND_LINE_REDIRECT,
        "code": answer["code"][0],
        "code_verifier": verifier,
    }
    return _token(browser.post(f"{address}/token", data=trade))


def _token(answer: httpx.Response) -> str:
    answer.raise_for_status()
    value: dict[str, Any] = json.loads(answer.content)
    return str(value["access_token"])
