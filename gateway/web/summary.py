"""The page an access is asked for: who, what matters first, and the clock of the access throughout."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.access.outcome import Access, Refused
from gateway.errors import AccessNotOpen, DossierUnavailable
from gateway.identity.return_path import local_path
from gateway.web.emergency import refused_page
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.problem_words import problem_of
from gateway.web.results import key_results
from gateway.web.session import staff

_RECENT_DOCUMENTS = 8


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts of one kind."""

    kind: str
    items: tuple[Any, ...]


def add_summary(app: Flask) -> None:
    """`/access/{id}` and what one does with it."""
    app.add_url_rule("/access/<access_id>", view_func=summary_page)
    app.add_url_rule("/access/<access_id>/extend", view_func=extend_access, methods=["POST"])
    app.add_url_rule("/access/<access_id>/end", view_func=end_access, methods=["POST"])


@entrance(Entrance.STAFF)
def summary_page(access_id: str) -> ResponseReturnValue:
    """The emergency summary; if the store does not answer, the page says so and keeps what the hospital knows."""
    access = gateway().continuing.current(staff(), access_id)
    if not access.open:
        return over_page(access)
    try:
        view = gateway().reading.summary(staff(), access_id)
    except AccessNotOpen:
        return over_page(gateway().continuing.current(staff(), access_id))
    except DossierUnavailable as error:
        return render_template("unanswered.html", access=access, problem=problem_of(error)), 503
    sections = {section.key.value: section for section in view.summary.sections}
    return render_template(
        "summary.html",
        access=view.access,
        summary=view.summary,
        sections=sections,
        alerts=_grouped(sections["vital_alerts"].items),
        results=key_results(sections["key_results"].items),
        contacts=[contact for contact in view.contacts if contact.kind != "patient"],
        recent=_recent(view.documents),
        total=len(view.documents),
    )


@entrance(Entrance.STAFF)
def extend_access(access_id: str) -> ResponseReturnValue:
    """A whole window more, if the rules still allow it; back to where one was."""
    try:
        answer = gateway().continuing.extend(staff(), access_id)
    except AccessNotOpen:
        return over_page(gateway().continuing.current(staff(), access_id))
    if isinstance(answer, Refused):
        return refused_page(answer)
    back = request.form.get("back", "")
    own = back == f"/access/{access_id}" or back.startswith(f"/access/{access_id}/documents")
    own = own and back == local_path(back)
    return redirect(back if own else url_for("summary_page", access_id=access_id), 303)


@entrance(Entrance.STAFF)
def end_access(access_id: str) -> ResponseReturnValue:
    """Over now."""
    gateway().continuing.end(staff(), access_id)
    return redirect(url_for("find_page"), 303)


def over_page(access: Access) -> ResponseReturnValue:
    """The access is over: nothing of the dossier, and one way to ask again."""
    return render_template("over.html", access=access), 403


def _grouped(items: Sequence[Any]) -> list[AlertGroup]:
    """The vital strip: the alerts of one kind together, the kinds in the order they came."""
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(item.kind, []).append(item)
    return [AlertGroup(kind, tuple(alike)) for kind, alike in groups.items()]


def _recent(documents: Sequence[Any]) -> list[Any]:
    current = [document for document in documents if document.status.value == "current"]
    return current[:_RECENT_DOCUMENTS]
