"""Names as they are compared: without accent, case, hyphen, apostrophe or ligature, because no two systems spell a
French name alike (référentiel national d'identitovigilance: traits are compared without diacritics or punctuation)."""

import unicodedata

# What Unicode decomposition leaves whole. An apostrophe or a hyphen of any shape is a separator, see `fold`.
_LETTERS = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
                          "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "TH", "ı": "i"})  # fmt: skip


def fold(name: str) -> str:
    """The words of a name, upper case A-Z and 0-9, one space between: `L'Hôte-Lœuf` gives `L HOTE LOEUF`."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    letters = "".join(character for character in decomposed if not unicodedata.combining(character)).upper()
    return " ".join("".join(one if one.isascii() and one.isalnum() else " " for one in letters).split())


def name_key(name: str) -> str:
    """A name folded to one word: `Le Goff`, `LE-GOFF` and `LEGOFF` are all `LEGOFF`. What the directory compares."""
    return fold(name).replace(" ", "")


def first_given_name(given_names: str) -> str:
    """The first of all birth given names; `Jean-Pierre Marc` gives `Jean-Pierre`."""
    return given_names.split()[0] if given_names.split() else ""


def given_name_keys(given_names: str, used_given_name: str = "") -> frozenset[str]:
    """Every way the given names may be asked for: any run of consecutive ones, folded to one word, and the used one.

    `Jean-Pierre Marc` answers to JEAN, PIERRE, JEANPIERRE, JEANPIERREMARC, PIERREMARC and MARC.
    """
    words = fold(given_names).split()
    runs = {"".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1)}
    return frozenset(runs | {name_key(used_given_name)}) - {""}
