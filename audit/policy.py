"""Whom a verifier trusts, as a C2SP tlog-policy file: the log's keys, the witnesses, and how many must have cosigned.

A log key trusts the log of its name and that log's yearly shards (`name/2026`): one line serves for all years.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.cosignature import Cosignature, CosignatureVerifier
from audit.errors import NoteError, QuorumError
from audit.note import Verifier
from audit.rotation import RotationProof

MAX_POLICY_CHARACTERS = 100_000
MAX_LINES = 1_000
_BLANK = re.compile(r"[ \t]+")
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses or groups by name, of which `least` must have witnessed a head."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The trust of one verifier. `urls` are those of the witnesses that have one, by name in this file."""

    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, CosignatureVerifier]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str]

    @classmethod
    def of_key(cls, key: "Verifier | str") -> "Policy":
        """Trust in one log key, no witness asked for. Raises NoteError when it is not a vkey."""
        return cls((key if isinstance(key, Verifier) else Verifier(key),), {}, {}, _NONE, {})

    @classmethod
    def read(cls, text: str) -> "Policy":
        """Read a policy file (c2sp.org/tlog-policy). Raises NoteError naming the line."""
        if len(text) > MAX_POLICY_CHARACTERS or text.count("\n") > MAX_LINES:
            raise NoteError("the trust file is too long")
        reader = _Reader()
        for number, line in enumerate(text.split("\n"), 1):
            if any((character < " " and character != "\t") or character == "\x7f" for character in line):
                raise NoteError(f"line {number} of the trust file holds a control character")
            items = _BLANK.split(line.strip(" \t"))
            if items == [""] or items[0].startswith("#"):
                continue
            try:
                reader.take(items)
            except NoteError as error:
                raise NoteError(f"line {number} of the trust file: {error}") from error
        return reader.policy()

    def open(self, note: str, time: int = 0) -> Checkpoint:
        """The checkpoint of a note that one of the logs signed and the quorum cosigned.

        Raises NoteError when no log key signed it, QuorumError when too few witnesses did.
        """
        checkpoint = self.open_signed(note, time)
        self.check_quorum(note)
        return checkpoint

    def open_signed(self, note: str, time: int = 0) -> Checkpoint:
        """The same without the witnesses: signed by one of the logs. Raises NoteError."""
        refusal = NoteError("the trust file names no log")
        for log in self.logs:
            try:
                return open_checkpoint(note, log, time)
            except NoteError as error:
                refusal = error
        raise refusal

    def cosignatures(self, note: str) -> dict[str, Cosignature]:
        """The valid cosignatures of this policy's witnesses, by their names here; a false one does not count."""
        found: dict[str, Cosignature] = {}
        for name, witness in self.witnesses.items():
            try:
                cosignature = witness.find(note)
            except NoteError:
                continue
            if cosignature is not None:
                found[name] = cosignature
        return found

    def check_quorum(self, note: str) -> None:
        """Raises QuorumError unless the witnesses the quorum asks for cosigned the note."""
        if not self.satisfied(self.cosignatures(note)):
            raise QuorumError(f"too few witnesses cosigned the head for the quorum {self.quorum}")

    def satisfied(self, witnessed: Iterable[str]) -> bool:
        """Whether these witnesses (names in this file) are a quorum."""
        return self.quorum == _NONE or self._witnessed(self.quorum, frozenset(witnessed))

    @property
    def needs_witnesses(self) -> bool:
        """Whether the quorum asks for anybody."""
        return self.quorum != _NONE

    def following(self, rotations: Sequence[RotationProof]) -> "Policy":
        """The same trust, extended to the keys that logged changes of key lead to, forwards and backwards.

        Raises ProofError or NoteError when a change does not hold, or leads neither from nor to a trusted key.
        """
        trusted = list(self.logs)
        changes = [proof.verify() for proof in rotations]
        while changes:
            keys = {str(key) for key in trusted}
            usable = [change for change in changes if {str(change.old), str(change.new)} & keys]
            if not usable:
                raise NoteError("a change of key does not start from the trusted key")
            for change in usable:
                trusted.extend(key for key in (change.old, change.new) if str(key) not in keys)
                changes.remove(change)
        return replace(self, logs=tuple(trusted))

    def _witnessed(self, name: str, witnessed: frozenset[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in witnessed
        return sum(self._witnessed(member, witnessed) for member in group.members) >= group.least


class _Reader:
    def __init__(self) -> None:
        self._logs: list[Verifier] = []
        self._witnesses: dict[str, CosignatureVerifier] = {}
        self._groups: dict[str, Group] = {}
        self._urls: dict[str, str] = {}
        self._members: set[str] = set()
        self._quorum: str | None = None

    def take(self, items: Sequence[str]) -> None:
        kind, rest = items[0], items[1:]
        takers = {"log": self._log, "witness": self._witness, "group": self._group, "quorum": self._take_quorum}
        if kind not in takers:
            raise NoteError(f"{kind!r} is none of log, witness, group, quorum")
        takers[kind](rest)

    def policy(self) -> Policy:
        if self._quorum is None:
            raise NoteError("the trust file has no quorum line (quorum none asks for no witness)")
        return Policy(tuple(self._logs), self._witnesses, self._groups, self._quorum, self._urls)

    def _log(self, rest: Sequence[str]) -> None:
        if len(rest) not in (1, 2):
            raise NoteError("a log is: log VKEY [URL]")
        log = Verifier(rest[0])
        if any(known.public == log.public for known in self._logs):
            raise NoteError("the log's key is listed twice")
        self._logs.append(log)

    def _witness(self, rest: Sequence[str]) -> None:
        if len(rest) not in (2, 3):
            raise NoteError("a witness is: witness NAME VKEY [URL]")
        name, witness = rest[0], CosignatureVerifier(rest[1])
        self._new_name(name)
        if any(known.public == witness.public for known in self._witnesses.values()):
            raise NoteError("the witness's key is listed twice")
        self._witnesses[name] = witness
        if len(rest) == 3:
            self._urls[name] = rest[2]

    def _group(self, rest: Sequence[str]) -> None:
        if len(rest) < 3:
            raise NoteError("a group is: group NAME all|any|NUMBER MEMBER...")
        name, least, *members = rest
        self._new_name(name)
        for member in members:
            self._known(member)
            if member in self._members:
                raise NoteError(f"{member} is a member twice")
            self._members.add(member)
        number = {"any": 1, "all": len(members)}.get(least, 0)
        if not number and re.fullmatch(r"[1-9][0-9]{0,3}", least):
            number = int(least)
        if not 1 <= number <= len(members):
            raise NoteError(f"a group of {len(members)} cannot ask for {least}")
        self._groups[name] = Group(number, tuple(members))

    def _take_quorum(self, rest: Sequence[str]) -> None:
        if self._quorum is not None or len(rest) != 1:
            raise NoteError("there is exactly one line: quorum NAME")
        if rest[0] != _NONE:
            self._known(rest[0])
        self._quorum = rest[0]

    def _new_name(self, name: str) -> None:
        if name == _NONE or name in self._witnesses or name in self._groups:
            raise NoteError(f"the name {name} is taken")

    def _known(self, name: str) -> None:
        if name not in self._witnesses and name not in self._groups:
            raise NoteError(f"{name} is not defined above")
