"""What can stand in the way of a version, in words: what is wrong, and what to do next."""

from gateway.errors import Hindrance
from gateway.rulebook.versions import Version

_APPROVERS = {"it": ("de l'informatique", "hospital IT"), "dpo": ("du DPO", "the DPO")}


def own_draft() -> Hindrance:
    """Four eyes."""
    fr = "personne n'approuve ce qu'il a écrit : demandez à quelqu'un d'autre de l'informatique"
    return Hindrance("own-draft", fr, "nobody approves what they wrote: ask somebody else of hospital IT")


def console() -> Hindrance:
    """Nobody the hospital vouches for."""
    fr = "le compte de la console n'approuve rien : connectez-vous par le fournisseur d'identité"
    return Hindrance("console", fr, "the console account approves nothing: sign in through the identity provider")


def software() -> Hindrance:
    """A client is nobody's second pair of eyes."""
    fr = "un logiciel n'approuve rien : une personne doit se connecter"
    return Hindrance("software", fr, "software approves nothing: a person must sign in")


def nothing_to_approve(version: Version) -> Hindrance:
    """It has all it needs."""
    fr = f"la version {version.number} n'attend plus aucun accord"
    return Hindrance("nothing-to-approve", fr, f"version {version.number} waits for no approval any more")


def approved_already(version: Version) -> Hindrance:
    """What it lacks is another person's."""
    lacking = version.lacking
    fr = f"votre accord est donné ou ne suffit pas : il manque celui {_named(lacking, 0)}"
    en = f"your approval is given or is not the one needed: that of {_named(lacking, 1)} is missing"
    return Hindrance("approved-already", fr, en)


def not_approved(version: Version) -> Hindrance:
    """Nobody else agreed yet."""
    lacking = version.lacking
    fr = f"la version {version.number} attend l'accord {_named(lacking, 0)}"
    return Hindrance("not-approved", fr, f"version {version.number} waits for the approval of {_named(lacking, 1)}")


def not_pinned(version: Version, pins: frozenset[str]) -> Hindrance:
    """Its guardrails are not those of this gateway's configuration. The old digest stays beside the new one until the
    version is in force, or a restarted gateway could not load the one that still is."""
    line = f'guardrails_digest = "{" ".join([version.guardrails_digest, *sorted(pins)])}"'
    fr = (
        "les garde-fous de cette version ne sont pas ceux de la configuration. Le DPO l'ayant approuvée, écrivez sous "
        f"[policies], sur chaque passerelle, puis redémarrez : {line}"
    )
    en = (
        "this version's guardrails are not those of the configuration. Once the DPO approved it, write under "
        f"[policies], on each gateway, then restart: {line}"
    )
    return Hindrance("guardrails-not-pinned", fr, en)


def cannot_load(trouble: str) -> Hindrance:
    """It would leave every process with the version it has."""
    return Hindrance("cannot-load", f"cette version ne se charge pas ici : {trouble}", f"cannot be loaded: {trouble}")


def in_force_already(version: Version) -> Hindrance:
    """Nothing to do."""
    return Hindrance(
        "in-force-already",
        f"la version {version.number} est déjà en vigueur",
        f"version {version.number} is in force already",
    )


def never_in_force(version: Version) -> Hindrance:
    """A roll-back needs no approval because the version had its own."""
    fr = f"la version {version.number} n'a jamais été en vigueur : faites-la approuver, puis activez-la"
    en = f"version {version.number} was never in force: have it approved, then activate it"
    return Hindrance("never-in-force", fr, en)


def no_former() -> Hindrance:
    """The first version is still the only one that ever decided."""
    fr, en = "aucune autre version n'a été en vigueur", "no other version was ever in force"
    return Hindrance("no-former", fr, en)


def at_no_time() -> Hindrance:
    """A time in the past, or too far."""
    fr = "choisissez une heure à venir, dans les 90 jours"
    return Hindrance("in-the-past", fr, "choose a time to come, within 90 days")


def taken_already() -> Hindrance:
    """It decides, or decided."""
    fr = "cette activation a déjà pris effet : revenez à la version précédente"
    return Hindrance("taken-already", fr, "this activation took effect already: roll back instead")


def _named(lacking: tuple[str, ...], language: int) -> str:
    words = [_APPROVERS[role][language] for role in dict.fromkeys(lacking)]
    twice = lacking.count("it") > 1
    if twice:
        words[0] = ("de deux personnes de l'informatique", "two people of hospital IT")[language]
    return (" et ", " and ")[language].join(words)
