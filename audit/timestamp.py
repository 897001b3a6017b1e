"""RFC 3161 time-stamps of signed heads: a third party says that this head existed at that time. Verified offline.

What is stamped is the SHA-256 of the text of the head (the lines above the signatures), so that cosignatures may be
added later. A token is kept as the whole TimeStampResp, DER, as the authority sent it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from audit.errors import TimestampError
from audit.note import split_note

MAX_TOKEN_BYTES = 100_000
SHA256 = "2.16.840.1.101.3.4.2.1"
REQUEST_TYPE, RESPONSE_TYPE = "application/timestamp-query", "application/timestamp-reply"


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a token says: the digest it is of, and when (UTC, by the authority's clock)."""

    digest: bytes
    time: datetime


@dataclass(frozen=True, slots=True)
class Query:
    """A TimeStampReq (DER) and its nonce, which the answer must repeat."""

    der: bytes
    nonce: int


def query_timestamp(note: str) -> Query:
    """The TimeStampReq (with nonce, asking for the certificate) for a head, to be posted to an authority as
    `application/timestamp-query`. Raises NoteError when it is no note."""
    text = split_note(note)[0].encode()
    request = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA256).build()
    if request.nonce is None:
        raise TimestampError("the request has no nonce")
    return Query(request.as_bytes(), request.nonce)


def request_timestamp(note: str) -> bytes:
    """The same, for who keeps no nonce. Raises NoteError when it is no note."""
    return query_timestamp(note).der


def digest_of(note: str) -> bytes:
    """What a token of this head must be of. Raises NoteError."""
    return hashlib.sha256(split_note(note)[0].encode()).digest()


def read_timestamp(token: bytes) -> Stamped:
    """What a TimeStampResp says, its signature NOT checked. Raises TimestampError when it is none, or a refusal."""
    return _stamped(_decoded(token))


def verify_timestamp(token: bytes, note: str, roots: Sequence[bytes], nonce: int | None = None) -> Stamped:
    """Check a token of a head against trusted root certificates (PEM), and against the nonce of the request where it
    is still known. The chain is judged at the token's own time.

    Raises TimestampError when it is malformed, not of this head, not the answer to that request, or not signed by an
    authority below these roots.
    """
    response = _decoded(token)
    stamped = _stamped(response)
    if stamped.digest != digest_of(note):
        raise TimestampError("the time-stamp is of another head")
    try:
        certificates = {item for pem in roots for item in load_pem_x509_certificates(pem)}
        builder = VerifierBuilder(roots=list(certificates), nonce=nonce)
        builder.build().verify(response, stamped.digest)
    except (VerificationError, ValueError) as error:
        raise TimestampError(f"the time-stamp does not verify: {error}") from error
    return stamped


def _decoded(token: bytes) -> TimeStampResponse:
    if len(token) > MAX_TOKEN_BYTES:
        raise TimestampError("the time-stamp is too long")
    try:
        return decode_timestamp_response(token)
    except ValueError as error:
        raise TimestampError("the time-stamp is not a TimeStampResp") from error


def _stamped(response: TimeStampResponse) -> Stamped:
    try:
        info = response.tst_info
        if info.message_imprint.hash_algorithm.dotted_string != SHA256:
            raise TimestampError("the time-stamp is not over a SHA-256 digest")
        return Stamped(info.message_imprint.message, info.gen_time)
    except ValueError as error:
        raise TimestampError("the time-stamp holds no token: the authority refused") from error
