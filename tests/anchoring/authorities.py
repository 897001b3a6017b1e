"""A real time-stamp authority (OpenSSL's) behind HTTP, that can be told to lie."""

import subprocess
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIGURATION = """[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
DAY = timedelta(days=1)


class TimestampAuthority:
    """`lie` changes the request before it is stamped, `forge` the answer after; `asked` counts the requests."""

    def __init__(self, folder: Path, *, ended: bool = False) -> None:
        folder.mkdir()
        self._folder = folder
        self.lie: Callable[[bytes], bytes] = bytes
        self.forge: Callable[[bytes], bytes] = bytes
        self.asked: list[bytes] = []
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
        now = datetime.now(UTC)
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name, name = _named("Root"), _named("Stamps")
        root = _certificate(root_name, root_name, root_key, now + DAY, ca=True).sign(root_key, hashes.SHA256())
        until = now - DAY if ended else now + DAY
        own = _certificate(name, root_name, key, until, ca=False).sign(root_key, hashes.SHA256())
        self.roots = folder / "roots.pem"
        self.roots.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        (folder / "tsa.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
        pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / "tsa.key").write_bytes(key.private_bytes(*pem))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        query = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.asked.append(query)
        start_response("200 OK", [("Content-Type", "application/timestamp-reply")])
        return [self.forge(self._stamp(self.lie(query)))]

    def _stamp(self, query: bytes) -> bytes:
        (self._folder / "q.tsq").write_bytes(query)
        command = "openssl ts -reply -config tsa.cnf -queryfile q.tsq -signer tsa.pem -inkey tsa.key -out a.tsr"
        subprocess.run(command.split(), cwd=self._folder, check=True, capture_output=True, timeout=20)
        return (self._folder / "a.tsr").read_bytes()


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime, *, ca: bool
) -> x509.CertificateBuilder:
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - 3 * DAY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return built
