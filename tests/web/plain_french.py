"""How hard a French text is to read: its syllables, its long words, and the formula of Kandel and Moles (1958), which
is Flesch's for French: 207 - 1.015 words a sentence - 73.6 syllables a word; 80 is easy, 60 is ordinary."""

import re

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?:])\s+(?=[A-ZÀ-Ý«%{])|\n+")
_PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")
_VOWELS = re.compile(r"i[éè]|eau|[éèêëïü]|[aeiouyàâîôûùœ]+")
_MUTE_END = re.compile(r"(?<=[^aeiouyàâéèêëîïôûùœ])(?:e|es|ent)$|(?<=é)es?$")
_ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’]", re.IGNORECASE)
LONG_WORD = 4


def sentences(text: str) -> list[str]:
    """The sentences; a colon ends one where a new one begins after it, as in a list."""
    return [one.strip() for one in _SENTENCE_END.split(_PLACE.sub("Paul", text)) if one.strip()]


def words(text: str) -> list[str]:
    """The words, without the letters elided before them: `l'hôpital` is `hôpital`."""
    return _WORD.findall(_ELIDED.sub(" ", _PLACE.sub("Paul", text)))


def syllables(word: str) -> int:
    """Spoken syllables, a mute end left out: `personne` 2, `hôpital` 3, `immédiat` 4, `soignent` 2."""
    total = 0
    for part in word.lower().split("-"):
        spoken = part.replace("qu", "k").replace("gu", "g")
        groups = len(_VOWELS.findall(spoken))
        total += max(1, groups - (1 if _MUTE_END.search(spoken) and groups > 1 else 0))
    return total


def ease(texts: list[str]) -> float:
    """Kandel and Moles over all these texts together."""
    every = [sentence for text in texts for sentence in sentences(text) if words(sentence)]
    spoken = [word for sentence in every for word in words(sentence)]
    return 207 - 1.015 * len(spoken) / len(every) - 73.6 * sum(map(syllables, spoken)) / len(spoken)


def long_words(text: str, syllables_from: int = LONG_WORD) -> list[str]:
    """The words of so many syllables or more; `appelez-nous` is two words."""
    return [one.lower() for word in words(text) for one in word.split("-") if syllables(one) >= syllables_from]
