"""What is wrong with a matricule INS, by the code of `gateway.errors.InvalidIns`: French and English."""

from collections.abc import Mapping

INS_WORDS: Mapping[str, tuple[str, str]] = {
    "ins-length": ("le matricule INS n'a pas 15 caractères", "the INS does not have 15 characters"),
    "ins-characters": ("le matricule INS contient un caractère interdit", "the INS holds a forbidden character"),
    "ins-key": ("la clé du matricule INS est fausse", "the key of the INS is wrong"),
    "ins-oid-unknown": ("l'OID n'est pas celui d'un INS", "the OID is not that of an INS"),
    "ins-oid-forbidden": (
        "ce type d'INS n'est pas accepté ici (test ou réel)",
        "this kind of INS is not accepted here (test or real)",
    ),
}
