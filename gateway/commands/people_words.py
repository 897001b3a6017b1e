"""What a file of people did, and why a line of it was not taken, in the words of the person who mends the file."""

from gateway.access.people_import import PeopleReport
from gateway.commands.answers import say
from gateway.commands.ins_words import INS_WORDS
from gateway.patients.people_file import LineFault

_WORDS = {
    "value": ("cette valeur n'est pas lue ; écrivez : {0}", "this value is not read; write: {0}"),
    "missing": ("à remplir", "must be given"),
    "column": ("ce nom n'existe pas ; retirez-le", "there is no such name; take it out"),
    "columns": (
        "la ligne n'a pas {0} colonnes ; mettez entre guillemets ce qui contient le séparateur",
        "the line does not have {0} columns; quote what holds the separator",
    ),
    "twice": (
        "ce patient est déjà dans le fichier ; gardez une seule ligne",
        "this patient is in the file already; keep one line",
    ),
    "file-first": (
        "rien n'est remplacé tant que le fichier a une faute ; corrigez les autres lignes",
        "nothing is replaced while the file has a fault; mend the other lines",
    ),
    "unknown-patient": (
        "l'annuaire ne connaît pas cet IPP ; pour créer le patient, donnez aussi : {0}",
        "the directory does not know this IPP; to create the patient give also: {0}",
    ),
    "identity-mismatch": (
        "contredit l'annuaire pour cet IPP ; vérifiez l'IPP, puis l'identité à la source",
        "contradicts the directory for this IPP; check the IPP, then the identity at its source",
    ),
    "no-measure": (
        "une fin sans mesure ; donnez la mesure, ou retirez la date",
        "an end without a measure; give the measure, or take the date out",
    ),
    "future": ("cette date n'est pas encore venue", "this date has not come yet"),
    "ins-taken": (
        "un autre patient a ce matricule ; vérifiez qu'il n'y a pas deux IPP pour une personne",
        "another patient has this number; check that there are not two IPPs for one person",
    ),
    **INS_WORDS,
}


def fault_line(fault: LineFault) -> str:
    """`ligne 7, protection : ...`, in the language of `LANG`; the value itself is never repeated."""
    french, english = _WORDS[fault.code]
    where = f", {fault.field}" if fault.field else ""
    return say(
        f"ligne {fault.line}{where} : {french.format(fault.expected)}",
        f"line {fault.line}{where}: {english.format(fault.expected)}",
    )


def report_text(report: PeopleReport) -> str:
    """The counts, then each fault on a line of its own."""
    created, changed, same = len(report.created), len(report.changed), len(report.unchanged)
    counts = say(
        f"{created} créés, {changed} modifiés, {same} inchangés, {len(report.faults)} fautes",
        f"{created} created, {changed} changed, {same} as they were, {len(report.faults)} faults",
    )
    return "\n".join([counts, *(f"✗ {fault_line(fault)}" for fault in report.faults)])
