"""C2SP signed note (c2sp.org/signed-note): a text, and the lines that sign it with Ed25519."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.errors import NoteError

ED25519 = b"\x01"  # the signature type of the specification
MAX_NOTE_CHARACTERS = 1_000_000
MAX_SIGNATURES = 100

_SIGNATURE_PREFIX = "— "
_PRIVATE_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name, the first 4 bytes that identify the key, and the signature bytes."""

    name: str
    key_id: bytes
    signature: bytes


class Verifier:
    """The public key of a log, read from its vkey: `name+hash+base64`, hash being 8 hex digits of the key id.

    Raises NoteError when the text is not a vkey of an Ed25519 key, or its hash does not belong to it.
    """

    def __init__(self, vkey: str) -> None:
        name, separator, rest = vkey.strip().partition("+")
        key_hash, second_separator, encoded = rest.partition("+")
        if not separator or not second_separator:
            raise NoteError("a verifier key has the form name+hash+base64")
        check_name(name)
        key = decode_base64(encoded, "the verifier key")
        if len(key) != 33 or key[:1] != ED25519:
            raise NoteError("the verifier key is not an Ed25519 key (type byte 1 and 32 bytes)")
        self.name = name
        self.public = key[1:]
        self.key_id = key_id(name, key)
        if self.key_id.hex() != key_hash:
            raise NoteError("the hash in the verifier key is not that of its name and key: it was mistyped or altered")
        self._key = Ed25519PublicKey.from_public_bytes(key[1:])
        self._encoded = encoded

    def __str__(self) -> str:
        """The vkey."""
        return f"{self.name}+{self.key_id.hex()}+{self._encoded}"

    def of_shard(self, year: int) -> "Verifier":
        """The same key under the name of a yearly shard, `name/2026`; itself for 0."""
        if not year:
            return self
        name = f"{self.name}/{year}"
        return Verifier(f"{name}+{key_id(name, ED25519 + self.public).hex()}+{self._encoded}")

    def open(self, note: str) -> str:
        """The text of a signed note, ending in a newline.

        Lines of other keys are ignored (cosignatures, key rotation). Raises NoteError when the note is malformed,
        when no line is of this key, or when any line of this key does not verify.
        """
        text, signatures = split_note(note)
        ours = [line for line in signatures if (line.name, line.key_id) == (self.name, self.key_id)]
        if not ours:
            raise NoteError(f"the note is not signed by {self.name} with this key")
        for line in ours:
            try:
                self._key.verify(line.signature, text.encode())
            except InvalidSignature as error:
                raise NoteError(f"the signature of {self.name} does not belong to this text") from error
        return text


class Signer:
    """The private key of a log, in the usual text form `PRIVATE+KEY+name+hash+base64`. Only the sequencer holds it.

    Raises NoteError when the text is not such a key; the message never repeats it.
    """

    def __init__(self, text: str) -> None:
        if not text.strip().startswith(_PRIVATE_PREFIX):
            raise NoteError("a signing key has the form PRIVATE+KEY+name+hash+base64")
        name, _, rest = text.strip().removeprefix(_PRIVATE_PREFIX).partition("+")
        key_hash, _, encoded = rest.partition("+")
        seed = decode_base64(encoded, "the signing key")
        if len(seed) != 33 or seed[:1] != ED25519:
            raise NoteError("the signing key is not an Ed25519 key (type byte 1 and 32 bytes)")
        check_name(name)
        self.name = name
        self._seed = seed[1:]
        self._key = Ed25519PrivateKey.from_private_bytes(self._seed)
        public = ED25519 + self._key.public_key().public_bytes_raw()
        self._key_id = key_id(name, public)
        if self._key_id.hex() != key_hash:
            raise NoteError("the hash in the signing key is not that of its name and key")
        self.verifier = Verifier(f"{name}+{key_hash}+{base64.b64encode(public).decode()}")

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "Signer":
        """The key of 32 random bytes. `name` is the log's origin. Raises NoteError for a wrong name or length."""
        check_name(name)
        if len(seed) != 32:
            raise NoteError("an Ed25519 seed has 32 bytes")
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        key_hash = key_id(name, ED25519 + public).hex()
        return cls(f"{_PRIVATE_PREFIX}{name}+{key_hash}+{base64.b64encode(ED25519 + seed).decode()}")

    def of_shard(self, year: int) -> "Signer":
        """The same key under the name of a yearly shard, `name/2026`; itself for 0."""
        return Signer.from_seed(f"{self.name}/{year}", self._seed) if year else self

    def private_text(self) -> str:
        """The secret text form, to be written to a secret file and nowhere else."""
        return f"{_PRIVATE_PREFIX}{self.name}+{self._key_id.hex()}+{base64.b64encode(ED25519 + self._seed).decode()}"

    def sign(self, text: str) -> str:
        """The signed note of `text`, which must end in a newline and hold no other control character."""
        _check_text(text)
        return f"{text}\n{self.line(text)}"

    def line(self, text: str) -> str:
        """The signature line alone, to be put under a note of `text` that others signed."""
        return signature_line(self.name, self._key_id + self._key.sign(text.encode()))

    def __repr__(self) -> str:
        """Never the secret."""
        return f"Signer({self.name})"


def signature_line(name: str, signature: bytes) -> str:
    """One line of a note: `signature` is the 4 bytes of the key id and the signature."""
    return f"{_SIGNATURE_PREFIX}{name} {base64.b64encode(signature).decode()}\n"


def key_id(name: str, key: bytes) -> bytes:
    """The 4 bytes that name a key: SHA-256(name || newline || type byte || public key), cut."""
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]


def split_note(note: str) -> tuple[str, tuple[Signature, ...]]:
    """The text and the signature lines. Raises NoteError when it is not a note."""
    if len(note) > MAX_NOTE_CHARACTERS:
        raise NoteError("the note is too long")
    # The text ends at the last empty line: earlier empty lines belong to the text.
    text, separator, block = note.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise NoteError("the note has no signature lines after an empty line")
    _check_text(text + "\n")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("the note has too many signatures")
    return text + "\n", tuple(read_signature(line) for line in lines)


def decode_base64(text: str, what: str) -> bytes:
    """Standard base64, strictly: one spelling only. Raises NoteError naming `what`."""
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"{what} is not base64") from error
    if base64.b64encode(decoded).decode() != text:
        raise NoteError(f"{what} is not canonical base64")
    return decoded


def read_signature(line: str) -> Signature:
    """One signature line, without its newline. Raises NoteError."""
    fields = line.removeprefix(_SIGNATURE_PREFIX).split(" ")
    if not line.startswith(_SIGNATURE_PREFIX) or len(fields) != 2:
        raise NoteError("a signature line is not: em dash, name, base64")
    check_name(fields[0])
    payload = decode_base64(fields[1], "a signature")
    if len(payload) < 5:
        raise NoteError("a signature is too short")
    return Signature(fields[0], payload[:4], payload[4:])


def check_name(name: str) -> None:
    """Raises NoteError for a name no key can have."""
    if not name or "+" in name or any(character.isspace() or character < " " for character in name):
        raise NoteError("a key name may not be empty nor hold spaces or +")


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise NoteError("the text of a note ends in a newline and holds no other control character")
