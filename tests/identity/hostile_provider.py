"""An identity provider that does what a test tells it to, over real HTTP: right by default, wrong wherever asked."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs

from tests.identity.forgery import Json, as_bytes, rsa_jwk, rsa_key, signed_rs256

CLIENT_ID = "gateway"


class HostileProvider:
    """Its answers are attributes. `sign` makes the ID token out of the claims; `answer` the token endpoint's body."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.calls: Counter[str] = Counter()
        self.nonce = ""
        self.now = 0
        self.metadata_changes: Json = {}
        self.jwks: Json | bytes = {"keys": [rsa_jwk(rsa_key())]}
        self.claim_changes: Json = {}
        self.sign: Callable[[Json], str] = signed_rs256
        self.answer: Callable[[Json], Json | bytes] = lambda answer: answer
        self.userinfo: Json | bytes = {"sub": "person-1"}
        self.userinfo_type = "application/json"
        self.statuses: dict[str, int] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.drip: set[str] = set()
        self.slow: set[str] = set()
        self.last_form: dict[str, list[str]] = {}
        self.last_headers: dict[str, str] = {}

    def metadata(self) -> Json:
        """The metadata document, with what the test changed; a None takes a member away."""
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "authorization_response_iss_parameter_supported": True,
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            **self.metadata_changes,
        }
        return {name: value for name, value in document.items() if value is not None}

    def id_token_claims(self) -> Json:
        """The claims of an intern, with what the test changed; a None takes a claim away."""
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "person-1",
            "iat": self.now,
            "exp": self.now + 300,
            "auth_time": self.now,
            "nonce": self.nonce,
            "amr": ["pwd", "otp"],
            "name": "Inès Martin",
            "profession": "1.2.250.1.71.1.2.8|10",
            "specialty": "",
            "category": "E",
            "unit": "URG",
            "finess": "750000018",
            "rpps": "",
            "roles": ["staff"],
            **self.claim_changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def body(self, path: str) -> tuple[bytes, str]:
        """Body and media type for a path."""
        if path == "/.well-known/openid-configuration":
            return as_bytes(self.metadata()), "application/json"
        if path == "/jwks":
            return as_bytes(self.jwks), "application/json"
        if path == "/userinfo":
            return as_bytes(self.userinfo), self.userinfo_type
        tokens = {"access_token": "an-access-token", "token_type": "Bearer", "expires_in": 300}
        return as_bytes(self.answer({**tokens, "id_token": self.sign(self.id_token_claims())})), "application/json"


Kind = TypeVar("Kind", bound=HostileProvider)


@contextmanager
def hostile_provider() -> Iterator[HostileProvider]:
    """One that listens on loopback until the block ends."""
    with listening(HostileProvider) as provider:
        yield provider


@contextmanager
def listening(kind: Callable[[str], Kind]) -> Iterator[Kind]:
    """A provider of that kind, made for the address it listens on, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    provider = kind(f"http://127.0.0.1:{server.server_address[1]}")
    server.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        from_client = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self.server.provider.last_form = parse_qs(from_client)  # type: ignore[attr-defined]
        self._answer()

    def log_message(self, *_arguments: Any) -> None:
        return

    def _answer(self) -> None:
        provider: HostileProvider = self.server.provider  # type: ignore[attr-defined]
        path = self.path.partition("?")[0]
        provider.calls[path] += 1
        provider.last_headers = dict(self.headers.items())
        body, media_type = provider.body(path)
        if path in provider.slow:
            time.sleep(1.5)
        try:
            self.send_response(provider.statuses.get(path, 200))
            self.send_header("Content-Type", media_type)
            for name, value in provider.headers.get(path, {}).items():
                self.send_header(name, value)
            if path in provider.drip:
                self._drip()
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            # Whoever called did not wait: that is what the test is about.
            return

    def _drip(self) -> None:
        """Headers that never end, a few bytes at a time: no single read is late."""
        self.flush_headers()
        for number in range(100):
            self.wfile.write(f"X-Drip-{number}: drop\r\n".encode())
            self.wfile.flush()
            time.sleep(0.05)


def duplicated(answer: Json, name: str, value: str) -> bytes:
    """The answer with one member given twice."""
    return json.dumps(answer)[:-1].encode() + f', "{name}": "{value}"}}'.encode()
