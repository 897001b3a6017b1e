"""What can go wrong with an anchor, in words that say what to do. Nothing of it ever stops the record."""

from enum import StrEnum


class Fault(StrEnum):
    """The stable word kept with a failing anchor."""

    SILENT = "silent"
    UNKNOWN_LOG = "unknown_log"
    REFUSED = "refused"
    FALSE = "false"
    OTHER_KEY = "other_key"
    CLOCK = "clock"
    BUSY = "busy"
    AHEAD = "ahead"
    FORKED = "forked"
    FORGOT = "forgot"
    NOT_GRANTED = "not_granted"
    MAIL = "mail"


# Those that say that the log itself was tampered with, or its witness was: they stay until a person has looked.
ALARMS = frozenset({Fault.AHEAD, Fault.FORKED, Fault.FORGOT})

_WORDS: dict[Fault, tuple[str, str]] = {
    Fault.SILENT: (
        "ne répond pas ; vérifiez l'adresse, le réseau et le certificat, l'envoi est repris tout seul",
        "does not answer; check the address, the network and the certificate, it is tried again by itself",
    ),
    Fault.UNKNOWN_LOG: (
        "ne connaît pas notre journal ou notre clé ; donnez-lui la clé de « gateway audit policy », à ajouter par"
        " « gateway witness trust »",
        "does not know our log or our key; give it the key of `gateway audit policy`, to be added with"
        " `gateway witness trust`",
    ),
    Fault.REFUSED: (
        "a refusé la demande ; appelez qui l'exploite",
        "refused the request; call who runs it",
    ),
    Fault.FALSE: (
        "a répondu par une preuve fausse, qui n'a pas été gardée ; appelez qui l'exploite, par un autre moyen",
        "answered with a false proof, which was not kept; call who runs it, by another way",
    ),
    Fault.OTHER_KEY: (
        "a signé d'une autre clé que celle configurée ; comparez les clés par téléphone",
        "signed with another key than the one configured; compare the keys by telephone",
    ),
    Fault.CLOCK: (
        "donne une heure trop éloignée de la nôtre ; vérifiez les deux horloges",
        "gives a time too far from ours; check both clocks",
    ),
    Fault.BUSY: (
        "traite une autre demande ; l'envoi est repris tout seul",
        "is busy with another request; it is tried again by itself",
    ),
    Fault.AHEAD: (
        "a déjà vu de notre journal PLUS d'entrées que la base n'en a : base revenue en arrière, ou clé volée. Ne"
        " supprimez rien, prévenez la DPO, lancez « gateway audit verify --deep »",
        "has already seen MORE entries of our log than the database has: it was set back, or the key was stolen."
        " Delete nothing, tell the DPO, run `gateway audit verify --deep`",
    ),
    Fault.FORKED: (
        "a vu une AUTRE histoire de notre journal : réécrite, ou deux histoires avec une clé volée. Ne supprimez"
        " rien, prévenez la DPO, lancez « gateway audit verify --deep »",
        "saw ANOTHER history of our log: rewritten, or two histories with a stolen key. Delete nothing, tell the"
        " DPO, run `gateway audit verify --deep`",
    ),
    Fault.FORGOT: (
        "a oublié une tête qu'il avait signée : son état est revenu en arrière, ses signatures ne prouvent plus"
        " rien. Demandez à qui l'exploite un témoin neuf, avec une nouvelle clé",
        "forgot a head it had cosigned: its state was set back, its signatures prove nothing any more. Ask who runs"
        " it for a new witness, with a new key",
    ),
    Fault.NOT_GRANTED: (
        "n'a pas accordé d'horodatage valable ; vérifiez record.timestamp.roots_file et le contrat",
        "did not grant a valid time-stamp; check record.timestamp.roots_file and the contract",
    ),
    Fault.MAIL: (
        "la tête du jour n'est pas partie ; vérifiez record.mail.to et le relais, l'envoi est repris tout seul",
        "the day's head was not sent; check record.mail.to and the relay, it is tried again by itself",
    ),
}


class AnchorFault(Exception):
    """An anchor was not obtained; `str` is its `Fault`."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def fault_words(fault: str, tongue: int) -> str:
    """What happened and what to do; `tongue` 0 is French, 1 English. Unknown words stay as they are."""
    try:
        return _WORDS[Fault(fault)][tongue]
    except ValueError:
        return fault


def alert_detail(name: str, fault: Fault) -> str:
    """The detail of the alert, in both languages: `name` is a witness, a host or a role, nobody's address."""
    french, english = _WORDS[fault]
    return f"{name} {french} / {english}"
