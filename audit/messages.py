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
    "rotation_invalid": (
        "l'entrée {index} change la clé du journal, mais pas comme il se doit : signée par les deux clés, l'ancienne "
        "étant celle en vigueur, et couverte par une tête que les deux ont signée",
        "entry {index} changes the key of the log, but not as it must be: signed by both keys, the old one being that "
        "in force, and covered by a head that both signed",
    ),
    "rotation_unlogged": (
        "la tête de taille {size} est signée par une autre clé, et aucune entrée du journal n'annonce ce changement : "
        "clé volée ou changée en cachette",
        "the head of size {size} is signed by another key, and no entry of the log announces that change: "
        "a stolen key, or one changed in secret",
    ),
    "shard_unlinked": (
        "le journal {after} ne commence pas par la dernière tête de {before} : une année a été remplacée ou retirée",
        "the log {after} does not begin with the last head of {before}: a year was replaced or taken away",
    ),
    "shard_missing": (
        "l'année {missing} du journal n'est pas dans le dossier",
        "the year {missing} of the log is not in the bundle",
    ),
    "receipt_missing": (
        "l'entrée {entry} du reçu n° {anchor} (passerelle {gateway}, file {lane}, numéro {counter}) n'est pas dans le "
        "journal : supprimée, ou plus récente que l'export (exportez de nouveau)",
        "the entry {entry} of receipt number {anchor} (gateway {gateway}, lane {lane}, number {counter}) is not in the "
        "log: deleted, or newer than the export (export again)",
    ),
    "receipt_conflict": (
        "le reçu n° {anchor} promet une autre entrée {entry} que celle du journal : elle a été remplacée",
        "receipt number {anchor} promises another entry {entry} than that of the log: it was replaced",
    ),
    "receipt_untrusted": (
        "l'ancre n° {anchor} n'est pas un reçu signé par une passerelle que ce journal reconnaît",
        "anchor number {anchor} is not a receipt signed by a gateway that this log vouches for",
    ),
    "quorum_missing": (
        "aucune tête n'est cosignée par les témoins que demande le fichier de confiance ({quorum})",
        "no head is cosigned by the witnesses that the trust file asks for ({quorum})",
    ),
    "timestamp_missing": (
        "vous demandez un horodatage, et l'export n'en a aucun : il a été retiré, ou jamais demandé",
        "you ask for a time-stamp, and the export has none: it was taken out, or never asked for",
    ),
    "timestamp_invalid": (
        "{file} : l'horodatage n'est pas celui d'une autorité de confiance, ou il a été altéré",
        "{file}: the time-stamp is not by a trusted authority, or it was altered",
    ),
    "timestamp_conflict": (
        "{file} : l'horodatage est celui d'une autre tête que celle de taille {size} : le journal a été réécrit",
        "{file}: the time-stamp is of another head than that of size {size}: the log was rewritten",
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
    "page": ("écrit la page qui vérifie les reçus sans Python", "write the page that verifies receipts without Python"),
    "bundle": ("dossier du journal exporté, ou historique (JSON)", "folder of the exported log, or a history (JSON)"),
    "file": ("fichier du reçu ou de l'historique (JSON)", "file of the receipt or the history (JSON)"),
    "policy": ("fichier de confiance (C2SP tlog-policy)", "trust file (C2SP tlog-policy)"),
    "tsa_root": (
        "certificat racine d'une autorité d'horodatage (PEM ; peut être répété)",
        "root certificate of a time-stamp authority (PEM; may be repeated)",
    ),
    "key": ("clé publique du journal, ou fichier qui la contient", "public key of the log, or a file that holds it"),
    "anchor": (
        "tête signée ou reçu gardé ailleurs (fichier ; peut être répété)",
        "signed head or receipt kept elsewhere (file; may be repeated)",
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
    "receipt_promised": (
        "le reçu n'a pas encore de preuve, mais la passerelle {gateway} a signé qu'elle a enregistré l'entrée {entry} "
        "(file {lane}, numéro {counter}) : gardez-le, il montrera si le journal l'a perdue",
        "the receipt has no proof yet, but gateway {gateway} signed that it recorded entry {entry} (lane {lane}, "
        "number {counter}): keep it, it will show whether the log lost it",
    ),
    "receipt_quorum": (
        "trop peu de témoins ont cosigné la tête du journal ({reason})",
        "too few witnesses cosigned the head of the log ({reason})",
    ),
    "history_verified": (
        "VÉRIFIÉ : {entries} entrées de {subject} sont au journal {origin} ({size} entrées)",
        "VERIFIED: {entries} entries of {subject} are in the log {origin} ({size} entries)",
    ),
    "history_complete": (
        "L'historique est complet jusqu'au {until}, quand ce fichier a été fait : numéros 1 à {last}, aucun ne manque",
        "The history is complete until {until}, when this file was made: numbers 1 to {last}, none is missing",
    ),
    "history_since": (
        "({count} entrées plus anciennes n'ont pas de numéro : l'historique n'est montré complet que depuis le "
        "{since})",
        "({count} older entries have no number: the history is shown complete from {since} on only)",
    ),
    "history_erased": (
        "(numéros effacés, et déclarés tels au journal : {erased})",
        "(numbers erased, and declared so in the log: {erased})",
    ),
    "history_uncounted": (
        "Ces entrées ne sont pas numérotées (un programme, ou d'avant la numérotation) : rien ne montre que "
        "l'historique est complet",
        "These entries are not numbered (a program's, or from before numbering): nothing shows that the history is "
        "complete",
    ),
    "history_gap": (
        "des accès manquent à l'historique : numéros {first} à {last}",
        "accesses are missing from the history: numbers {first} to {last}",
    ),
    "history_repeated": (
        "le numéro {first} vient deux fois dans l'historique : le compteur a été reculé",
        "number {first} comes twice in the history: the counter was turned back",
    ),
    "history_unwitnessed": (
        "(les {count} plus récentes, d'un jour au plus, n'ont pas encore été vues par un témoin)",
        "(the {count} newest, a day old at most, were not seen by a witness yet)",
    ),
    "history_foreign": (
        "l'entrée n° {first} de l'historique est celle de quelqu'un d'autre",
        "entry {first} of the history is somebody else's",
    ),
    "history_unclosed": (
        "la fin de l'historique manque : rien après le numéro {last} ne montre quand ce fichier a été fait",
        "the end of the history is missing: nothing after number {last} shows when this file was made",
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
    "wrong_policy": ("le fichier de confiance est inutilisable : {reason}", "the trust file is unusable: {reason}"),
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
