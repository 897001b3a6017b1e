"""The alphabet of a text message (3GPP TS 23.038, section 6.2.1): what one segment of 160 septets can hold.

A sign outside the alphabet turns the whole message into UCS-2, of 70 signs a segment: two or three messages for one.
"""

import unicodedata

SEGMENT_SEPTETS = 160

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")  # two septets each
_NEAREST = str.maketrans({
    "’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "œ": "oe", "Œ": "OE",
    "\u00a0": " ", "\u202f": " ", "\u2011": "-",
})  # fmt: skip


def septets(text: str) -> int:
    """How many septets the text takes. Raises ValueError when a sign is outside the alphabet."""
    count = 0
    for sign in text:
        if sign in _BASIC:
            count += 1
        elif sign in _EXTENDED:
            count += 2
        else:
            raise ValueError(f"{unicodedata.name(sign, 'a control sign')} is not in the GSM 7-bit alphabet")
    return count


def nearest(text: str) -> str:
    """The same text within the alphabet: accents it does not know are dropped (`ê` is `e`), the unknown is `?`."""
    return "".join(_nearest_sign(sign) for sign in text.translate(_NEAREST))


def _nearest_sign(sign: str) -> str:
    if sign in _BASIC or sign in _EXTENDED:
        return sign
    base = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
    return base if base and all(part in _BASIC for part in base) else "?"
