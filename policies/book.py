"""A policy book: one version of the rules, read once, that answers questions and never says yes by accident."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cedarpy

from policies.crowd import Crowd
from policies.engine import Engine, Verdict, fault_of, is_trouble
from policies.errors import Fault, PolicyError
from policies.explain import Explainer, Explanation
from policies.facts import Facts, check_question, habilitation_entities, habilitation_entity
from policies.lint import Parts, inspect
from policies.matrix import MatrixRow
from policies.nomenclature import Profession
from policies.probes import PROBES
from policies.question import Decision, Document, Question
from policies.ruleset import Rule
from policies.settings import HospitalRules
from policies.sources import SCHEMA, Sources

NO_RULE_FR = "Aucune règle ne permet cet accès."
NO_RULE_EN = "No rule allows this access."
TROUBLE_FR = "Les règles n'ont pas pu être consultées : accès refusé, le service informatique est alerté."
TROUBLE_EN = "The rules could not be consulted: access refused, the IT department is alerted."


class PolicyBook:
    """Immutable, and safe to share between threads. Made by `load`; a new version is a new book."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._rules = {rule.id: rule for rule in parts.rules}
        self._engine = Engine({rule.id: rule.tree for rule in parts.rules}, parts.nouns.schema)
        self._facts = Facts(parts.nouns, parts.nomenclature, parts.settings)
        self._explainer = Explainer(parts.rules, parts.nouns, parts.words)
        self._digest = parts.sources.digest
        self._bases = {
            profession.habilitation: self._base(profession.habilitation)
            for profession in parts.nomenclature.professions.values()
        }

    @classmethod
    def load(cls, folder: Path, guardrails_digest: str | None = None) -> "PolicyBook":
        """Read a folder of rules. Raises `PolicyError` with every fault; `guardrails_digest` pins the guardrails."""
        return cls.build(Sources.read(folder), guardrails_digest)

    @classmethod
    def build(cls, sources: Sources, guardrails_digest: str | None = None) -> "PolicyBook":
        """The same from files already read, e.g. a version kept in a database. Raises `PolicyError`."""
        parts, faults = inspect(sources, guardrails_digest)
        if faults:
            raise PolicyError(faults)
        book = cls.of(parts)
        troubles = {fault for probe in PROBES for fault in book.decide(probe).engine_faults}
        if troubles:
            raise PolicyError([_unanswerable(trouble) for trouble in troubles])
        return book

    @classmethod
    def of(cls, parts: Parts) -> "PolicyBook":
        """A book of parts already inspected, faults or not. Raises `PolicyError` when the engine cannot take them."""
        try:
            return cls(parts)
        except ValueError as trouble:
            raise PolicyError([_unanswerable(fault_of(trouble))]) from None

    @property
    def digest(self) -> str:
        """SHA-256 in lower-case hex over every file of the version and the engine's: the version's name."""
        return self._digest

    @property
    def guardrails_digest(self) -> str:
        """SHA-256 in lower-case hex over the guardrails alone: what a configuration pins."""
        return self._parts.sources.guardrails_digest

    @property
    def settings(self) -> HospitalRules:
        """The hospital's settings, as this version gives them."""
        return self._parts.settings

    def rules(self) -> tuple[Rule, ...]:
        """Every rule in force, by id, guardrails included."""
        return self._parts.rules

    def matrix(self) -> tuple[MatrixRow, ...]:
        """The rows of the matrix, in file order."""
        return self._parts.matrix.rows

    def professions(self) -> tuple[Profession, ...]:
        """The professions the rules know, by id."""
        return tuple(sorted(self._parts.nomenclature.professions.values(), key=lambda one: one.id))

    def obligation_words(self, obligation: str, language: str) -> str:
        """An obligation of this version in plain words; `language` is "fr" or "en"."""
        return self._parts.obligations.words(obligation, language)

    def decide(self, question: Question) -> Decision:
        """The answer to one question. Total: it never raises, and any trouble is a refusal with `engine_faults`.

        On a refusal `obligations` are advice from the forbids that fired (e.g. `alert:dpo`).
        """
        try:
            check_question(question)
            request, entities = self._put(question)
            decision = self._decision(self._engine.ask([request], entities)[0])
            if decision.allowed or decision.engine_faults:
                return decision
            near_misses = self._explainer.near_misses(request, entities, decision.rule_ids)
            return replace(decision, near_misses=near_misses) if near_misses else decision
        except BaseException as trouble:
            if not is_trouble(trouble):
                raise
            return self._refused_by_trouble((fault_of(trouble),))

    def decide_documents(self, question: Question, documents: Sequence[Document]) -> list[Decision]:
        """One answer a document, in order, asked of the engine in one batch.

        `question` is a READ_DOCUMENT question; its own document is replaced by each in turn. Never raises; no near
        misses are looked for.
        """
        try:
            for document in documents:
                check_question(replace(question, document=document))
            entities = self._entities(question, documents)
            context = self._facts.request(question)
            requests = [self._facts.reading(context, place) for place in range(len(documents))]
            return [self._decision(verdict) for verdict in self._engine.ask(requests, entities)]
        except BaseException as trouble:
            if not is_trouble(trouble):
                raise
            return [self._refused_by_trouble((fault_of(trouble),))] * len(documents)

    def decide_many(self, questions: Sequence[Question]) -> list[Decision]:
        """One answer a question, in order, as `decide` gives it but without near misses, asked in a few batches.

        For the replay of many questions of many people. Never raises.
        """
        verdicts = Crowd(self._engine, self._facts, self._everyone()).verdicts(questions)
        pairs = zip(questions, verdicts, strict=True)
        return [self._decision(verdict) if verdict else self.decide(question) for question, verdict in pairs]

    def explain(self, question: Question) -> Explanation:
        """The decision with every permit of the action and mode asked for, condition by condition.

        Raises `MalformedQuestionError` on a question that breaks the contract, `ValueError` on engine trouble.
        """
        check_question(question)
        request, entities = self._put(question)
        return Explanation(decision=self.decide(question), considered=self._explainer.considered(request, entities))

    def _put(self, question: Question) -> tuple[dict[str, Any], cedarpy.Entities]:
        documents = [question.document] if question.document is not None else []
        return self._facts.request(question), self._entities(question, documents)

    def _entities(self, question: Question, documents: Sequence[Document]) -> cedarpy.Entities:
        base = self._bases[self._facts.habilitation(question.actor)]
        return self._engine.entities(base, self._facts.entities(question.actor, documents))

    def _base(self, profession: str) -> cedarpy.Entities:
        types = self._parts.matrix.readable.get(profession, frozenset())
        return self._engine.base_entities(habilitation_entity(profession, types))

    def _everyone(self) -> cedarpy.Entities:
        """Every profession's readable types in one base, for questions of many people at once."""
        readable = self._parts.matrix.readable
        names = {one.habilitation for one in self._parts.nomenclature.professions.values()}
        return self._engine.base_entities(
            habilitation_entities({name: readable.get(name, frozenset()) for name in names})
        )

    def _decision(self, verdict: Verdict) -> Decision:
        if verdict.faults:
            return self._refused_by_trouble(verdict.faults)
        fired = [self._rules[rule_id] for rule_id in verdict.rule_ids]
        return Decision(
            allowed=verdict.allowed,
            rule_ids=verdict.rule_ids,
            reasons_fr=tuple(rule.reason_fr for rule in fired) or (NO_RULE_FR,),
            reasons_en=tuple(rule.reason_en for rule in fired) or (NO_RULE_EN,),
            obligations=self._parts.obligations.combine(word for rule in fired for word in rule.obligations),
            near_misses=(),
            book_digest=self._digest,
        )

    def _refused_by_trouble(self, faults: tuple[str, ...]) -> Decision:
        return Decision(
            allowed=False,
            rule_ids=(),
            reasons_fr=(TROUBLE_FR,),
            reasons_en=(TROUBLE_EN,),
            obligations=(),
            near_misses=(),
            book_digest=self._digest,
            engine_faults=faults,
        )


def _unanswerable(trouble: str) -> Fault:
    fr = f"le schéma ne convient pas aux faits que donne la passerelle : {trouble}"
    en = f"the schema does not fit the facts the gateway gives: {trouble}"
    return Fault(file=SCHEMA, line=0, rule_id="", fr=fr, en=en)
