"""`/it/explain`: why the rules answer what they answer, for a question of the log or one that is imagined."""

from dataclasses import dataclass

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue

from gateway.errors import NotFound
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.grid import text_of
from gateway.web.it.imagined import (
    ACTOR_FACTS,
    ASKING_FACTS,
    DOCUMENT_FACTS,
    PATIENT_FACTS,
    choices,
    facts_of,
    question_of,
)
from gateway.web.language import _, language
from gateway.web.parts import gateway
from gateway.web.session import staff
from policies import Decision, NearMiss, PolicyBook, Question, Sources
from policies.explain import Considered
from policies.sources import UNITS
from policies.spreadsheet import read_rows

_LONGEST_ENTRY = 40


@dataclass(frozen=True, slots=True)
class Why:
    """A decision with all its why. `near`: each permit that lacked only one condition, where that condition alone would
    open the door."""

    decision: Decision
    considered: tuple[Considered, ...]
    near: tuple[NearMiss, ...]
    owed: tuple[str, ...]  # the obligations, in the reader's words


def add_explaining(app: Flask) -> None:
    """`/it/explain`."""
    app.add_url_rule("/it/explain", view_func=explain_page)


@entrance(Entrance.RULES)
def explain_page() -> ResponseReturnValue:
    """The form, and the answer once something was asked."""
    entry = request.args.get("entry", "").strip()[:_LONGEST_ENTRY]
    facts = facts_of(request.args)
    book = book_of(facts.get("version", ""))
    why, fault, recorded = None, False, ""
    if entry:
        try:
            past = gateway().publishing.recorded_question(staff(), entry)
            why = why_of(book, past.question)
            recorded = entry
        except NotFound:
            fault = True
    elif request.args.get("asked") == "1":
        why = why_of(book, question_of(facts, gateway().settings.hospital.finess))
    return render_template(
        "it/explain.html",
        entry=entry,
        entry_fault=fault,
        recorded=_("Écriture %(entry)s du journal.") % {"entry": recorded} if recorded else "",
        explanation=why,
        rules={rule.id: rule for rule in book.rules()},
        facts=facts,
        choices=choices(),
        actor_facts=ACTOR_FACTS,
        asking_facts=ASKING_FACTS,
        patient_facts=PATIENT_FACTS,
        document_facts=DOCUMENT_FACTS,
        professions=book.professions(),
        units=_units(facts.get("version", "")),
        types=_types(book),
        versions=_versions(),
    )


def book_of(ref: str) -> PolicyBook:
    """The rules to ask: those in force, or a version's. Raises `NotFound`, `PolicyError`."""
    if not ref:
        return gateway().rules.current()
    return PolicyBook.build(Sources.of(gateway().publishing.files(ref)))


def why_of(book: PolicyBook, question: Question) -> Why:
    """Every rule that answered, and the one condition that was missing where there was only one."""
    explanation = book.explain(question)
    decision = explanation.decision
    owed = tuple(book.obligation_words(one, language()) for one in decision.obligations)
    return Why(decision, explanation.considered, decision.near_misses, owed)


def _types(book: PolicyBook) -> tuple[tuple[str, str], ...]:
    labels = {row.type_code: row.type_label for row in book.matrix()}
    return tuple(sorted(labels.items(), key=lambda pair: pair[1].lower()))


def _units(ref: str) -> tuple[tuple[str, str], ...]:
    files = gateway().publishing.files(ref or "in-force")
    rows, _faults = read_rows(UNITS, text_of(files.get(UNITS, b"")), ("code", "label_fr", "label_en"))
    label = "label_fr" if language() == "fr" else "label_en"
    return tuple((row.cells["code"], row.cells[label]) for row in rows)


def _versions() -> tuple[tuple[str, str], ...]:
    number = gateway().publishing.in_force().wanted
    others = tuple(
        (str(one.number), _("Version %(number)s : %(title)s") % {"number": one.number, "title": one.title})
        for one in gateway().publishing.versions()
        if one.number != number
    )
    return (("", _("Version en vigueur")), *others)
