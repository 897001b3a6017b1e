"""What a notice may not say: the words of `health_words.toml`, found in a text whatever its accents and case."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class HealthWords:
    """`everywhere` is forbidden even in the sender's name, `texts` in the words of a notice."""

    everywhere: re.Pattern[str]
    texts: re.Pattern[str]

    def in_sender(self, name: str) -> tuple[str, ...]:
        """The forbidden words a sender's name holds, folded, in their order."""
        return _found(self.everywhere, name)

    def in_text(self, text: str) -> tuple[str, ...]:
        """The forbidden words a notice's text holds, folded, in their order."""
        return _found(self.everywhere, text) + _found(self.texts, text)


def load_health_words() -> HealthWords:
    """Read the list that comes with the program."""
    lists = tomllib.loads(files("gateway.notifications").joinpath("health_words.toml").read_text(encoding="utf-8"))
    return HealthWords(everywhere=_pattern(lists["everywhere"]), texts=_pattern(lists["texts"]))


def _pattern(words: list[str]) -> re.Pattern[str]:
    parts = (
        re.escape(_folded(word.removesuffix("*"))).replace(r"\ ", r"\s+") + (r"\w*" if word.endswith("*") else "")
        for word in words
    )
    return re.compile(rf"\b(?:{'|'.join(parts)})\b")


def _found(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    return tuple(match.group() for match in pattern.finditer(_folded(text)))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold()
