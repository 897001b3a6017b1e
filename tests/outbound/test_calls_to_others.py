"""How a provider is called: our own trust anchors and nobody else's, deaf to the environment, never held for long."""

import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from gateway.outbound import MOST_CALLS_AT_ONCE, AnswerUnusable, BoundedTransport, outbound_client
from tests.identity.forgery import rsa_key
from tests.identity.peers import free_port


class _Greeting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: object) -> None:
        return


def _certificate(folder: Path, address: str) -> tuple[Path, Path]:
    """A self-signed certificate for an address, and its key."""
    key, name = rsa_key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider of this test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / f"{address}.pem", folder / f"{address}.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


@pytest.fixture
def tls_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An https server with a certificate of its own: its address, and the file that vouches for it."""
    certificate, key = _certificate(tmp_path, getattr(request, "param", "127.0.0.1"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Greeting)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/", certificate
    server.shutdown()
    server.server_close()


def test_a_private_authority_is_trusted_where_the_settings_say_so(tls_server: tuple[str, Path]) -> None:
    address, certificate = tls_server

    with outbound_client(timeout_seconds=5, ca_file=certificate, proxy="") as client:
        assert client.get(address).status_code == 200


def test_no_environment_variable_adds_an_authority_or_a_proxy(
    tls_server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, certificate = tls_server
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(certificate))
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")

    with outbound_client(timeout_seconds=5, ca_file=None, proxy="") as client, pytest.raises(httpx.ConnectError):
        client.get(address)
    with outbound_client(timeout_seconds=5, ca_file=certificate, proxy="") as client:
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("tls_server", ["127.0.0.2"], indirect=True)
def test_a_certificate_of_another_name_is_refused(tls_server: tuple[str, Path]) -> None:
    address, certificate = tls_server

    with outbound_client(timeout_seconds=5, ca_file=certificate, proxy="") as client, pytest.raises(httpx.ConnectError):
        client.get(address)


def test_the_configured_proxy_is_used(tls_server: tuple[str, Path]) -> None:
    address, certificate = tls_server
    nobody = f"http://127.0.0.1:{free_port()}"

    client = outbound_client(timeout_seconds=5, ca_file=certificate, proxy=nobody)
    with client, pytest.raises(httpx.TransportError):
        client.get(address)


class _Hanging(httpx.BaseTransport):
    """Answers only when the test lets it."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.let_go.wait(timeout=10)
        return httpx.Response(200, content=b"{}")


def test_a_provider_that_hangs_holds_a_bounded_number_of_threads_and_is_well_again_afterwards() -> None:
    hanging = _Hanging()
    transport = BoundedTransport(hanging, seconds=0.2)
    before = threading.active_count()

    with httpx.Client(transport=transport) as client:
        for _ in range(MOST_CALLS_AT_ONCE + 3):
            began = time.monotonic()
            with pytest.raises(AnswerUnusable):
                client.get("https://idp.invalid/")
            assert time.monotonic() - began < 1
        assert threading.active_count() - before <= MOST_CALLS_AT_ONCE
        hanging.let_go.set()
        assert client.get("https://idp.invalid/").status_code == 200
