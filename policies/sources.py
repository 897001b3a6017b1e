"""The files of one version of the rules, read once, and the digest that names that version."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from policies.errors import Fault, PolicyError, nearest_word

SCHEMA = "hospital.cedarschema"
MATRIX = "matrix.csv"
UNITS = "units.csv"
SETTINGS = "settings.toml"
OBLIGATIONS = "obligations.toml"
WORDS = "words.toml"
PROFESSIONS = "guardrails/professions.csv"
REQUIRED = (SCHEMA, MATRIX, UNITS, SETTINGS, OBLIGATIONS, WORDS, PROFESSIONS)

# What else a version is made of: the files of these folders with these endings.
FOLDERS: Mapping[str, str] = {"rules": ".cedar", "guardrails": ".cedar", "invariants": ".cedar", "cases": ".yaml"}
# A version without a file of these kinds cannot serve.
NEEDED = ("rules", "guardrails", "invariants")

MAX_FILE_BYTES = 4_000_000  # a matrix of every profession and type is about 0.6 MB
MAX_BYTES = 16_000_000
MAX_FILES = 500
# No leading dot, so no `..`, no hidden file; nothing a file system or a shell could read otherwise.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,3}", re.ASCII)

ENGINE = f"cedarpy {version('cedarpy')}; face 1"


@dataclass(frozen=True, slots=True)
class Sources:
    """The content of each file, by its path inside the policy folder (POSIX form). Made by `read` or `of`."""

    files: Mapping[str, bytes]

    @classmethod
    def read(cls, folder: Path) -> "Sources":
        """Read what a version is made of. Raises `PolicyError` naming each file that is missing or unreadable."""
        faults: list[Fault] = []
        found: dict[str, bytes] = {}
        for path in _paths(folder):
            name = path.relative_to(folder).as_posix()
            try:
                with path.open("rb") as file:
                    found[name] = file.read(MAX_FILE_BYTES + 1)
            except OSError as trouble:
                faults.append(_file_fault(name, f"illisible ({trouble.strerror})", f"unreadable ({trouble.strerror})"))
        unreadable = {fault.file for fault in faults}
        faults += [fault for fault in _faults_of(found) if fault.file not in unreadable]
        if faults:
            raise PolicyError(faults)
        return cls(MappingProxyType(found))

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> "Sources":
        """The same from memory (a draft, a version kept in a database), with the same limits on names, sizes and count.

        Raises `PolicyError` naming each file that is missing, too large, or of no version's kind.
        """
        if faults := _faults_of(files):
            raise PolicyError(faults)
        return cls(MappingProxyType(dict(files)))

    def text(self, name: str) -> str:
        """The text of a file; spreadsheets put a byte order mark first, which is dropped. Raises `PolicyError`."""
        try:
            return self.files[name].decode("utf-8-sig").replace("\r\n", "\n")
        except KeyError:
            raise PolicyError([_file_fault(name, "fichier absent", "file missing")]) from None
        except UnicodeDecodeError:
            raise PolicyError([_file_fault(name, "enregistrez-le en UTF-8", "save it as UTF-8")]) from None

    def cedar_files(self) -> list[str]:
        """The rule and guardrail files, in reading order. The invariants are no rules: they are only proved."""
        return [name for name in self._under("rules", "guardrails") if name.endswith(".cedar")]

    def invariant_files(self) -> list[str]:
        """The files of what no version may ever allow, in reading order."""
        return self._under("invariants")

    def case_files(self) -> list[str]:
        """The case files, personas included, in reading order; the hospital's own are under `cases/local/`."""
        return self._under("cases")

    @property
    def digest(self) -> str:
        """SHA-256 in lower-case hex over every file and the engine version: the name of this version."""
        return _digest_of(self.files)

    @property
    def guardrails_digest(self) -> str:
        """SHA-256 over the files under guardrails/ and invariants/ alone, for the configuration to pin."""
        return _digest_of({name: self.files[name] for name in self._under("guardrails", "invariants")}, "")

    def _under(self, *folders: str) -> list[str]:
        return sorted(name for name in self.files if name.partition("/")[0] in folders and "/" in name)


def _paths(folder: Path) -> list[Path]:
    """The required files, and whatever stands in the folders of a version but hidden files and editors' copies."""
    inside = [path for kind in FOLDERS for path in sorted((folder / kind).rglob("*")) if path.is_file()]
    kept = [path for path in inside if not path.name.startswith(".") and not path.name.endswith(("~", ".swp", ".bak"))]
    return [*(folder / name for name in REQUIRED if folder / name not in kept), *kept]


def _faults_of(files: Mapping[str, bytes]) -> list[Fault]:
    faults = [_file_fault(name, "fichier absent", "file missing") for name in REQUIRED if name not in files]
    for name, content in files.items():
        if not _NAME.fullmatch(name):
            shown = "".join(sign if sign.isprintable() else "?" for sign in name[:100])
            faults.append(
                _file_fault(
                    shown, "nom de fichier refusé (lettres, chiffres, . _ -)", "file name refused (a-z 0-9 . _ -)"
                )
            )
        elif name not in REQUIRED and not _is_of_a_kind(name):
            faults.append(_stray(name))
        elif len(content) > MAX_FILE_BYTES:
            faults.append(_file_fault(name, "fichier trop gros", "file too large"))
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
        faults.append(
            _file_fault("./", "trop de fichiers, ou trop gros ensemble", "too many files, or too large in all")
        )
    for kind in NEEDED:
        if not any(name.startswith(f"{kind}/") and name.endswith(".cedar") for name in files):
            faults.append(_file_fault(f"{kind}/", "aucun fichier .cedar", "no .cedar file"))
    return faults


def _is_of_a_kind(name: str) -> bool:
    folder, slash, rest = name.partition("/")
    deep = folder == "cases" or "/" not in rest
    return bool(slash) and deep and folder in FOLDERS and name.endswith(FOLDERS[folder])


def _stray(name: str) -> Fault:
    """A file nobody would read: left alone, a rule its author believes in force would not be."""
    folder = name.partition("/")[0]
    ending = FOLDERS.get(folder, "")
    fr = f"ce fichier ne serait pas lu : {ending} est attendu ici" if ending else "ce fichier n'est d'aucune version"
    en = f"this file would not be read: {ending} is expected here" if ending else "no version holds such a file"
    return Fault(
        file=name, line=0, rule_id="", fr=f"{name} : {fr}", en=f"{name}: {en}", word=name,
        nearest=nearest_word(name, REQUIRED),
    )  # fmt: skip


def _digest_of(files: Mapping[str, bytes], engine: str = ENGINE) -> str:
    whole = hashlib.sha256(f"{engine}\n".encode())
    for name in sorted(files):
        whole.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return whole.hexdigest()


def _file_fault(name: str, fr: str, en: str) -> Fault:
    return Fault(file=name, line=0, rule_id="", fr=f"{name} : {fr}", en=f"{name}: {en}")
