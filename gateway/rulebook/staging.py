"""From draft to version: check, cases and proof must all pass, and everything that does not is said at once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict

from gateway.errors import Hindrance, RulesRefused
from gateway.rulebook import trials
from gateway.rulebook.contents import lock_rulebook, text_digest
from gateway.rulebook.drafting import Drafting, open_draft, require_it
from gateway.rulebook.drafts import Draft
from gateway.rulebook.former import once_in_force
from gateway.rulebook.kept_drafts import close_draft
from gateway.rulebook.kept_versions import add_version, find_version, number_of_text
from gateway.rulebook.people import Person, who
from gateway.rulebook.recorder import RulebookRecorder
from gateway.rulebook.refusals import StageRefused
from gateway.rulebook.reports import CasesReport, CheckReport, ProofReport
from gateway.rulebook.versions import Version
from gateway.storage.database import Database
from gateway.storage.transaction import Transaction
from gateway.world import World
from policies import Sources
from policies.cases import CaseResult


class Staging:
    """See `Publishing.stage`."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        recorder: RulebookRecorder,
        drafting: Drafting,
        prove: Callable[[Mapping[str, bytes]], ProofReport],
    ) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._drafting = drafting
        self._prove = prove

    def stage_files(self, person: Person, title: str, files: Mapping[str, bytes]) -> Version:
        """A folder's files, as a draft and staged at once; a refused one stays open as a draft."""
        return self.stage(person, self._drafting.start(person, title, "", files).id)

    def stage(self, person: Person, draft_id: str) -> Version:
        """Make the draft a version. No transaction is open while it is on trial."""
        require_it(person)
        with self._database.reading() as connection:
            draft = open_draft(connection, draft_id)
            known, former = number_of_text(connection, text_digest(draft.files)), once_in_force(connection)
        if known:
            raise RulesRefused((_known_already(known),))
        report, cases = trials.check(draft.files, "", former), trials.test(draft.files)
        proof = self._prove(draft.files) if report.passed else None
        hindrances = _hindrances(report, cases, proof)
        if hindrances or proof is None:
            self._refuse(person, draft_id, report, cases, proof)
            raise StageRefused(hindrances, report, cases, proof)
        return self._database.transact(lambda tx: self._keep(tx, person, draft, cases, proof))

    def _keep(self, tx: Transaction, person: Person, tried: Draft, cases: CasesReport, proof: ProofReport) -> Version:
        lock_rulebook(tx.connection)
        draft = open_draft(tx.connection, tried.id)
        if draft.revision != tried.revision:
            raise RulesRefused((_changed_meanwhile(),))
        sources = Sources.of(draft.files)
        if known := number_of_text(tx.connection, text_digest(sources.files)):
            raise RulesRefused((_known_already(known),))
        now = self._world.epoch_ms()
        number = add_version(
            tx.connection,
            sources,
            title=draft.title,
            origin="draft",
            base_number=draft.base_number,
            authors=draft.authors if who(person) in draft.authors else (*draft.authors, who(person)),
            by=who(person),
            now=now,
            proof=json.dumps([asdict(line) for line in proof.lines], ensure_ascii=False),
        )
        close_draft(tx.connection, draft.id, "staged", now, number)
        version = find_version(tx.connection, number)
        self._recorder.staged(tx, person, version, draft.id, len(cases.results), len(proof.lines))
        return version

    def _refuse(
        self, person: Person, draft_id: str, report: CheckReport, cases: CasesReport, proof: ProofReport | None
    ) -> None:
        unproved = [line.invariant_id for line in proof.lines if line.state != "proved"] if proof else []
        self._database.transact(
            lambda tx: self._recorder.stage_refused(
                tx,
                person,
                draft_id,
                report.digest,
                {"faults": len(report.faults), "cases_failed": len(cases.failed), "unproved": unproved[:50]},
            )
        )


def _hindrances(report: CheckReport, cases: CasesReport, proof: ProofReport | None) -> tuple[Hindrance, ...]:
    found = [Hindrance("fault", fault.sentence("fr"), fault.sentence("en")) for fault in report.faults]
    if report.passed:
        found += [Hindrance("case-fault", fault.sentence("fr"), fault.sentence("en")) for fault in cases.faults]
        if not cases.faults and not cases.results:
            fr, en = "aucun cas : écrivez au moins un cas dans cases/", "no case: write at least one case in cases/"
            found.append(Hindrance("no-case", fr, en))
    for failed in cases.failed:
        place = f"{failed.case.file}:{failed.case.line} {failed.case.name}"
        fr, en = _difference(failed, "attendu", "obtenu"), _difference(failed, "expected", "found")
        found.append(Hindrance("case-failed", f"{place} : {fr}", f"{place}: {en}"))
    for line in proof.lines if proof else ():
        if line.state != "proved":
            fr = f"{line.invariant_id} : {line.reason_fr} {line.why_fr}".strip()
            en = f"{line.invariant_id}: {line.reason_en} {line.why_en}".strip()
            found.append(Hindrance(line.state.replace("_", "-"), fr, en))
    if proof is not None and not proof.lines:
        fr, en = "aucun invariant à prouver : dossier invariants/", "no invariant to prove: see invariants/"
        found.append(Hindrance("no-invariant", fr, en))
    return tuple(found)


def _difference(failed: CaseResult, expected: str, found: str) -> str:
    return "; ".join(f"{what} {expected} {want or '-'}, {found} {got or '-'}" for what, want, got in failed.differences)


def _known_already(number: int) -> Hindrance:
    fr = f"ces fichiers sont exactement ceux de la version {number} : activez-la, ou revenez-y"
    en = f"these files are exactly those of version {number}: activate it, or roll back to it"
    return Hindrance("known-already", fr, en)


def _changed_meanwhile() -> Hindrance:
    fr = "le brouillon a changé pendant sa vérification : recommencez"
    en = "the draft changed while it was on trial: start again"
    return Hindrance("changed-meanwhile", fr, en)
