"""A sentence for each finding about what people did: reviews, contests, choices, rules, erasures; and about anchors."""

from collections.abc import Mapping

Texts = tuple[str, str]

ACTS: Mapping[str, Texts] = {
    "history_gap": (
        "le numéro {first} à {last} des entrées de {row} manque : des accès seraient cachés dans son historique",
        "number {first} to {last} of the entries about {row} is missing: accesses would be hidden from their history",
    ),
    "history_repeated": (
        "l'entrée {row} porte un numéro déjà donné à {subject} : {number}",
        "entry {row} bears a number given to {subject} before: {number}",
    ),
    "history_cut": (
        "l'historique de {row} a compté {counter} entrées et s'arrête au numéro {last} : les dernières manquent",
        "the history of {row} counted {counter} entries and ends at number {last}: the last ones are missing",
    ),
    "history_turned_back": (
        "le compteur de l'historique de {row} est à {counter}, ses entrées vont à {last} : ramené en arrière",
        "the counter of the history of {row} is at {counter}, its entries go up to {last}: it was turned back",
    ),
    "erasure_undone": (
        "l'entrée {row} montre le numéro {number} de {subject}, qu'un effacement enregistré dit effacé : restauré",
        "entry {row} shows number {number} of {subject}, which a recorded erasure says is gone: it was brought back",
    ),
    "key_without_values": (
        "la clé {row} de {subject} ({month}) est là, ses valeurs n'y sont plus : supprimées sans effacement",
        "key {row} of {subject} ({month}) is there, its values are not: deleted without an erasure",
    ),
    "order_without_entry": (
        "l'ordre d'effacement {row} n'a pas d'entrée au journal",
        "erasure order {row} has no entry in the log",
    ),
    "order_missing": (
        "l'ordre d'effacement {row} de l'entrée {entry} n'est plus dans la base",
        "erasure order {row} of entry {entry} is no longer in the database",
    ),
    "review_without_entry": (
        "le dossier de revue {row} n'a ni accès d'urgence ni contestation au journal",
        "review {row} has neither an emergency access nor a contest in the log",
    ),
    "review_missing": (
        "l'accès d'urgence {row} (entrée {entry}) n'a plus de dossier de revue",
        "emergency access {row} (entry {entry}) no longer has its review",
    ),
    "step_without_entry": (
        "l'étape de revue {row} ({kind}) n'a pas d'entrée au journal ({entry})",
        "review step {row} ({kind}) has no entry in the log ({entry})",
    ),
    "step_missing": (
        "l'étape de revue « {kind} » de l'accès {row} (entrée {entry}) n'est plus dans la base",
        "review step “{kind}” of access {row} (entry {entry}) is no longer in the database",
    ),
    "rule_without_entry": (
        "l'effet de la règle de revue {row} n'a pas d'entrée au journal",
        "the effect of review rule {row} has no entry in the log",
    ),
    "rule_missing": (
        "l'effet de la règle de revue {row} (entrée {entry}) n'est plus dans la base",
        "the effect of review rule {row} (entry {entry}) is no longer in the database",
    ),
    "contest_without_entry": (
        "la contestation {row} n'a pas d'entrée au journal",
        "contest {row} has no entry in the log",
    ),
    "contest_missing": (
        "la contestation {row} de l'entrée {entry} n'est plus dans la base",
        "contest {row} of entry {entry} is no longer in the database",
    ),
    "block_without_entry": (
        "le blocage {row} n'a pas d'entrée au journal, ou a été levé",
        "block {row} has no entry in the log, or was withdrawn",
    ),
    "block_missing": (
        "le blocage {row} de l'entrée {entry} n'est plus dans la base : il n'a pas été levé par le patient",
        "block {row} of entry {entry} is no longer in the database: the patient did not withdraw it",
    ),
    "block_lifted": (
        "le blocage {row} est demandé et n'est plus appliqué : le professionnel peut de nouveau ouvrir",
        "block {row} is asked for and no longer in force: the professional may open again",
    ),
    "choice_missing": (
        "le choix de l'entrée {entry} du patient {row} n'est plus dans la base",
        "the choice of entry {entry} of patient {row} is no longer in the database",
    ),
    "preference_without_entry": (
        "le choix d'avis du patient {row} n'a pas d'entrée au journal",
        "the choice of notices of patient {row} has no entry in the log",
    ),
    "mark_without_entry": (
        "une adresse du patient {row} est marquée non sûre sans entrée au journal",
        "an address of patient {row} is marked as not safe without an entry in the log",
    ),
    "version_without_entry": (
        "la version {row} des règles n'a pas d'entrée au journal",
        "version {row} of the rules has no entry in the log",
    ),
    "version_missing": (
        "la version {row} des règles (entrée {entry}) n'est plus dans la base",
        "version {row} of the rules (entry {entry}) is no longer in the database",
    ),
    "version_altered": (
        "les fichiers de la version {row} des règles ne sont plus ceux de l'entrée {entry}",
        "the files of version {row} of the rules are no longer those of entry {entry}",
    ),
    "version_name_without_entry": (
        "l'empreinte {row} de la version {version} des règles n'est dans aucune entrée du journal",
        "digest {row} of version {version} of the rules is in no entry of the log",
    ),
    "activation_without_entry": (
        "l'activation {row} de la version {version} des règles n'a pas d'entrée au journal",
        "activation {row} of version {version} of the rules has no entry in the log",
    ),
    "activation_missing": (
        "l'activation {row} de la version {version} des règles (entrée {entry}) n'est plus dans la base",
        "activation {row} of version {version} of the rules (entry {entry}) is no longer in the database",
    ),
    "approval_without_entry": (
        "l'accord {row} (version/rôle) n'a pas d'entrée au journal",
        "approval {row} (version/role) has no entry in the log",
    ),
    "approval_missing": (
        "l'accord {row} (version/rôle) de l'entrée {entry} n'est plus dans la base",
        "approval {row} (version/role) of entry {entry} is no longer in the database",
    ),
    "anchor_of_no_head": (
        "l'ancre {row} ({kind} {name}) est d'une tête qui n'est plus là ({head}) : fin coupée, ou base ramenée en "
        "arrière",
        "anchor {row} ({kind} {name}) is of a head that is gone ({head}): cut off, or set back",
    ),
    "anchor_of_other_head": (
        "l'ancre {row} ({kind} {name}) est d'une autre tête que celle de la base ({head}) : journal signé à nouveau",
        "anchor {row} ({kind} {name}) is of another head than the database's ({head}): the log was signed anew",
    ),
    "anchor_altered": (
        "l'ancre {row} ({kind} {name}, tête {head}) ne se vérifie pas : modifiée, ou pas de qui elle dit",
        "anchor {row} ({kind} {name}, head {head}) does not verify: altered, or not by whom it says",
    ),
    "anchor_missing": (
        "l'ancre {row} de la tête {head} n'est plus dans la base",
        "anchor {row} of head {head} is no longer in the database",
    ),
    "cosignature_missing": (
        "la cosignature {row} ({kind} {name}) n'est plus sous la tête {head}",
        "cosignature {row} ({kind} {name}) is no longer under head {head}",
    ),
    "cosignature_false": (
        "sous la tête {row}, la cosignature du témoin {name} est fausse",
        "under head {row} the cosignature of witness {name} is false",
    ),
}
