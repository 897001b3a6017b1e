"""`/notices`: the state of each notice owed to a patient, and what a person does about one: send it again, hold it,
release it, say that they told the recipient. Each act has its reason, and is recorded with who did it.

Nobody is named here. Who goes to the bedside (the desk, the privacy officer) sees the hospital's number of the patient.
"""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.web.entrance import Entrance, entrance
from gateway.web.language import later
from gateway.web.parts import gateway
from gateway.web.session import staff

_UNPROCESSABLE = 422
_MOST_START = 100_000
ACTS = {
    "retry": later("Envoyer maintenant"),
    "hold": later("Retenir"),
    "release": later("Laisser partir"),
    "hand-over": later("J'ai prévenu la personne"),
    "bedside": later("Dit au patient avant sa sortie"),
    "close": later("Clore : personne à prévenir"),
}
WAYS = {"sending": later("en cours"), "waiting": later("à refaire"), "accepted": later("accepté"),
        "printed": later("lettre partie"), "delivered": later("arrivé"), "failed": later("échec"),
        "unanswered": later("peut-être envoyé, sans réponse")}  # fmt: skip
TASKS = {"tell": later("Prévenir la personne"), "bedside": later("Dire au patient avant sa sortie")}
KINDS = {"break_glass": later("bris de glace"), "centre_15": later("Centre 15"), "first_access": later("accès")}
RECIPIENTS = {"patient": later("patient"), "medecin_traitant": later("médecin traitant"),
              "legal_representative": later("représentant légal")}  # fmt: skip
REASONS = {
    "deceased": later("personne décédée"),
    "unsafe-address": later("adresse lue par d'autres"),
    "minor-hidden-act": later("mineur : acte caché à ses représentants"),
    "minor-without-own-address": later("mineur sans adresse à lui"),
    "held-by-person": later("retenu par une personne"),
    "no-address": later("aucune adresse"),
    "no-proof": later("pas de preuve d'arrivée"),
    "letter-not-printed": later("lettre non imprimée"),
    "receipt-failed": later("non remis, dit l'opérateur"),
    "bounced": later("non remis, dit le serveur de messagerie"),
    "attempts-exhausted": later("trop d'essais"),
    "smtp-lost-send": later("peut-être envoyé, sans réponse"),
    "smtp-silent-send": later("peut-être envoyé, sans réponse"),
    "sms-lost": later("peut-être envoyé, sans réponse"),
    "sms-silent": later("peut-être envoyé, sans réponse"),
    "sms-answer-unusable": later("peut-être envoyé, sans réponse"),
    "channel-fault": later("peut-être envoyé, sans réponse"),
}
# What each state allows; the use case has the last word.
_POSSIBLE = {
    "pending": ("retry", "hold"),
    "released": ("retry", "hold"),
    "escalated": ("retry", "hold"),
    "person": ("hand-over", "retry", "hold"),
    "held": ("release", "hand-over", "close"),
}


def add_notices(app: Flask) -> None:
    """`/notices`."""
    app.add_url_rule("/notices", view_func=notices_page)
    app.add_url_rule("/notices/<notice_id>", view_func=notice_sheet)
    app.add_url_rule("/notices/<notice_id>", view_func=change_notice, methods=["POST"])


@entrance(Entrance.NOTICES)
def notices_page() -> ResponseReturnValue:
    """Filter, counts, and a page of notices."""
    only = [word for word in request.args.getlist("state") if word]
    late = request.args.get("late") == "yes"
    given = request.args.get("start", "0")
    start = min(int(given), _MOST_START) if given.isascii() and given.isdigit() and len(given) < 9 else 0
    board = gateway().notices.board(only, late_only=late, start=start, viewer=staff().key)
    return render_template("notices/board.html", board=board, only=only, late=late, start=start, **_words())


@entrance(Entrance.NOTICES)
def notice_sheet(notice_id: str) -> ResponseReturnValue:
    """One notice."""
    return _sheet(notice_id)


@entrance(Entrance.NOTICES)
def change_notice(notice_id: str) -> ResponseReturnValue:
    """Act on it, with a reason."""
    notices, act = gateway().notices, request.form.get("act", "")
    acts = {
        "retry": notices.retry,
        "hold": notices.hold,
        "release": notices.release,
        "hand-over": notices.hand_over,
        "bedside": notices.told_at_bedside,
        "close": notices.close,
    }
    if act not in acts:
        raise InvalidRequest("nothing was chosen", field="act")
    try:
        acts[act](notice_id, reason=request.form.get("reason", "")[:2000], by=staff().key)
    except InvalidRequest as error:
        return _sheet(notice_id, fault=error.code), _UNPROCESSABLE
    return redirect(url_for("notice_sheet", notice_id=notice_id, done="yes"), 303)


def _sheet(notice_id: str, fault: str = "") -> str:
    sheet = gateway().notices.sheet(notice_id, viewer=staff().key)
    possible = list(_POSSIBLE.get(sheet.line.notice.state.value, ()))
    if any(task.kind.value == "bedside" for task in sheet.line.tasks):
        possible.insert(0, "bedside")
    return render_template(
        "notices/sheet.html",
        sheet=sheet,
        possible=possible,
        fault=fault,
        typed=request.form.get("reason", ""),
        done=request.args.get("done") == "yes",
        **_words(),
    )


class _Reasons(dict[str, str]):
    """A word with a code after it (`bounced-5.1.1`) has the words of its first part."""

    def __contains__(self, word: object) -> bool:
        return super().__contains__(_first_part(str(word)))

    def __getitem__(self, word: str) -> str:
        return super().__getitem__(_first_part(word))


def _first_part(word: str) -> str:
    return "bounced" if word.startswith("bounced-") else word


def _words() -> dict[str, object]:
    return {
        "acts": ACTS,
        "ways": WAYS,
        "task_words": TASKS,
        "kinds": KINDS,
        "recipients": RECIPIENTS,
        "reasons": _Reasons(REASONS),
        "with_number": bool({"desk", "dpo"} & set(staff().roles)),
    }
