"""What the command line says, in French and in English. Faults are told with their place, never with a value."""

from collections.abc import Mapping

Texts = Mapping[str, tuple[str, str]]

FAULTS: Texts = {
    "key_differs": (
        "la clé du dossier (log.vkey) n'est pas la clé de confiance de {trusted}",
        "the key in the bundle (log.vkey) is not the trusted key of {trusted}",
    ),
    "file_missing": ("le fichier {file} manque", "the file {file} is missing"),
    "file_malformed": (
        "{file}, ligne {line} : le contenu n'a pas la forme attendue",
        "{file}, line {line}: the content does not have the expected form",
    ),
    "checkpoint_signature": (
        "la tête signée de taille {size} n'est pas signée par la clé de confiance : elle a été réécrite",
        "the signed head of size {size} is not signed by the trusted key: it was rewritten",
    ),
    "checkpoint_order": (
        "la tête signée de taille {size} (ligne {line}) suit une tête de taille {previous}",
        "the signed head of size {size} (line {line}) follows a head of size {previous}",
    ),
    "checkpoint_head": (
        "le fichier checkpoint annonce {size} entrées, la dernière tête signée {last} : l'un des deux a été remplacé",
        "the file checkpoint says {size} entries, the last signed head {last}: one of them was replaced",
    ),
    "consistency_proof": (
        "la preuve que la tête {second} prolonge la tête {first} est fausse : altérée ou échangée (ligne {line})",
        "the proof that head {second} extends head {first} is false: altered or swapped (line {line})",
    ),
    "anchor_signature": (
        "l'ancre n° {anchor} n'est pas une tête signée par la clé de confiance",
        "anchor number {anchor} is not a head signed by the trusted key",
    ),
    "anchor_beyond": (
        "l'ancre n° {anchor} couvre {size} entrées, le dossier s'arrête à {last} : la fin du journal a été coupée",
        "anchor number {anchor} covers {size} entries, the bundle ends at {last}: the tail of the log was cut off",
    ),
    "anchor_conflict": (
        "l'ancre de taille {size} a une autre racine : journal réécrit, ou montré différemment à deux lecteurs",
        "the anchor of size {size} has another root: the log was rewritten, or shown differently to two readers",
    ),
    "entry_changed": (
        "l'entrée {index} (ligne {line}) a été modifiée",
        "entry {index} (line {line}) was changed",
    ),
    "entry_deleted": (
        "{count} entrée(s) supprimée(s) à partir de l'entrée {index} (ligne {line})",
        "{count} entry(ies) deleted from entry {index} on (line {line})",
    ),
    "entry_inserted": (
        "{count} entrée(s) insérée(s) à la place {index} (ligne {line})",
        "{count} entry(ies) inserted at position {index} (line {line})",
    ),
    "entry_reordered": (
        "l'ordre a été changé : à la place {index} (ligne {line}) se trouve l'entrée {belongs}",
        "the order was changed: at position {index} (line {line}) stands entry {belongs}",
    ),
    "entries_truncated": (
        "la fin manque : {missing} entrée(s) signée(s) supprimée(s) à partir de l'entrée {index}",
        "the tail is missing: {missing} signed entry(ies) deleted from entry {index} on",
    ),
    "entries_beyond": (
        "des entrées ont été insérées à la fin, à partir de la place {index} : aucune tête signée ne les couvre",
        "entries were inserted at the end, from position {index} on: no signed head covers them",
    ),
    "entries_rewritten": (
        "les entrées {start} à {end} (exclue) ne donnent pas la racine signée ; les empreintes ont été changées aussi",
        "the entries {start} to {end} (excluded) do not give the signed root, and the hashes were changed too",
    ),
    "leaf_malformed": (
        "l'entrée {index} (ligne {line}) n'a pas la forme d'une entrée du journal",
        "entry {index} (line {line}) does not have the form of an entry of the log",
    ),
    "tile_changed": (
        "le fichier d'empreintes {file} a été modifié (les entrées, elles, sont intactes)",
        "the file of hashes {file} was changed (the entries themselves are intact)",
    ),
    "counter_gap": (
        "entrée {index} : la passerelle {gateway} (file {lane}) passe au numéro {found}, le numéro {expected} manque : "
        "une entrée a été supprimée avant d'être scellée",
        "entry {index}: gateway {gateway} (lane {lane}) jumps to number {found}, number {expected} is missing: "
        "an entry was deleted before it was sealed",
    ),
    "counter_repeated": (
        "entrée {index} : la passerelle {gateway} (file {lane}) répète le numéro {found}, {expected} était attendu",
        "entry {index}: gateway {gateway} (lane {lane}) repeats number {found}, {expected} was expected",
    ),
    "disclosure_mismatch": (
        "disclosures.jsonl, ligne {line} : la valeur « {name} » n'est pas celle de l'entrée {index}",
        "disclosures.jsonl, line {line}: the value “{name}” is not that of entry {index}",
    ),
    "disclosure_misplaced": (
        "disclosures.jsonl, ligne {line} : ces valeurs n'appartiennent pas à l'entrée {index}",
        "disclosures.jsonl, line {line}: these values do not belong to entry {index}",
    ),
}

WORDS: Texts = {
    "description": (
        "Vérifie hors ligne un journal exporté ou un reçu.",
        "Verify an exported log or a receipt, offline.",
    ),
    "verify": ("vérifie un journal exporté", "verify an exported log"),
    "receipt": ("vérifie le reçu d'un patient", "verify a patient's receipt"),
    "bundle": ("dossier du journal exporté", "folder of the exported log"),
    "file": ("fichier du reçu (JSON)", "file of the receipt (JSON)"),
    "key": ("clé publique du journal, ou fichier qui la contient", "public key of the log, or a file that holds it"),
    "anchor": (
        "tête signée gardée ailleurs (fichier ; peut être répété)",
        "signed head kept elsewhere (file; may be repeated)",
    ),
    "json": ("répond en JSON", "answer in JSON"),
    "verified": (
        "VÉRIFIÉ : journal {origin}, {size} entrées, {checkpoints} têtes signées, racine {root}",
        "VERIFIED: log {origin}, {size} entries, {checkpoints} signed heads, root {root}",
    ),
    "not_verified": ("NON VÉRIFIÉ : {fault}", "NOT VERIFIED: {fault}"),
    "receipt_verified": (
        "VÉRIFIÉ : l'entrée {entry} ({type}, {outcome}) est la n° {index} du journal {origin} ({size} entrées)",
        "VERIFIED: entry {entry} ({type}, {outcome}) is number {index} of the log {origin} ({size} entries)",
    ),
    "receipt_pending": (
        "le reçu n'a pas encore de preuve : demandez-le de nouveau dans un moment",
        "the receipt has no proof yet: ask for it again in a moment",
    ),
    "receipt_signature": (
        "la tête du journal n'est pas signée par la clé de confiance ({reason})",
        "the head of the log is not signed by the trusted key ({reason})",
    ),
    "receipt_disclosure": (
        "une valeur personnelle n'est pas celle de l'entrée ({reason})",
        "a personal value is not that of the entry ({reason})",
    ),
    "receipt_proof": (
        "la preuve ne montre pas que cette entrée est dans le journal ({reason})",
        "the proof does not show that this entry is in the log ({reason})",
    ),
    "wrong_key": (
        "la clé n'est ni une clé de vérification (nom+empreinte+base64) ni un fichier qui en contient une : {reason}",
        "the key is neither a verifier key (name+hash+base64) nor a file that holds one: {reason}",
    ),
    "unreadable": ("illisible : {reason}", "cannot be read: {reason}"),
}


def language(environment: Mapping[str, str]) -> int:
    """0 for French, 1 for English where LC_ALL, LC_MESSAGES or LANG, the first that is set, asks for it."""
    chosen = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return 1 if chosen.lower().startswith("en") else 0


def word(key: str, tongue: int, **values: object) -> str:
    """One message of WORDS."""
    return WORDS[key][tongue].format(**values)


def fault_text(code: str, details: Mapping[str, str | int], tongue: int) -> str:
    """One fault as a sentence. A line of a file is an index + 1 where the fault names only the index."""
    values = dict(details)
    if "index" in values:
        values.setdefault("line", int(values["index"]) + 1)
    return FAULTS[code][tongue].format(**values)
