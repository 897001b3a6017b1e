"""C2SP tlog-cosignature, version 1: a witness says that it saw this head, and no other of that log, at that time.

The signature line holds key id (4 bytes), POSIX seconds (8 bytes, big-endian) and the Ed25519 signature over
`cosignature/v1`, `time N` and the text of the checkpoint. The key id is that of type 0x04.
"""

import base64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.errors import NoteError
from audit.note import check_name, decode_base64, key_id, read_signature, signature_line, split_note

COSIGNATURE = b"\x04"  # the signature type of the specification
_PRIVATE_PREFIX = "PRIVATE+KEY+"
_PAYLOAD_BYTES = 8 + 64


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A valid cosignature: the witness's name and when it signed (UTC, seconds)."""

    name: str
    time: int


class CosignatureVerifier:
    """A witness's public key, read from its vkey (`name+hash+base64`, type 4). Raises NoteError for anything else."""

    def __init__(self, vkey: str) -> None:
        name, _, rest = vkey.strip().partition("+")
        key_hash, _, encoded = rest.partition("+")
        check_name(name)
        key = decode_base64(encoded, "the witness key")
        if len(key) != 33 or key[:1] != COSIGNATURE:
            raise NoteError("the witness key is not an Ed25519 cosignature key (type byte 4 and 32 bytes)")
        self.name = name
        self.public = key[1:]
        self.key_id = key_id(name, key)
        if self.key_id.hex() != key_hash:
            raise NoteError("the hash in the witness key is not that of its name and key")
        self._key = Ed25519PublicKey.from_public_bytes(self.public)

    def __str__(self) -> str:
        """The vkey."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(COSIGNATURE + self.public).decode()}"

    def find(self, note: str) -> Cosignature | None:
        """This witness's cosignature of a note; None when there is none. Raises NoteError when one is false."""
        text, lines = split_note(note)
        found: Cosignature | None = None
        for line in lines:
            if (line.name, line.key_id) != (self.name, self.key_id):
                continue
            time = int.from_bytes(line.signature[:8], "big")
            if len(line.signature) != _PAYLOAD_BYTES or time >= 2**63:
                raise NoteError(f"the cosignature of {self.name} is malformed")
            try:
                self._key.verify(line.signature[8:], signed_message(text, time))
            except InvalidSignature as error:
                raise NoteError(f"the cosignature of {self.name} does not belong to this head") from error
            found = Cosignature(self.name, time)
        return found


class Cosigner:
    """A witness's private key, `PRIVATE+KEY+name+hash+base64` with type 4. Raises NoteError; never repeats it."""

    def __init__(self, text: str) -> None:
        if not text.strip().startswith(_PRIVATE_PREFIX):
            raise NoteError("a witness's signing key has the form PRIVATE+KEY+name+hash+base64")
        name, _, rest = text.strip().removeprefix(_PRIVATE_PREFIX).partition("+")
        key_hash, _, encoded = rest.partition("+")
        check_name(name)
        seed = decode_base64(encoded, "the witness's signing key")
        if len(seed) != 33 or seed[:1] != COSIGNATURE:
            raise NoteError("the witness's signing key is not an Ed25519 cosignature key (type byte 4 and 32 bytes)")
        self.name = name
        self._seed = seed[1:]
        self._key = Ed25519PrivateKey.from_private_bytes(self._seed)
        public = COSIGNATURE + self._key.public_key().public_bytes_raw()
        self.verifier = CosignatureVerifier(f"{name}+{key_id(name, public).hex()}+{base64.b64encode(public).decode()}")
        if self.verifier.key_id.hex() != key_hash:
            raise NoteError("the hash in the witness's signing key is not that of its name and key")

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "Cosigner":
        """The key of 32 random bytes. Raises NoteError for a wrong name or length."""
        check_name(name)
        if len(seed) != 32:
            raise NoteError("an Ed25519 seed has 32 bytes")
        public = COSIGNATURE + Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        encoded = base64.b64encode(COSIGNATURE + seed).decode()
        return cls(f"{_PRIVATE_PREFIX}{name}+{key_id(name, public).hex()}+{encoded}")

    def private_text(self) -> str:
        """The secret text form, to be written to a secret file and nowhere else."""
        encoded = base64.b64encode(COSIGNATURE + self._seed).decode()
        return f"{_PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    def cosign(self, note: str, time: int) -> str:
        """The cosignature line of a checkpoint's note at `time` (UTC, seconds). The caller has verified the note."""
        signature = self._key.sign(signed_message(split_note(note)[0], time))
        return signature_line(self.name, self.verifier.key_id + time.to_bytes(8, "big") + signature)

    def __repr__(self) -> str:
        """Never the secret."""
        return f"Cosigner({self.name})"


def signed_message(text: str, time: int) -> bytes:
    """What a witness signs: header, time, and the text of the checkpoint with its newlines."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def add_cosignatures(note: str, answer: str, witnesses: list[CosignatureVerifier]) -> tuple[str, list[Cosignature]]:
    """The note with those lines of a witness's `answer` that are valid cosignatures of these witnesses and new.

    Lines of other keys are ignored, as c2sp.org/tlog-witness asks. Raises NoteError when a line is malformed, or a
    cosignature of one of the witnesses is false.
    """
    text, present = split_note(note)
    known = {(line.name, line.key_id) for line in present}
    added: list[Cosignature] = []
    for line in answer.splitlines(keepends=True):
        signature = read_signature(line.removesuffix("\n"))
        if (signature.name, signature.key_id) in known:
            continue
        for witness in witnesses:
            found = witness.find(f"{text}\n{line.removesuffix(chr(10))}\n")
            if found is not None:
                note += line.removesuffix("\n") + "\n"
                known.add((signature.name, signature.key_id))
                added.append(found)
    return note, added
