"""French words that change the meaning of a line: yes, no, none, stopped. Compared folded (no accent, no case)."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_IN_BRACKETS = re.compile(r"\((?:cim|cisp|drc|orpha|code|ccam|atc|emdn)[^)]*\)|\[[^\]]*\]", re.IGNORECASE)
_UNIT_GLUED = re.compile(r"(\d)([a-z])")
# Said of a diagnosis to say that nothing more is said.
_EMPTY_WORDS = frozenset({"sp", "sai", "sans", "precision", "de", "du", "des", "la", "le", "l", "d", "a", "au", "et"})

_YES = frozenset({"oui", "yes", "o", "vrai", "true", "effectue", "fait", "present", "presente", "positif"})
_NO = frozenset(
    {"non", "no", "n", "faux", "false", "aucun", "aucune", "neant", "absent", "absente", "negatif", "non effectue"}
)
_NOTHING = frozenset({"", "-", "--", "—", "–", "/", ".", "n/a", "na", "sans objet"})

# A whole line that says there is none, about the section it stands in: a word of absence, then nothing but words that
# do not narrow it. « Aucune allergie médicamenteuse » narrows, « Absence de rein gauche » is a finding: both are lines.
_ABSENCE = re.compile(r"^(?:aucune?s?|absence(?: connue)? (?:de?|d)|pas (?:de?|d)|neant|sans|no|none|ne prend aucun)\b")
_NONE_ALONE = frozenset({"ras", "r a s", "rien a signaler", "rien de particulier", "nil"})
_NOT_NARROWING_WORDS = """
    allergie allergies allergique allergiques intolerance intolerances hypersensibilite hypersensibilites
    idiosyncrasie effet effets indesirable indesirables traitement traitements medicament medicaments
    medicamenteux habituel habituels chronique chroniques fond long cours cour en au antecedent antecedents probleme
    problemes pathologie pathologies maladie maladies comorbidite comorbidites actif actifs active actives acte actes
    dispositif dispositifs medical medicaux implant implants implante implantes prothese protheses vaccin vaccins
    vaccination vaccinations directive directives anticipee anticipees redigee redigees connu connue connus connues
    identifie identifiee identifiees identifies signale signalee signales signalees declare declaree declarees
    rapportee rapporte notable notables particulier particuliere a ce jour pendant le la les sejour ni et ou de d du
    des signaler par patient patiente l known allergies allergy medication medications problems active
"""
_NOT_NARROWING = frozenset(_NOT_NARROWING_WORDS.split())
_NO_KNOWLEDGE = re.compile(r"\b(?:inconnue?s?|non renseignee?s?|non connue?s?|non precisee?s?|information)\b")
_STOPPED = re.compile(r"\b(?:arrete\w*|stoppe\w*|interrompu\w*|suspendu\w*|arret)\b")


def fold(text: str) -> str:
    """Lower case, without accents, words separated by one space: what two writings of one thing have in common."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae"))
    ascii_text = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    return _NOT_WORD.sub(" ", ascii_text).strip()


def key_words(text: str) -> frozenset[str]:
    """The words that carry the meaning of a term: without its code in brackets, `75mg` and `75 mg` alike."""
    folded = _UNIT_GLUED.sub(r"\1 \2", fold(_IN_BRACKETS.sub(" ", text)))
    found = frozenset(folded.split())
    return (found - _EMPTY_WORDS) or found


def says_yes(text: str) -> bool:
    """A bare yes."""
    return fold(text) in _YES


def says_no(text: str) -> bool:
    """A bare no, none or negative."""
    return fold(text) in _NO


def says_nothing(text: str) -> bool:
    """A dash or an empty cell."""
    return text.strip().lower() in _NOTHING


def says_none_known(text: str) -> bool:
    """`Aucune allergie connue`, `Néant`...: the section's subject is denied as a whole."""
    folded = fold(text)
    absence = _ABSENCE.match(folded)
    if absence is None:
        return folded in _NONE_ALONE
    return frozenset(folded[absence.end() :].split()) <= _NOT_NARROWING


def says_not_known(text: str) -> bool:
    """`Non renseigné`, `Inconnu`, `Aucune information`: neither a yes nor a no."""
    return _NO_KNOWLEDGE.search(fold(text)) is not None and not re.search(r"\bconnues?\b", fold(text))


def says_stopped(text: str) -> bool:
    """The words of a title or cell about treatments that were stopped."""
    return _STOPPED.search(fold(text)) is not None
