"""The clients registered at the demo provider: the gateway's two, the hospital's record software, the command line."""

import hmac
from dataclasses import dataclass
from typing import Any, Literal

from gateway.demo.personas import (
    API_CLIENT,
    API_CLIENT_SECRET,
    PATIENT_CLIENT,
    PATIENT_CLIENT_SECRET,
    STAFF_CLIENT,
    STAFF_CLIENT_SECRET,
)
from gateway.identity.sign_in import CALLBACK_PATHS, LOGGED_OUT_PATHS

COMMAND_LINE_CLIENT = "demo-command-line"
PATIENT_COMMAND_LINE_CLIENT = "demo-patient-command-line"
COMMAND_LINE_REDIRECT = "http://127.0.0.1/demo-command-line"  # nothing listens: the code is read off the redirection


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered client, in the shape Authlib asks for. An empty `secret` makes it a public client."""

    client_id: str
    secret: str
    grants: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    personas: Literal["staff", "patient", "client"]
    api: bool  # whether its access tokens are for the gateway's API

    @property
    def client_metadata(self) -> dict[str, Any]:
        """What Authlib's end-session endpoint reads."""
        return {"post_logout_redirect_uris": list(self.post_logout_redirect_uris)}

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str | None) -> str:
        allowed = ("openid", "profile") if self.redirect_uris else ()
        return " ".join(word for word in allowed if word in (scope or "").split())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return bool(self.secret) and hmac.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == ("client_secret_basic" if self.secret else "none")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and bool(self.redirect_uris)

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grants


def demo_clients(base_url: str) -> dict[str, Client]:
    """The clients by id, for a gateway at `base_url`."""
    clients = (
        Client(
            client_id=STAFF_CLIENT,
            secret=STAFF_CLIENT_SECRET,
            grants=("authorization_code",),
            redirect_uris=(base_url + CALLBACK_PATHS["staff"],),
            post_logout_redirect_uris=(base_url + LOGGED_OUT_PATHS["staff"],),
            personas="staff",
            api=False,
        ),
        Client(
            client_id=PATIENT_CLIENT,
            secret=PATIENT_CLIENT_SECRET,
            grants=("authorization_code",),
            redirect_uris=(base_url + CALLBACK_PATHS["patient"],),
            post_logout_redirect_uris=(base_url + LOGGED_OUT_PATHS["patient"],),
            personas="patient",
            api=False,
        ),
        Client(
            client_id=API_CLIENT, secret=API_CLIENT_SECRET, grants=("client_credentials",), personas="client", api=True
        ),
        Client(
            client_id=COMMAND_LINE_CLIENT,
            secret="",
            grants=("authorization_code",),
            redirect_uris=(COMMAND_LINE_REDIRECT,),
            personas="staff",
            api=True,
        ),
        Client(
            client_id=PATIENT_COMMAND_LINE_CLIENT,
            secret="",
            grants=("authorization_code",),
            redirect_uris=(COMMAND_LINE_REDIRECT,),
            personas="patient",
            api=True,
        ),
    )
    return {client.client_id: client for client in clients}
