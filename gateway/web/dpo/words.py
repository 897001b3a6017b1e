"""The words of the reviewers' codes, in French here, in English through the catalogue; and how long things take."""

from collections.abc import Mapping

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from gateway.oversight.figures.figure import Label
from gateway.oversight.reviews.case import Flag
from gateway.oversight.reviews.flag_words import EXPLANATION_RULES
from gateway.web.language import _, in_language, language, later
from gateway.web.parts import gateway
from gateway.web.session import signed_in_staff
from gateway.web.wording import TABLES as PATIENT_TABLES
from gateway.web.wording import reason, word

_MINUTE_MS = 60_000
_HOUR_MINUTES, _DAY_MINUTES = 60, 1440

TABLES: Mapping[str, Mapping[str, str]] = {
    "case_state": {
        "open": later("à relire"),
        "asked": later("explication demandée"),
        "answered": later("explication reçue"),
        "second": later("attend un second relecteur"),
        "justified": later("justifié"),
        "unjustified": later("injustifié"),
    },
    "flag": {
        "no_admission": later("sans venue à l'hôpital"),
        "same_surname": later("même nom"),
        "same_address": later("même adresse"),
        "reader_is_patient": later("son propre dossier"),
        "colleague": later("collègue"),
        "protected": later("personne à protéger"),
        "repeat_reader": later("accès répétés"),
        "unusual_volume": later("volume inhabituel"),
        "unusual_hour": later("heure inhabituelle"),
        "contested": later("contesté"),
        "other_reason": later("autre motif"),
    },
    "step": {
        "proposed": later("Une venue enregistrée depuis explique l'accès"),
        "asked": later("Explication demandée"),
        "reminded": later("Rappel : la réponse est attendue"),
        "overdue": later("La réponse n'est pas venue à temps"),
        "explained": later("Explication donnée"),
        "first_justified": later("Jugé justifié par un premier relecteur"),
        "first_unjustified": later("Jugé injustifié par un premier relecteur"),
        "disagreed": later("Les deux relecteurs ne sont pas d'accord : le cas est rouvert"),
        "justified": later("Jugé justifié"),
        "unjustified": later("Jugé injustifié"),
        "closed_by_rule": later("Clos par la règle : une venue explique l'accès"),
        "undone": later("Décision reprise"),
        "reopened": later("Cas rouvert : une personne en décide"),
        "contested": later("Contesté par le patient"),
        "contest_answered": later("Réponse faite au patient"),
        "exported": later("Dossier du cas exporté"),
    },
    "wish": {
        "explain": later("veut savoir pourquoi"),
        "not_me": later("dit ne pas avoir été soigné ce jour-là"),
        "knows_me": later("dit connaître la personne qui a ouvert son dossier"),
        "other": later("autre"),
    },
    # Who said it: of a minor, either side may, and the other is not told.
    "side": {
        "holder": later("le patient"),
        "representative": later("son représentant légal"),
        "proof": later("qui avait le code du message et la date de naissance"),
    },
    "role": {"it": later("informatique"), "dpo": later("protection des données (DPO)")},
    "answer_by": {
        "portal": later("par son espace patient"),
        "phone": later("par téléphone"),
        "letter": later("par courrier"),
        "in_person": later("de vive voix"),
    },
    "outcome": {"success": later("fait"), "refused": later("refusé"), "failed": later("échoué")},
    "erasure_state": {
        "ordered": later("à confirmer"),
        "done": later("effacé"),
        "refused": later("ordre écarté"),
    },
    "erasure_reason": {
        "request": later("le patient le demande"),
        "unlawful": later("ces valeurs n'auraient pas dû être enregistrées"),
        "wrong_person": later("elles concernent une autre personne"),
    },
    "erasure_done": {
        "ordered": later("L'ordre est donné. Il attend une seconde personne."),
        "done": later("L'effacement est fait, et inscrit au journal."),
        "refused": later("L'ordre est écarté ; rien n'a été effacé."),
    },
    # As reviewers read them; a patient reads of their own.
    "opened_class": {**PATIENT_TABLES["class"], "90": later("documents du patient (volontés, directives)")},
    "what": {"erasures": later("effacements"), "all": later("tous")},
    "effect": {
        "off": later("ne fait rien"),
        "propose": later("propose de justifier"),
        "close": later("clôt le cas"),
    },
    "recipient": {
        "patient": later("le patient"),
        "medecin_traitant": later("le médecin traitant"),
        "legal_representative": later("le représentant légal"),
    },
    "channel": {
        "none": later("pas encore choisi"),
        "email": later("courriel"),
        "sms": later("SMS"),
        "letter": later("courrier postal"),
        "mssante": later("messagerie de santé"),
        "in_person": later("de vive voix"),
    },
    "series": {
        "other_units": later("autres services"),
        "emergency": later("accès en urgence"),
        "all": later("tous les accès"),
        "share": later("part (%)"),
        "accesses": later("accès"),
        "without_admission": later("sans venue"),
        "consulted": later("dossiers consultés"),
        "passages": later("passages"),
        "per_100": later("pour 100 passages"),
        "cases": later("cas"),
        "notices": later("messages"),
        "received": later("reçues"),
        "answered": later("répondues"),
        "answered_late": later("répondues en retard"),
        "sign_ins": later("connexions"),
        "usual_low": later("bas de la bande (%)"),
        "usual_high": later("haut de la bande (%)"),
        "outside": later("hors de la bande"),
    },
    "head": {
        "day": later("Jour"),
        "week": later("Semaine du"),
        "unit": later("Service"),
        "reason": later("Motif"),
        "delay": later("Délai"),
        "wait": later("Durée"),
        "channel_state": later("Canal et état"),
    },
    "figure": {
        "break_glass_days": later("Accès en urgence par jour et par service"),
        "share_days": later("Part des accès en urgence"),
        "bands": later("Bande habituelle de chaque service, sept derniers jours"),
        "reasons": later("Motifs donnés"),
        "without_admission": later("Accès sans venue à l'hôpital, par service"),
        "review_delay": later("Délai de relecture"),
        "notices": later("Messages par canal et par état"),
        "contests": later("Contestations des patients"),
        "sign_in_to_summary": later("De la connexion à la synthèse"),
        "dossiers_per_passages": later("Dossiers consultés pour 100 passages aux urgences"),
    },
    # formatted with a value
    "note": {
        "share": later("Sur la période : %(value)s %%"),
        "median_days": later("Médiane : %(value)s jours"),
        "median_seconds": later("Médiane : %(value)s s"),
        "p95_seconds": later("95 %% en moins de : %(value)s s"),
    },
}


def add_words(app: Flask) -> None:
    """Filters of the reviewers' templates, and the count in the header of staff."""
    app.jinja_env.filters.update(
        dpo=_dpo_word,
        flag_sentence=_flag_sentence,
        figure_label=_label,
        ago=_ago,
        figure_number=_number,
        log_value=log_value,
    )
    app.jinja_env.globals.update(
        explanations_waiting=explanations_waiting, rule_sentence=rule_sentence, note_words=note_words
    )


def dpo_word(code: object, table: str) -> str:
    """The words of a code; the code itself where there are none."""
    known = TABLES[table].get(str(code))
    return _(known) if known is not None else str(code)


def label_words(label: Label) -> str:
    """A row or column of a figure, in words."""
    return " · ".join(_label_word(kind, code) for kind, code in label)


def log_value(value: object) -> str:
    """A value of an entry for a reader: lists by their members, people by their names, the rest as it is."""
    if isinstance(value, Mapping):
        name = value.get("name") or value.get("key")
        return str(name) if name else ", ".join(f"{key}: {log_value(one)}" for key, one in value.items() if one)
    if isinstance(value, list | tuple):
        return ", ".join(log_value(one) for one in value)
    return str(value)


def duration(milliseconds: int) -> str:
    """`3 j 4 h`, `2 h 10 min`, `5 min`."""
    minutes = max(0, milliseconds // _MINUTE_MS)
    if minutes >= _DAY_MINUTES:
        return _("%(days)s j %(hours)s h") % {
            "days": minutes // _DAY_MINUTES,
            "hours": minutes % _DAY_MINUTES // _HOUR_MINUTES,
        }
    if minutes >= _HOUR_MINUTES:
        return _("%(hours)s h %(minutes)s min") % {
            "hours": minutes // _HOUR_MINUTES,
            "minutes": minutes % _HOUR_MINUTES,
        }
    return _("%(minutes)s min") % {"minutes": minutes}


def number(value: float | None) -> str:
    """A number of a figure; a dash where there is none."""
    if value is None:
        return "–"
    shown = f"{value:g}"
    return shown.replace(".", ",") if language() == "fr" else shown


def note_words(note: str, value: float) -> str:
    """A single number of a figure, in words."""
    return dpo_word(note, "note") % {"value": number(value)}


def rule_sentence(rule: str) -> str:
    """What an explaining rule says, in the reader's language."""
    return in_language(*EXPLANATION_RULES.get(rule, (rule, rule)))


def explanations_waiting() -> int:
    """How many explanations the person signed in owes."""
    staff = signed_in_staff()
    return gateway().oversight.answering.waiting(staff) if staff is not None else 0


def _label_word(kind: str, code: str) -> str:
    if kind == "text":
        return f"{code[8:10]}/{code[5:7]}/{code[0:4]}" if _is_date(code) else code
    if kind in ("delay", "wait"):
        return _span(kind, code)
    if kind == "reason":
        return reason(code)
    return word(code, "notice") if kind == "notice" else dpo_word(code, kind)


def _span(kind: str, code: str) -> str:
    limit = code.rpartition("_")[2]
    if kind == "delay":
        return (_("jusqu'à %(limit)s j") if code.startswith("up") else _("plus de %(limit)s j")) % {"limit": limit}
    return (_("jusqu'à %(limit)s s") if code.startswith("up") else _("plus de %(limit)s s")) % {"limit": limit}


def _is_date(code: str) -> bool:
    return len(code) == 10 and code[4] == code[7] == "-" and code.replace("-", "").isdigit()


# Taking the context keeps Jinja from computing them once for all, in the language of the first reader.
@pass_context
def _dpo_word(_context: Context, code: object, table: str) -> str:
    return dpo_word(code, table)


@pass_context
def _flag_sentence(_context: Context, flag: Flag) -> str:
    return in_language(flag.fr, flag.en)


@pass_context
def _label(_context: Context, label: Label) -> str:
    return label_words(label)


@pass_context
def _ago(_context: Context, milliseconds: int) -> str:
    return duration(milliseconds)


@pass_context
def _number(_context: Context, value: float | None) -> str:
    return number(value)
