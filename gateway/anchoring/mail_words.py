"""What the day's mail to the privacy officer says, in French then English: the head, how to keep it, how to check."""

from datetime import datetime

from audit import Checkpoint

_TEXT = """\
(English below)

Bonjour,

Voici la tête du journal des accès de {hospital}, au {french}. C'est la preuve, hors de notre système, que le journal \
contenait ces {size} entrées : qui voudrait en changer une seule devrait aussi changer ce message.

    Journal : {origin}
    Entrées : {size}
    Racine  : {root}

CE QU'IL FAUT FAIRE
Gardez ce message, avec sa pièce jointe {file}, là où le service informatique ne peut pas l'effacer. C'est tout. Il \
n'y a rien à répondre.

POUR VÉRIFIER LE JOURNAL (une fois par mois, et à chaque doute)
1. Enregistrez la pièce jointe d'un message ancien, sans l'ouvrir ni la modifier.
2. Demandez un export à l'informatique : gateway audit export --out EXPORT
3. Sur un poste qui n'est pas le leur, avec la clé publique que vous gardez sur papier :
   python -m audit verify EXPORT --key CLE --anchor {file}
La réponse doit être VÉRIFIÉ. Les mots anchor_beyond ou anchor_conflict veulent dire que le journal a été coupé ou \
réécrit depuis : ne supprimez rien, prévenez la direction et la CNIL.

Un jour sans ce message est un signe aussi : demandez pourquoi.

{base_url}

----------------------------------------------------------------------

Hello,

This is the head of the access log of {hospital}, on {english}. It is the proof, outside our system, that the log held \
these {size} entries: whoever wanted to change one of them would have to change this message too.

    Log:     {origin}
    Entries: {size}
    Root:    {root}

WHAT TO DO
Keep this message, with its attachment {file}, where the IT department cannot delete it. That is all. No answer is \
needed.

TO CHECK THE LOG (once a month, and whenever in doubt)
1. Save the attachment of an old message, without opening or changing it.
2. Ask IT for an export: gateway audit export --out EXPORT
3. On a computer that is not theirs, with the public key you keep on paper:
   python -m audit verify EXPORT --key KEY --anchor {file}
The answer must be VERIFIED. The words anchor_beyond or anchor_conflict mean that the log was cut or rewritten since: \
delete nothing, tell the management and the data protection authority.

A day without this message is a sign too: ask why.

{base_url}
"""


def mail_subject(origin: str, day: str) -> str:
    """The day makes it sortable, the origin tells two logs apart."""
    return f"Tête du journal / head of the log {origin} {day}"


def mail_text(hospital: str, base_url: str, head: Checkpoint, moment: datetime, file: str) -> str:
    """The text of the mail; `moment` is Paris time, `file` the name of the attachment."""
    return _TEXT.format(
        hospital=hospital,
        base_url=base_url,
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        file=file,
        french=moment.strftime("%d/%m/%Y à %H:%M"),
        english=moment.strftime("%Y-%m-%d at %H:%M (Paris)"),
    )
