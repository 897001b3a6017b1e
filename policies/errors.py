"""What is wrong with a set of rules: every fault at once, each with its place, and the nearest right word of a typo."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing to put right before the rules may be used."""

    file: str  # path inside the policy folder, e.g. rules/10-soins.cedar
    line: int  # 1-based; 0 when the fault is the file as a whole
    rule_id: str  # the @id of the rule, "" outside a rule
    fr: str  # one sentence for people
    en: str
    word: str = ""  # the word that is wrong, "" when the fault is not a word
    nearest: str = ""  # the nearest right word, "" when none is near

    def sentence(self, language: str) -> str:
        """The fault on one line: `file:line [rule] sentence (nearest word)`; `language` is "fr" or "en"."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        rule = f" [{self.rule_id}]" if self.rule_id else ""
        said = self.fr if language == "fr" else self.en
        ask = f"vouliez-vous dire « {self.nearest} » ?" if language == "fr" else f"did you mean '{self.nearest}'?"
        hint = f" ({ask})" if self.nearest else ""
        return f"{place}{rule} {said}{hint}"


class PolicyError(Exception):
    """The rules cannot be used. `faults` lists everything that is wrong; none of it is in force."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(faults, key=lambda f: (f.file, f.line, f.rule_id, f.en)))
        super().__init__("\n".join(fault.sentence("en") for fault in self.faults))


def nearest_word(word: str, known: Iterable[str]) -> str:
    """The known word closest to `word`, or "" when none is close enough to be what was meant."""
    candidates = sorted(known)
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    if word.lower() in by_lower:
        return by_lower[word.lower()]
    found = get_close_matches(word, candidates, n=1, cutoff=0.6)
    return found[0] if found else ""


def unknown_word(file: str, line: int, word: str, known: Iterable[str], noun_fr: str, noun_en: str) -> Fault:
    """A word of a table that no list knows, with the nearest one."""
    return Fault(
        file=file,
        line=line,
        rule_id="",
        fr=f"{noun_fr} : mot inconnu « {word} »",
        en=f"{noun_en}: unknown word '{word}'",
        word=word,
        nearest=nearest_word(word, known),
    )
