"""What a permit may require: the vocabulary of obligations.toml, and how the obligations of several rules combine."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from policies.errors import Fault, nearest_word
from policies.sources import OBLIGATIONS
from policies.toml_lines import line_at, lines_of

_DURATION = re.compile(r"([1-9]\d{0,4})(min|h|d)")
_MINUTES = {"min": 1, "h": 60, "d": 1440}
# The arguments people have a name for; any other is said as it is written.
_ARGUMENTS: Mapping[str, tuple[str, str]] = {
    "patient": ("le patient", "the patient"),
    "medecin_traitant": ("le médecin traitant", "the médecin traitant"),
    "first_access": ("le patient, au premier accès", "the patient, at a first access"),
    "dpo": ("le DPO", "the DPO"),
    "securite": ("le responsable de la sécurité", "the security officer"),
}
_FIELDS = ("arguments", "duration", "combine", "fr", "en")


@dataclass(frozen=True, slots=True)
class Kind:
    """One word of the vocabulary."""

    name: str
    arguments: tuple[str, ...]  # () when it takes none
    duration: bool
    smallest: bool  # keep the shortest duration of the same word and argument
    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class Obligations:
    """The vocabulary of one version of the rules."""

    kinds: Mapping[str, Kind]
    bare: Mapping[str, str] = field(default_factory=dict)  # what a word without arguments stands for (settings.toml)

    def with_settings(self, bare: Mapping[str, str]) -> "Obligations":
        """The same vocabulary, where `limit` and `cosign` alone mean what the hospital's settings say."""
        return replace(self, bare=bare)

    def split(self, annotation: str) -> tuple[str, ...]:
        """The obligations of one `@obligations("a;b:c")` annotation, in its own order, the settings filled in."""
        words = (word.strip() for word in annotation.split(";"))
        return tuple(self.bare.get(word, word) for word in words if word)

    def trouble(self, obligation: str) -> tuple[str, str, str] | None:
        """(French, English, nearest word) when an obligation is not of the vocabulary, None when it is."""
        name, *rest = obligation.split(":")
        kind = self.kinds.get(name)
        if not self.kinds:
            return None  # the vocabulary itself could not be read: that is the fault to tell
        if kind is None:
            near = nearest_word(name, self.kinds)
            return f"obligation inconnue : « {obligation} »", f"unknown obligation: '{obligation}'", near
        if kind.arguments and (not rest or rest[0] not in kind.arguments):
            near = nearest_word(rest[0] if rest else "", kind.arguments)
            words = ", ".join(kind.arguments)
            return (
                f"« {obligation} » : après « {name}: » on attend {words}",
                f"'{obligation}': after '{name}:' one of {words} is expected",
                f"{name}:{near}" if near else "",
            )
        tail = rest[1:] if kind.arguments else rest
        if kind.duration and len(tail) == 1 and _DURATION.fullmatch(tail[0]):
            return None
        if not kind.duration and not tail:
            return None
        fr, en = ("une durée (30min, 24h, 7d)", "a duration") if kind.duration else ("rien de plus", "nothing more")
        return f"« {obligation} » : on attend {fr}", f"'{obligation}': {en} is expected", ""

    def combine(self, obligations: Iterable[str]) -> tuple[str, ...]:
        """All of them, sorted; of the same word and argument with a duration, the shortest."""
        kept: dict[str, str] = {}
        for obligation in obligations:
            head, _, last = obligation.rpartition(":")
            if not self.kinds[obligation.split(":")[0]].smallest:
                kept[obligation] = obligation
            elif head not in kept or minutes(last) < minutes(kept[head].rpartition(":")[2]):
                kept[head] = obligation
        return tuple(sorted(kept.values()))

    def words(self, obligation: str, language: str) -> str:
        """One obligation in plain words; `language` is "fr" or "en"."""
        name, *rest = obligation.split(":")
        kind = self.kinds[name]
        argument = rest[0] if kind.arguments else ""
        argument = _ARGUMENTS.get(argument, (argument, argument))[language != "fr"]
        duration = _spaced(rest[-1]) if rest else ""
        return (kind.fr if language == "fr" else kind.en).format(argument=argument, duration=duration)


def _spaced(duration: str) -> str:
    """`24 h` of `24h`."""
    match = _DURATION.fullmatch(duration)
    return f"{match.group(1)} {match.group(2)}" if match else duration


def minutes(duration: str) -> int:
    """Minutes of `30min`, `24h` or `7d`. Raises `ValueError`."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(f"not a duration: {duration}")
    return int(match.group(1)) * _MINUTES[match.group(2)]


def read_obligations(text: str) -> tuple[Obligations, list[Fault]]:
    """Read the vocabulary and list what is wrong with it."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as trouble:
        found = re.search(r"line (\d+)", str(trouble))
        line = int(found.group(1)) if found else 0
        fault = Fault(file=OBLIGATIONS, line=line, rule_id="", fr=f"TOML illisible : {trouble}", en=f"{trouble}")
        return Obligations({}), [fault]
    kinds: dict[str, Kind] = {}
    lines = lines_of(text)
    faults: list[Fault] = []
    for name, table in tables.items():
        if not isinstance(table, dict) or any(field not in table for field in _FIELDS):
            fr, en = f"[{name}] doit dire {', '.join(_FIELDS)}", f"[{name}] must say {', '.join(_FIELDS)}"
            line = line_at(lines, (name,))
            faults.append(Fault(file=OBLIGATIONS, line=line, rule_id="", fr=fr, en=en, word=name))
            continue
        kinds[name] = Kind(
            name=name,
            arguments=tuple(str(word) for word in table["arguments"]),
            duration=table["duration"] is True,
            smallest=table["combine"] == "smallest",
            fr=str(table["fr"]),
            en=str(table["en"]),
        )
    return Obligations(kinds), faults
