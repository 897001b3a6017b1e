"""A pending receipt's signature: the gateway that recorded an entry says so at once, before any head covers it.

A promise is a signed note of the gateway's receipt key: it names the log, the entry, its leaf hash and its number in
the gateway's lane. Whoever holds one can show later that the log dropped or replaced the entry, the last of a lane
included. The key is no new trust: an entry `log.receipt_key` lists it, so that the log itself vouches for it.
"""

import base64
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from audit.entry import Entry, read_leaf
from audit.errors import EntryError, NoteError, ProofError
from audit.merkle import HASH_BYTES, leaf_hash
from audit.note import Signer, Verifier, decode_base64, split_note
from audit.policy import Policy
from audit.proof import InclusionProof

HEADER = "emergency-access-audit-promise/v1"
RECEIPT_KEY = "log.receipt_key"


@dataclass(frozen=True, slots=True)
class Promise:
    """What the gateway signed: this entry, of this leaf, has this number; `time` (UTC ms) is when it said so."""

    log: str
    entry_id: str
    leaf_hash: bytes
    gateway: str
    lane: int
    counter: int
    time: int


@dataclass(frozen=True, slots=True)
class ListedKey:
    """The proof that the log lists a receipt key: the leaf of its entry, and a tlog-proof of it."""

    leaf: bytes
    proof: str

    def verify(self, policy: Policy) -> Verifier:
        """The receipt key. Raises ProofError or NoteError when the log does not list it."""
        key = key_of_leaf(self.leaf)
        proof = InclusionProof.read(self.proof)
        proof.verify_in(leaf_hash(self.leaf), policy.open_signed(proof.checkpoint))
        return key

    def to_json(self) -> dict[str, str]:
        """A JSON-able dict."""
        return {"leaf": self.leaf.decode(), "proof": self.proof}

    @classmethod
    def from_json(cls, members: object) -> "ListedKey":
        """Raises ProofError when it is not one; nothing is verified here."""
        if not isinstance(members, Mapping):
            raise ProofError("a receipt key is not an object")
        leaf, proof = members.get("leaf"), members.get("proof")
        if not isinstance(leaf, str) or not isinstance(proof, str):
            raise ProofError("a receipt key lacks its leaf or its proof")
        return cls(leaf.encode("utf-8", "surrogatepass"), proof)


def receipt_signer(origin: str, gateway: str, master_key: bytes) -> Signer:
    """The gateway's receipt key: derived from the master key every gateway process holds (HKDF, RFC 5869), so that
    there is no further secret to keep; the sequencer's key is never needed to answer."""
    name = f"{origin}/receipts/{gateway}"
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"audit receipt key\n" + name.encode())
    return Signer.from_seed(name, derive.derive(master_key))


def receipt_key_entry(verifier: Verifier) -> str:
    """The id of the entry that lists a receipt key: drawn from the key, so that it is listed once."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"audit receipt key\n{verifier}".encode()).digest()[:16], version=4))


def key_of_leaf(leaf: bytes) -> Verifier:
    """The receipt key an entry of the log lists. Raises ProofError when it lists none."""
    try:
        entry, _ = read_leaf(leaf)
        vkey = entry.facts.get("key")
        if entry.type != RECEIPT_KEY or not isinstance(vkey, str):
            raise ProofError("the entry does not list a receipt key")
        key = Verifier(vkey)
    except (EntryError, NoteError) as error:
        raise ProofError(f"the listed receipt key is not one: {error}") from error
    if not key.name.endswith(f"/receipts/{entry.gateway}"):
        raise ProofError("the listed receipt key is not of the gateway that listed it")
    return key


def sign_promise(signer: Signer, origin: str, leaf: bytes, entry: Entry, time: int) -> str:
    """The signed note of a recorded leaf."""
    number = f"{entry.gateway} {entry.lane} {entry.counter}"
    hashed = base64.b64encode(leaf_hash(leaf)).decode()
    return signer.sign(f"{HEADER}\n{origin}\n{entry.entry_id}\n{hashed}\n{number}\n{time}\n")


def read_promise(note: str) -> Promise:
    """What a promise says, its signature NOT checked. Raises NoteError when it is none."""
    lines = split_note(note)[0].split("\n")
    if len(lines) != 7 or lines[0] != HEADER:
        raise NoteError(f"a promise has the lines {HEADER}, log, entry, leaf hash, number, time")
    number = lines[4].split(" ")
    digits = [*number[1:], lines[5]]
    if len(number) != 3 or not all(item.isascii() and item.isdecimal() and len(item) < 17 for item in digits):
        raise NoteError("the number or the time of a promise is malformed")
    hashed = decode_base64(lines[3], "the leaf hash of a promise")
    if len(hashed) != HASH_BYTES:
        raise NoteError("the leaf hash of a promise does not have 32 bytes")
    return Promise(lines[1], lines[2], hashed, number[0], int(number[1]), int(number[2]), int(lines[5]))


def open_promise(note: str, key: Verifier) -> Promise:
    """What a promise says, signed by this receipt key of that very log and gateway. Raises NoteError."""
    promise = read_promise(note)
    key.open(note)
    if key.name != f"{promise.log}/receipts/{promise.gateway}":
        raise NoteError("the promise is signed by the key of another gateway")
    return promise
