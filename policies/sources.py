"""The files of one version of the rules, read once, and the digest that names that version."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from policies.errors import Fault, PolicyError

SCHEMA = "hospital.cedarschema"
MATRIX = "matrix.csv"
UNITS = "units.csv"
OBLIGATIONS = "obligations.toml"
WORDS = "words.toml"
PROFESSIONS = "guardrails/professions.csv"
REQUIRED = (SCHEMA, MATRIX, UNITS, OBLIGATIONS, WORDS, PROFESSIONS)

MAX_FILE_BYTES = 4_000_000  # a matrix of every profession and type is about 0.6 MB

ENGINE = f"cedarpy {version('cedarpy')}; face 1"


@dataclass(frozen=True, slots=True)
class Sources:
    """The content of each file, by its path inside the policy folder (POSIX form)."""

    files: Mapping[str, bytes]

    @classmethod
    def read(cls, folder: Path) -> "Sources":
        """Read what a version is made of. Raises `PolicyError` naming each file that is missing or unreadable."""
        faults: list[Fault] = []
        found: dict[str, bytes] = {}
        cedar = sorted(folder.glob("rules/*.cedar")) + sorted(folder.glob("guardrails/*.cedar"))
        for path in [*(folder / name for name in REQUIRED), *cedar]:
            name = path.relative_to(folder).as_posix()
            try:
                content = path.read_bytes()
            except OSError as trouble:
                faults.append(_file_fault(name, f"illisible ({trouble.strerror})", f"unreadable ({trouble.strerror})"))
                continue
            if len(content) > MAX_FILE_BYTES:
                faults.append(_file_fault(name, "fichier trop gros", "file too large"))
                continue
            found[name] = content
        for kind in ("rules", "guardrails"):
            if not any(name.startswith(f"{kind}/") and name.endswith(".cedar") for name in found):
                faults.append(_file_fault(f"{kind}/", "aucun fichier .cedar", "no .cedar file"))
        if faults:
            raise PolicyError(faults)
        return cls(MappingProxyType(found))

    def text(self, name: str) -> str:
        """The text of a file; spreadsheets put a byte order mark first, which is dropped. Raises `PolicyError`."""
        try:
            return self.files[name].decode("utf-8-sig").replace("\r\n", "\n")
        except KeyError:
            raise PolicyError([_file_fault(name, "fichier absent", "file missing")]) from None
        except UnicodeDecodeError:
            raise PolicyError([_file_fault(name, "enregistrez-le en UTF-8", "save it as UTF-8")]) from None

    def cedar_files(self) -> list[str]:
        """The rule and guardrail files, in reading order."""
        return sorted(name for name in self.files if name.endswith(".cedar"))

    @property
    def digest(self) -> str:
        """SHA-256 in lower-case hex over every file and the engine version: the name of this version."""
        return _digest_of(self.files)

    @property
    def guardrails_digest(self) -> str:
        """SHA-256 over the files under guardrails/ alone, for the configuration to pin."""
        return _digest_of({name: data for name, data in self.files.items() if name.startswith("guardrails/")}, "")


def _digest_of(files: Mapping[str, bytes], engine: str = ENGINE) -> str:
    whole = hashlib.sha256(f"{engine}\n".encode())
    for name in sorted(files):
        whole.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return whole.hexdigest()


def _file_fault(name: str, fr: str, en: str) -> Fault:
    return Fault(file=name, line=0, rule_id="", fr=f"{name} : {fr}", en=f"{name}: {en}")
