"""What the rules cost: a decision, a list of documents, a thousand rules, a replay of the past, a proof, a comparison.

CPU time of the calling thread where one answer is measured (the engine answers in that thread); wall-clock time where a
person waits.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

from rich.console import Console
from rich.table import Table

import policies
from policies import Action, PolicyBook, Question, Sources
from policies.cases import question_of, read_personas
from policies.lint import Parts, inspect
from policies.prover import differences, prove
from policies.recorded import RecordedQuestion
from policies.replay import replay
from policies.ruleset import read_rules

SHIPPED = Path(policies.__file__).parent
MANY = 1_000  # rules
PAST = 10_000  # recorded questions
DOCUMENTS = 100
PEOPLE = ("interne", "senior", "infirmiere", "pharmacienne", "secretaire", "regulateur", "externe", "dentiste")
PATIENTS = ("ordinaire", "suivie", "opposee_bris_de_glace", "masques_ouverts", "bloque_le_professionnel", "a_refuse")
CONTEXTS = ("accord", "equipe", "bris_de_glace", "regulation", "accord_ouvert", "bris_de_glace_ouvert")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesCost:
    """One figure. `limit` is what the project promises, None where a figure is only stated."""

    what: str
    value: float
    unit: str
    limit: float | None


def measure_rules(*, quick: bool) -> list[RulesCost]:
    """Every figure, in one process, on the rules as they ship."""
    parts, _ = inspect(Sources.read(SHIPPED))
    book, many = PolicyBook.of(parts), PolicyBook.of(_with_rules(parts, MANY))
    asked = list(_questions())
    reading = next(one for one in asked if one.action is Action.READ_DOCUMENT and book.decide(one).allowed)
    assert reading.document is not None
    listed = [replace(reading.document, id=str(number)) for number in range(DOCUMENTS)]

    def listing(of: PolicyBook) -> Callable[[], object]:
        return partial(of.decide_documents, reading, listed)

    times = 3 if quick else 10
    number = len(parts.rules)
    return [
        _figure(f"decision, {number} rules, CPU median", _each(book, asked, times), "ms", 1.0),
        _figure(f"list of {DOCUMENTS} documents, CPU", _cpu(listing(book), 15), "ms", 30.0),
        _figure(f"decision, {MANY} rules, CPU median", _each(many, asked, 1), "ms", None),
        _figure(f"list of {DOCUMENTS} documents, {MANY} rules, CPU", _cpu(listing(many), 3), "ms", None),
        _figure(f"replay of {PAST} recorded questions", _replay_seconds(book, asked, alike=True), "s", 10.0),
        _figure(f"replay of {PAST} questions, no two alike", _replay_seconds(book, asked, alike=False), "s", 10.0),
        _figure("proof of every invariant", _wall(lambda: prove(parts.sources)), "s", None),
        _figure("comparison of two versions", _wall(lambda: differences(parts.sources, parts.sources)), "s", None),
    ]


def show_rules(console: Console, costs: list[RulesCost]) -> None:
    """What the rules cost, beside what is promised."""
    table = Table(title="The rules: CPU of one answer, seconds of a whole task")
    for column in ("what", "measured", "promised"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for one in costs:
        promised = f"< {one.limit:g} {one.unit}" if one.limit is not None else "stated"
        table.add_row(one.what, f"{one.value:.2f} {one.unit}", promised)
    console.print(table)


def rules_to_json(costs: list[RulesCost]) -> list[dict[str, object]]:
    """The figures, plain."""
    return [asdict(cost) for cost in costs]


def _figure(what: str, value: float, unit: str, limit: float | None) -> RulesCost:
    return RulesCost(what=what, value=value, unit=unit, limit=limit)


def _questions() -> Iterator[Question]:
    """Everyday questions: people, patients and contexts of the case files, openings and readings."""
    personas = read_personas(SHIPPED)
    for user in PEOPLE:
        for patient in PATIENTS:
            for context in CONTEXTS:
                asked = {"user": user, "patient": patient, "context": context}
                yield question_of(personas, {**asked, "action": "open_dossier"})
                yield question_of(personas, {**asked, "action": "read_document", "document": "synthese"})


def _with_rules(parts: Parts, number: int) -> Parts:
    """The same version with rules like those of a large hospital, up to this number."""
    units = list(parts.nomenclature.units)
    texts = [
        f'@id("MIL-{place:03d}-x") @reason("r") @reason_en("r") @obligations("") '
        'permit (principal, action == Action::"open_dossier", resource) when { context.mode == Mode::"normal" && '
        f'principal.unit == "{units[place % len(units)]}-{place}" && principal.factors >= 2 && '
        'principal.habilitation.types.contains(DocumentType::"SYNTH") && context.patient.in_actor_unit };'
        for place in range(number - len(parts.rules))
    ]
    added, _ = read_rules(Sources({"rules/99-mille.cedar": "\n".join(texts).encode()}), parts.nouns, parts.obligations)
    return replace(parts, rules=(*parts.rules, *added))


def _each(book: PolicyBook, asked: list[Question], times: int) -> float:
    """The median CPU time of one decision, ms, over questions of every kind."""
    return median(_cpu(partial(book.decide, question), 1) for _ in range(times) for question in asked)


def _cpu(work: Callable[[], object], times: int) -> float:
    spent = []
    for _ in range(times):
        started = thread_time()
        work()
        spent.append((thread_time() - started) * 1_000)
    return median(spent)


def _wall(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _replay_seconds(book: PolicyBook, asked: list[Question], *, alike: bool) -> float:
    past = []
    for number in range(PAST):
        question = asked[number % len(asked)]
        specialty = question.actor.specialty if alike else str(number)
        question = replace(question, actor=replace(question.actor, id=f"p{number}", specialty=specialty))
        past.append(RecordedQuestion(entry_id=str(number), time=number, question=question, allowed_then=False))
    return _wall(lambda: replay(past, book, book))
