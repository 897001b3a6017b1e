"""What the reminder to the privacy officer says, in French then English: counts and a link, nobody's name."""

from datetime import datetime

from gateway.oversight.reviews.waiting import Waiting
from gateway.settings import ReviewSettings

_TEXT = """\
(English below)

Bonjour,

Relectures des accès en urgence de {hospital}, au {french} :

    Cas à décider, en retard ................. {cases_late}
    Cas à décider sous {days} j .................. {cases_soon}
    Contestations sans réponse, en retard .... {contests_late}
    Contestations à répondre sous {days} j ....... {contests_soon}
    Explications du personnel, en retard ..... {answers_late}

{base_url}/dpo

Un cas se décide en {decide} jours, une contestation reçoit sa réponse en {contest}. Ce message ne nomme personne. Il \
part une fois par jour au plus, et seulement quand quelque chose attend.

----------------------------------------------------------------------

Hello,

Reviews of the emergency accesses of {hospital}, on {english}:

    Cases to decide, overdue ................. {cases_late}
    Cases to decide within {days} d .............. {cases_soon}
    Contests without an answer, overdue ...... {contests_late}
    Contests to answer within {days} d ........... {contests_soon}
    Explanations of staff, overdue ........... {answers_late}

{base_url}/dpo

A case is decided within {decide} days, a contest is answered within {contest}. This message names nobody. It is sent \
once a day at most, and only when something waits.
"""


def reminder_subject(waiting: Waiting) -> str:
    """How many are late and how many soon: enough to know whether to open it now."""
    late, soon = waiting.late, waiting.soon
    return f"Relectures / reviews : {late} en retard / overdue, {soon} bientôt / soon"


def reminder_text(hospital: str, base_url: str, waiting: Waiting, settings: ReviewSettings, moment: datetime) -> str:
    """The text of the mail; `moment` is Paris time."""
    return _TEXT.format(
        hospital=hospital,
        base_url=base_url,
        cases_late=waiting.cases_late,
        cases_soon=waiting.cases_soon,
        contests_late=waiting.contests_late,
        contests_soon=waiting.contests_soon,
        answers_late=waiting.answers_late,
        days=settings.remind_days,
        decide=settings.decide_days,
        contest=settings.contest_days,
        french=moment.strftime("%d/%m/%Y à %H:%M"),
        english=moment.strftime("%Y-%m-%d at %H:%M (Paris)"),
    )
