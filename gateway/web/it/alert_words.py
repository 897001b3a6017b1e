"""Alerts in words: what happened, what to do, and the page where to do it; one line a kind, however often it came.

What an alert holds beside its kind is technical English or both languages: what is known of it is told in the reader's
own, the rest is shown as it is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.oversight.watching import AlertLine
from gateway.web.dpo.words import dpo_word
from gateway.web.language import _, in_language, later

WORKER = "worker-"


@dataclass(frozen=True, slots=True)
class AlertWords:
    """Of one kind: a title, a sentence, and where to look. `pattern` finds in the detail what the sentence and the
    address name; a detail it does not match is shown whole."""

    title: str
    sentence: str
    address: str = ""
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlert:
    """A kind of alert for its readers: the newest one, how many are open, and `detail` where words do not tell all."""

    kind: str
    raised_at: int
    times: int
    title: str
    sentence: str
    detail: str
    address: str


ALERTS: Mapping[str, AlertWords] = {
    "checkpoint-late": AlertWords(
        later("Journal signé en retard"),
        later("Des entrées attendent leur tête signée : un « gateway work » tourne-t-il ?"),
        pattern=r"entries have waited for a signed head for more than \d+ ms: is a worker alive\?",
    ),
    "policy-engine": AlertWords(
        later("Moteur des règles en panne"),
        later("Une demande a été refusée par prudence : essayez la même question dans « Expliquer »."),
        "/it/explain",
    ),
    "refused-request": AlertWords(
        later("Demande que la loi ou le DPO veut voir signalée"),
        later(
            "Elle a été refusée ; pour %(who)s. Règle : %(rules)s. Qui et quand : le journal, « ouverture refusée »."
        ),
        "/dpo/log",
        r"(?P<who>[a-z]+) (?P<rules>.+)",
    ),
    "policies-not-loaded": AlertWords(
        later("Règles illisibles"),
        later("La version voulue ne se charge pas ; celle d'avant décide encore."),
        "/it/versions",
    ),
    "notice-task-overdue": AlertWords(
        later("Personne à prévenir : en retard"),
        later("Quelqu'un devait prévenir un patient, et la date est passée."),
        "/notices/%(notice)s",
        r"(?:tell|bedside) (?P<notice>[0-9a-f-]{36})",
    ),
    "notice-channel-down": AlertWords(
        later("Canal en panne"),
        later("Plus rien ne part par ce canal (%(channel)s). Les messages attendent, aucun n'est perdu."),
        "/notices",
        r"(?P<channel>[a-z0-9_-]+)",
    ),
    "reviews-late": AlertWords(
        later("Relectures en retard, ou bientôt"),
        later("Cas à décider : %(cases)s ; contestations : %(contests)s ; explications : %(answers)s."),
        "/dpo",
        r"(?P<cases>\d+) cases to decide, (?P<contests>\d+) contests to answer and (?P<answers>\d+) expl.*",
    ),
    "review-mail": AlertWords(
        later("Rappel des relectures non parti"),
        later("Vérifiez reviews.mail.to et le relais de courriel ; l'envoi est repris tout seul."),
        pattern=r".*",
    ),
    "break-glass-share": AlertWords(
        later("Part d'accès en urgence inhabituelle"),
        later(
            "Service %(unit)s : %(share)s %% de %(accesses)s accès en 7 jours, pour %(low)s à %(high)s %% d'habitude."
        ),
        "/dpo/figures",
        r"unit (?P<unit>.*): (?P<share>\d+) % of (?P<accesses>\d+) accesses of 7 days broke the glass; "
        r"usual is (?P<low>\d+) to (?P<high>\d+) %",
    ),
    "audit-repository": AlertWords(
        later("Dépôt d'audit de l'hôpital hors d'atteinte"),
        later("Les messages ATNA attendent, et partiront dès qu'il répondra."),
    ),
    "anchor-witness": AlertWords(later("Témoin hors d'atteinte"), ""),
    "anchor-timestamp": AlertWords(later("Horodatage non obtenu"), ""),
    "anchor-mail": AlertWords(later("Message quotidien à la DPO non parti"), ""),
    "anchor-alarm": AlertWords(later("ALARME : le journal ou son témoin a été changé"), ""),
}
# Whom a rule's obligation `alert:…` names.
_WHO: Mapping[str, str] = {"dpo": later("la DPO"), "securite": later("la sécurité informatique")}
# The steps of the worker, by their names.
STEPS: Mapping[str, str] = {
    "delivery": later("envoi des messages"),
    "checkpoint": later("signature du journal"),
    "reviews": later("relectures"),
    "receipt-key": later("clé des reçus"),
    "notice-deadlines": later("échéances des messages"),
    "retention": later("effacement d'office"),
    "early-receipts": later("accusés des SMS"),
    "letters-left": later("lettres parties"),
    "witnesses": later("témoins"),
    "time-stamp": later("horodatage"),
    "head-mail": later("message quotidien à la DPO"),
    "review-mail": later("rappel des relectures"),
    "audit-repository": later("dépôt d'audit"),
    "mail-reports": later("rapports des serveurs de courriel"),
    "record-months": later("mois du journal"),
}


def told_alerts(lines: Sequence[AlertLine]) -> tuple[ToldAlert, ...]:
    """The open alerts, one a kind (of the worker: one a step), the newest first."""
    first: dict[str, AlertLine] = {}
    times: dict[str, int] = {}
    for line in lines:
        if line.resolved_at is None:
            first.setdefault(line.kind, line)
            times[line.kind] = times.get(line.kind, 0) + 1
    return tuple(_told(line, times[kind]) for kind, line in first.items())


def _told(line: AlertLine, times: int) -> ToldAlert:
    sentence, detail, address = _body(line)
    return ToldAlert(
        kind=line.kind,
        raised_at=line.raised_at,
        times=times,
        title=_title(line.kind),
        sentence=sentence,
        detail=detail,
        address=address,
    )


def _title(kind: str) -> str:
    """The kind in words; a kind nobody gave words is shown as it is."""
    if kind in ALERTS:
        return _(ALERTS[kind].title)
    step = STEPS.get(kind.removeprefix(WORKER)) if kind.startswith(WORKER) else None
    return kind if step is None else _("Tâche de fond en panne : %(step)s") % {"step": _(step)}


def _body(line: AlertLine) -> tuple[str, str, str]:
    """What happened and what to do, what of the detail that does not tell, and where to look."""
    if line.kind.startswith("anchor-"):
        return _in_one_language(line.detail), "", ""
    if line.kind.startswith(WORKER):
        return _("Elle est reprise toute seule ; le journal technique en dit plus."), line.detail, ""
    words = ALERTS.get(line.kind)
    if words is None:
        return "", line.detail, ""
    if not words.pattern:
        return _(words.sentence), line.detail, words.address
    found = re.fullmatch(words.pattern, line.detail)
    if found is None:
        return "", line.detail, ""
    values = found.groupdict()
    told = {name: _value(name, value) for name, value in values.items()}
    return _(words.sentence) % told, "", words.address % values


def _in_one_language(detail: str) -> str:
    """Alerts of anchors hold both languages: French, a stroke, English; both of the same `name` in front."""
    french, stroke, english = detail.partition(" / ")
    return in_language(french, f"{french.split(' ', 1)[0]} {english}" if stroke else french)


def _value(name: str, value: str) -> str:
    if name == "who":
        return _(_WHO[value]) if value in _WHO else value
    return dpo_word(value, "channel") if name == "channel" else value
