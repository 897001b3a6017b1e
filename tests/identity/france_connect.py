"""FranceConnect version 2 as it documents itself and as its published source behaves: a request with what it does not
know is refused, a secret is taken in the form alone, identities come from userinfo alone, as a signed JWT."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from tests.identity.forgery import Json, as_bytes, ec_jwk, ec_key, rsa_jwk, rsa_key, signed_es256
from tests.identity.hostile_provider import CLIENT_ID, HostileProvider

SECRET = "le-secret-de-ce-service"
# Of the request, in full: anything else refuses it.
KNOWN_PARAMETERS = frozenset(
    {"client_id", "acr_values", "claims", "response_type", "nonce", "state", "redirect_uri", "scope", "prompt"}
)
SCOPES = frozenset({"openid", "identite_pivot", "given_name", "family_name", "birthdate", "gender", "birth", "email"})
LOGOUT_PARAMETERS = frozenset(
    {"id_token_hint", "post_logout_redirect_uri", "state", "client_id", "logout_hint", "ui_locales"}
)
SHORTEST_NONCE = 22
# The pivot identity FranceConnect publishes for its tests.
ANGELA: Json = {
    "sub": "b6048e95bb134ec5b1d1e1fa69f287172e91722b9354d637a1bcf2ebb0fd2ef5v1",
    "given_name": "Angela Claire Louise",
    "given_name_array": ["Angela", "Claire", "Louise"],
    "family_name": "DUBOIS",
    "birthdate": "1962-08-24",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
}


class FranceConnect(HostileProvider):
    """Right by default. `pivot`: what userinfo says; `seal` makes the JWT of it; `level`: the `acr` it vouches for."""

    def __init__(self, issuer: str) -> None:
        super().__init__(issuer)
        self.jwks = {"keys": [ec_jwk(ec_key()), rsa_jwk(rsa_key())]}
        self.sign = signed_es256
        self.pivot: Json = dict(ANGELA)
        self.seal: Callable[[Json], str] = signed_es256
        self.level = "eidas1"
        self.metadata_changes = {
            "authorization_response_iss_parameter_supported": None,
            "end_session_endpoint": f"{issuer}/session/end",
            "claims_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "userinfo_signing_alg_values_supported": ["ES256", "RS256", "HS256"],
        }

    def authorize(self, address: str) -> dict[str, str]:
        """What the browser brings back from there: a code, or the error of a request it does not take."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.nonce = asked.get("nonce", "")
        known = set(asked) <= KNOWN_PARAMETERS and set(asked["scope"].split()) <= SCOPES
        levels = set(asked.get("acr_values", "").split())
        if not known or not levels or levels - {"eidas1", "eidas2", "eidas3"} or len(self.nonce) < SHORTEST_NONCE:
            return {"state": asked.get("state", ""), "error": "invalid_request"}
        return {"state": asked["state"], "code": "un-code"}

    def id_token_claims(self) -> Json:
        """Nobody's name is in it, and no `auth_time` that nobody asked for."""
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": ANGELA["sub"],
            "iat": self.now,
            "exp": self.now + 60,
            "nonce": self.nonce,
            "acr": self.level,
            "amr": ["pwd"],
            **self.claim_changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def userinfo_claims(self) -> Json:
        """The pivot identity in its JWT."""
        about = {"iss": self.issuer, "aud": CLIENT_ID, "iat": self.now, "exp": self.now + 60, **self.pivot}
        return {name: value for name, value in about.items() if value is not None}

    def body(self, path: str) -> tuple[bytes, str]:
        if path == "/userinfo":
            if self.last_headers.get("Authorization") != "Bearer an-access-token":
                self.statuses[path] = 401
            return self.seal(self.userinfo_claims()).encode(), "application/jwt; charset=utf-8"
        if path == "/token" and not self._takes_the_form():
            self.statuses[path] = 401
            return as_bytes({"error": "invalid_client"}), "application/json"
        return super().body(path)

    def _takes_the_form(self) -> bool:
        form = {name: values[0] for name, values in self.last_form.items()}
        expected = {"grant_type", "code", "redirect_uri", "client_id", "client_secret"}
        proven = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, SECRET)
        return set(form) == expected and proven and "Authorization" not in self.last_headers
