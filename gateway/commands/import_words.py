"""Why a file was not imported, in the words of the person who reads it."""

from gateway.commands.answers import say
from gateway.commands.ins_words import INS_WORDS
from gateway.dossiers.importing import RefusedFile

_WORDS = {
    **INS_WORDS,
    "ins-missing": ("aucun INS dans l'en-tête", "no INS in the header"),
    "identity-incomplete": ("l'identité de l'en-tête est incomplète", "the header's identity is incomplete"),
    "identity-mismatch": ("l'identité contredit celle de l'annuaire", "the identity contradicts the directory's"),
    "dossier-not-active": ("ce patient n'a pas de dossier actif", "this patient has no active dossier"),
    "not-cda": ("ce n'est pas un document CDA", "this is no CDA document"),
    "unreadable": ("illisible : coupé ou hostile", "unreadable: cut or hostile"),
    "too-large": ("trop volumineux", "too large"),
    "unique-id-reused": ("son identifiant est celui d'un autre document", "its id is another document's"),
}


def refusal_line(refused: RefusedFile) -> str:
    """`file: why`, in the language of `LANG`; nothing of the document's content."""
    french, english = _WORDS.get(refused.code, (refused.reason, refused.reason))
    return say(f"{refused.file} : {french}", f"{refused.file}: {english}")
