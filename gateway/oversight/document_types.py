"""The document types hospital IT gives out profession by profession, with the class each is filed in."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.dossiers.cda.describe import load_document_types


@dataclass(frozen=True, slots=True)
class FiledType:
    """A row of JDV_J07: the type's French label, and its class ("" when in none)."""

    code: str
    label: str
    class_code: str


def filed_types() -> Mapping[str, FiledType]:
    """JDV_J07 by type code, in its own order."""
    return {code: FiledType(code, known.label, known.class_code) for code, known in load_document_types().items()}
