"""Whom a reader of our heads is to trust: our key, our witnesses and how many of them, as a C2SP tlog-policy."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from audit.cosignature import CosignatureVerifier
from audit.errors import NoteError
from audit.policy import Policy
from gateway.errors import SettingFault
from gateway.settings import WitnessesSettings

KEY = "record.witnesses.trusted"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class KnownWitness:
    """One witness: our name for it, its key, and where it answers (a submission prefix, without a slash at the end)."""

    name: str
    verifier: CosignatureVerifier
    url: str


def known_witnesses(settings: WitnessesSettings, faults: list[SettingFault]) -> tuple[KnownWitness, ...]:
    """Those of the settings; what cannot be used is added to `faults`."""
    known: list[KnownWitness] = []
    for line in settings.trusted:
        words = line.split()
        try:
            if len(words) != 3:
                raise NoteError('a witness is: "NAME VKEY URL"')
            known.append(KnownWitness(words[0], CosignatureVerifier(words[1]), _usable(words[2]).rstrip("/")))
        except NoteError as error:
            faults.append(SettingFault(KEY, f"{words[0] if words else 'an empty line'}: {error}"))
    if known and settings.quorum > len(known):
        faults.append(
            SettingFault("record.witnesses.quorum", f"asks for more than the {len(known)} witnesses there are")
        )
    return tuple(known)


def trust_file(vkey: str, witnesses: tuple[KnownWitness, ...], quorum: int) -> str:
    """The trust file to give to whoever is to check our log: they compare the keys by another way."""
    lines = [f"log {vkey}"]
    lines += [f"witness {one.name} {one.verifier} {one.url}/" for one in witnesses]
    if witnesses:
        lines.append(f"group witnesses {quorum} {' '.join(one.name for one in witnesses)}")
    return "\n".join([*lines, f"quorum {'witnesses' if witnesses else 'none'}"]) + "\n"


def trust_policy(
    vkey: str, witnesses: tuple[KnownWitness, ...], quorum: int, faults: list[SettingFault]
) -> Policy | None:
    """The same, read as any reader of it does: a name or a key that is there twice is a fault."""
    try:
        return Policy.read(trust_file(vkey, witnesses, quorum))
    except NoteError as error:
        faults.append(SettingFault(KEY, str(error)))
        return None


def _usable(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return url
    raise NoteError("its address must be https (http on loopback only)")
