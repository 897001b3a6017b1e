"""A sentence for each finding, in French and in English; `{row}` and the finding's details are filled in."""

from collections.abc import Mapping

from gateway.oversight.completeness.finding import Finding
from gateway.oversight.completeness.texts_of_acts import ACTS, Texts

SENTENCES: Mapping[str, Texts] = {
    **ACTS,
    "entry_changed": ("l'entrée {row} (place {index}) a été modifiée", "entry {row} (position {index}) was changed"),
    "entry_deleted": (
        "{count} entrée(s) supprimée(s) à partir de la place {index}",
        "{count} entry(ies) deleted from position {index} on",
    ),
    "entry_inserted": (
        "{count} entrée(s) insérée(s) à la place {index}, dont {row}",
        "{count} entry(ies) inserted at position {index}, {row} among them",
    ),
    "entry_reordered": (
        "l'ordre a été changé : à la place {index} se trouve l'entrée de la place {belongs} ({row})",
        "the order was changed: at position {index} stands the entry of position {belongs} ({row})",
    ),
    "entries_truncated": (
        "la fin manque : {missing} entrée(s) signée(s) supprimée(s) à partir de la place {index}",
        "the tail is missing: {missing} signed entry(ies) deleted from position {index} on",
    ),
    "entries_beyond": (
        "{count} entrée(s) à partir de {row} qu'aucune tête signée ne couvre : ajoutées, ou têtes supprimées",
        "{count} entry(ies) from {row} on that no signed head covers: added, or their heads were deleted",
    ),
    "entries_rewritten": (
        "les entrées {start} à {end} (exclue) et leurs empreintes ont été réécrites : elles ne donnent plus la racine "
        "signée",
        "the entries {start} to {end} (excluded) and their hashes were rewritten: they no longer give the signed root",
    ),
    "leaf_malformed": (
        "l'entrée {row} n'a pas la forme d'une entrée du journal",
        "entry {row} does not have the form of an entry of the log",
    ),
    "row_differs": (
        "la colonne « {column} » de {row} n'est pas ce que le journal a retenu",
        "column “{column}” of {row} is not what the log recorded",
    ),
    "tile_changed": (
        "l'empreinte {index} du pavé {row} a été modifiée (les entrées, elles, sont intactes)",
        "hash {index} of tile {row} was changed (the entries themselves are intact)",
    ),
    "tile_width": (
        "le pavé {row} a {hashes} empreinte(s), il en faut {needed}",
        "tile {row} has {hashes} hash(es), {needed} are needed",
    ),
    "checkpoint_signature": (
        "la tête {row} n'est pas signée par la clé du journal : réécrite, ou signée par une autre clé",
        "head {row} is not signed by the key of the log: rewritten, or signed by another key",
    ),
    "checkpoint_differs": (
        "la tête {row} diffère de la note signée ({signed} entrées)",
        "head {row} differs from its signed note ({signed} entries)",
    ),
    "checkpoint_conflict": (
        "la tête {row} est signée par la bonne clé et d'une autre histoire : la clé a servi à quelqu'un d'autre",
        "head {row} is signed by the right key and of another history: somebody else used the key",
    ),
    "anchor_signature": (
        "l'ancre n° {row} n'est pas une tête signée par la clé de confiance",
        "anchor number {row} is not a head signed by the trusted key",
    ),
    "anchor_beyond": (
        "l'ancre n° {row} couvre {size} entrées, la base s'arrête à {last} : fin coupée, ou base ramenée en arrière",
        "anchor number {row} covers {size} entries, the database ends at {last}: cut off, or set back",
    ),
    "anchor_conflict": (
        "l'ancre n° {row} (taille {size}) a une autre racine : journal signé à nouveau, ou montré différemment à deux "
        "lecteurs",
        "anchor number {row} (size {size}) has another root: the log was signed anew, or shown differently to two "
        "readers",
    ),
    "receipt_untrusted": (
        "le reçu de l'entrée {row} n'est pas signé par le journal ni par une de ses passerelles : il ne prouve rien",
        "the receipt of entry {row} is signed neither by the log nor by one of its gateways: it proves nothing",
    ),
    "receipt_unknown": (
        "l'entrée {row} d'un reçu n'est pas dans la base : supprimée après que le reçu a été remis",
        "entry {row} of a receipt is not in the database: deleted after the receipt was handed out",
    ),
    "receipt_differs": (
        "l'entrée {row} n'est pas celle du reçu : réécrite après que le reçu a été remis",
        "entry {row} is not that of the receipt: rewritten after the receipt was handed out",
    ),
    "counter_gap": (
        "entrée {row} : la passerelle {gateway} (file {lane}) passe au numéro {found}, le numéro {expected} manque",
        "entry {row}: gateway {gateway} (lane {lane}) jumps to number {found}, number {expected} is missing",
    ),
    "counter_repeated": (
        "entrée {row} : la passerelle {gateway} (file {lane}) répète le numéro {found}, {expected} était attendu",
        "entry {row}: gateway {gateway} (lane {lane}) repeats number {found}, {expected} was expected",
    ),
    "lane_cut": (
        "la file {row} a compté {counter} entrées et s'arrête au numéro {last} : les dernières ont été supprimées",
        "lane {row} counted {counter} entries and ends at number {last}: the last ones were deleted",
    ),
    "counter_turned_back": (
        "le compteur de la file {row} est à {counter}, ses entrées vont à {last} : il a été ramené en arrière",
        "the counter of lane {row} is at {counter}, its entries go up to {last}: it was turned back",
    ),
    "mark_missing": (
        "l'entrée {row} n'est ni dans l'arbre ni en attente : sa marque a été supprimée",
        "entry {row} is neither in the tree nor waiting for it: its mark was deleted",
    ),
    "mark_stray": (
        "la marque d'attente de {row} n'a pas d'entrée, ou l'arbre l'a déjà",
        "the pending mark of {row} has no entry, or the tree has it already",
    ),
    "disclosure_altered": (
        "les valeurs personnelles de l'entrée {row} pour {subject} ne s'ouvrent pas : modifiées ou échangées",
        "the personal values of entry {row} for {subject} do not open: altered or swapped",
    ),
    "disclosure_without_key": (
        "la clé des valeurs personnelles de l'entrée {row} pour {subject} manque",
        "the key of the personal values of entry {row} for {subject} is missing",
    ),
    "disclosure_without_entry": (
        "des valeurs personnelles pour {subject} nomment une entrée absente : {row}",
        "personal values for {subject} name an entry that is not there: {row}",
    ),
    "disclosures_missing": (
        "en {month}, {entries} entrée(s) ont perdu des valeurs personnelles sans effacement enregistré (p. ex. {row})",
        "in {month}, {entries} entry(ies) lost personal values without a recorded erasure (e.g. {row})",
    ),
    "grant_without_entry": (
        "l'accès {row} n'a pas d'entrée d'ouverture au journal ({entry})",
        "access {row} has no entry of its opening in the log ({entry})",
    ),
    "grant_missing": (
        "l'accès {row}, ouvert selon l'entrée {entry}, n'est plus dans la base",
        "access {row}, opened according to entry {entry}, is no longer in the database",
    ),
    "request_without_entry": (
        "la demande {row} a une réponse dont le journal ne sait rien",
        "request {row} has an answer of which the log knows nothing",
    ),
    "request_missing": (
        "le refus de l'entrée {entry} n'a plus sa demande dans la base",
        "the refusal of entry {entry} no longer has its request in the database",
    ),
    "document_without_entry": (
        "l'ouverture {row} (accès/document) n'a pas d'entrée au journal",
        "the opening {row} (access/document) has no entry in the log",
    ),
    "document_missing": (
        "l'ouverture {row} (accès/document) de l'entrée {entry} n'est plus dans la base",
        "the opening {row} (access/document) of entry {entry} is no longer in the database",
    ),
    "documents_differ": (
        "les documents ouverts sous l'accès {row} ne sont pas ceux de l'entrée {entry}",
        "the documents opened under access {row} are not those of entry {entry}",
    ),
    "delivery_without_opening": (
        "la remise de l'entrée {entry} ({row}) n'a pas d'ouverture au journal",
        "the delivery of entry {entry} ({row}) has no opening in the log",
    ),
    "notice_without_entry": (
        "l'avis {row} (accès {grant}) n'est promis par aucune entrée du journal",
        "notice {row} (access {grant}) is promised by no entry of the log",
    ),
    "notice_missing": (
        "l'avis {row}, promis par l'entrée {entry}, n'est plus dans la base",
        "notice {row}, promised by entry {entry}, is no longer in the database",
    ),
    "notice_state": (
        "l'avis {row} est « {state} », le journal en est à « {recorded} »",
        "notice {row} is “{state}”, the log is at “{recorded}”",
    ),
    "emergency_without_notice": (
        "l'accès d'urgence {row} (entrée {entry}) a été ouvert sans avis",
        "emergency access {row} (entry {entry}) was opened without a notice",
    ),
}


def sentence(finding: Finding, tongue: int) -> str:
    """The finding in words: 0 for French, 1 for English."""
    return SENTENCES[finding.code][tongue].format(row=finding.row, **finding.details)
