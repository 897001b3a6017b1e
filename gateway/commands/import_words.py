"""Why a file was not imported, in the words of the person who reads it."""

from gateway.commands.answers import say
from gateway.dossiers.importing import RefusedFile

_WORDS = {
    "ins-length": ("le matricule INS n'a pas 15 caractères", "the INS does not have 15 characters"),
    "ins-characters": ("le matricule INS contient un caractère interdit", "the INS holds a forbidden character"),
    "ins-key": ("la clé du matricule INS est fausse", "the key of the INS is wrong"),
    "ins-oid-unknown": ("l'OID n'est pas celui d'un INS", "the OID is not that of an INS"),
    "ins-oid-forbidden": (
        "ce type d'INS n'est pas accepté ici (test ou réel)",
        "this kind of INS is not accepted here",
    ),
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
