"""Weighs cases, off the path of those who open dossiers: flags and risk, and the admission that explains the access.

A case is weighed once after its birth, and again when what it was weighed from changes: an admission that arrives or
is cancelled, a contest. A case that was decided is never changed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, text

from gateway.oversight.reviews.case import DECIDED, CaseState, Flag, Proposal, StepKind
from gateway.oversight.reviews.evidence import CLOCK_SLACK_MS, HOUR_MS, Gathered, gather, habits_of
from gateway.oversight.reviews.explaining_stay import Effect, closes, explain, rule_settings
from gateway.oversight.reviews.flags import flags_of
from gateway.oversight.reviews.habits import Habits
from gateway.oversight.reviews.recorder import ReviewRecorder
from gateway.oversight.reviews.steps import leave_step
from gateway.settings import ReviewSettings
from gateway.storage.database import Database
from gateway.storage.journal import patient_subject, take_turns
from gateway.storage.transaction import Transaction
from gateway.world import World

# One commit holds that many: on SQLite nobody else writes meanwhile.
CASES_PER_COMMIT = 25
# Habits move slowly: an hour's are the next hour's.
HABITS_KEPT_MS = HOUR_MS

_UNWEIGHED = text(
    "SELECT grant_id FROM review WHERE weighed_at IS NULL AND decided_at IS NULL ORDER BY opened_at DESC LIMIT :most"
)
_NEAR = """a.cancelled_at IS NULL AND a.admitted_at <= r.opened_at + :near AND a.admitted_at <= :now
    AND (a.discharged_at IS NULL OR a.discharged_at >= r.opened_at - :near)"""
# An admission that came, or the one that explained the access gone: what the flags say no longer holds.
_CHANGED = text(
    f"""SELECT r.grant_id FROM review r WHERE r.decided_at IS NULL AND r.weighed_at IS NOT NULL AND (
        (r.explained_by = '' AND EXISTS (SELECT 1 FROM admission a WHERE a.patient_id = r.patient_id AND {_NEAR}))
        OR (r.explained_by <> ''
            AND NOT EXISTS (SELECT 1 FROM admission a WHERE a.id = r.explained_by AND {_NEAR})))
    LIMIT :most"""  # noqa: S608
)
_PATIENTS = text("SELECT patient_id FROM review WHERE grant_id IN :grants").bindparams(
    bindparam("grants", expanding=True)
)
_WEIGH = text(
    """UPDATE review SET rank_key = :rank_key, flags = :flags, weighed_from = :weighed_from, weighed_at = :now,
        explained_by = :explained_by, proposal = :proposal
    WHERE grant_id = :grant_id AND decided_at IS NULL"""
)
_CLOSE = text(
    """UPDATE review SET state = 'justified', decided_at = :now, decided_by = :rule
    WHERE grant_id = :grant_id AND decided_at IS NULL AND state = 'open' AND NOT EXISTS
        (SELECT 1 FROM review_step s WHERE s.grant_id = :grant_id AND s.kind = 'reopened')"""
)


class Weighing:
    """Flags of the cases, kept in their rows with what they were computed from."""

    def __init__(
        self,
        *,
        database: Database,
        world: World,
        recorder: ReviewRecorder,
        settings: ReviewSettings,
        emergency_unit: str,
    ) -> None:
        self._database = database
        self._world = world
        self._recorder = recorder
        self._settings = settings
        self._emergency_unit = emergency_unit
        self._habits: dict[str, tuple[int, Habits]] = {}

    def weigh_new(self, most: int = CASES_PER_COMMIT) -> int:
        """Weigh the newest cases that never were, at most so many; how many were."""
        with self._database.reading() as connection:
            waiting = list(connection.execute(_UNWEIGHED, {"most": most}).scalars())
        return self._weigh_all(waiting)

    def weigh_changed(self, most: int = CASES_PER_COMMIT) -> int:
        """Weigh again the undecided cases whose admissions changed since, at most so many; how many were."""
        parameters = {
            "near": self._settings.admission_hours * HOUR_MS,
            "now": self._world.epoch_ms() + CLOCK_SLACK_MS,
            "most": most,
        }
        with self._database.reading() as connection:
            changed = list(connection.execute(_CHANGED, parameters).scalars())
        return self._weigh_all(changed)

    def weigh(self, tx: Transaction, grant_id: str) -> None:
        """Weigh one case in the caller's transaction; nothing for one that is decided or does not exist."""
        now = self._world.epoch_ms()
        found = gather(tx.connection, grant_id, self._settings, now)
        if found is None or CaseState(found.row.state) in DECIDED:
            return
        effects = {rule.rule: rule.effect for rule in rule_settings(tx.connection, self._settings)}
        self._keep(tx, found, self._habits_of(tx.connection, found.row.unit, now), effects)

    def _weigh_all(self, grant_ids: Sequence[str]) -> int:
        if grant_ids:

            def unit(tx: Transaction) -> None:
                patients = tx.connection.execute(_PATIENTS, {"grants": grant_ids}).scalars()
                take_turns(tx, map(patient_subject, patients))
                for grant_id in grant_ids:
                    self.weigh(tx, grant_id)

            self._database.transact(unit)
        return len(grant_ids)

    def _habits_of(self, connection: Connection, unit: str, now: int) -> Habits:
        kept = self._habits.get(unit)
        if kept is None or not 0 <= now - kept[0] < HABITS_KEPT_MS:
            kept = self._habits[unit] = (now, habits_of(connection, unit, self._settings, now))
        return kept[1]

    def _keep(self, tx: Transaction, found: Gathered, habits: Habits, effects: Mapping[str, Effect]) -> None:
        row, now = found.row, self._world.epoch_ms()
        flags = flags_of(found.facts, habits, self._settings)
        proposal = explain(
            found.stays,
            unit=row.unit,
            emergency_unit=self._emergency_unit,
            opened_at=row.opened_at,
            known_before=row.weighed_at is not None and not row.explained_by,
            effects=effects,
        )
        explained_by = proposal.episode_id if proposal else ""
        tx.connection.execute(
            _WEIGH,
            {
                "grant_id": row.grant_id,
                "rank_key": -sum(flag.weight for flag in flags),
                "flags": dump_flags(flags),
                "weighed_from": json.dumps(_sources(found, habits)),
                "now": now,
                "explained_by": explained_by,
                "proposal": json.dumps(asdict(proposal)) if proposal else "",
            },
        )
        if proposal is not None:
            self._propose(tx, found, flags, proposal)

    def _propose(self, tx: Transaction, found: Gathered, flags: tuple[Flag, ...], proposal: Proposal) -> None:
        """Record an admission that came later, and close the case where the DPO lets the rule do it."""
        row = found.row
        facts: dict[str, int | str] = {
            "rule": proposal.rule,
            "episode": proposal.episode_id,
            "admitted_at": proposal.admitted_at,
        }
        if proposal.late and proposal.effect != "off" and row.explained_by != proposal.episode_id:
            self._step(tx, StepKind.PROPOSED, found, proposal, facts)
        if found.facts.contests or not closes(proposal, flags, self._settings):
            return
        now = self._world.epoch_ms()
        closing = {"grant_id": row.grant_id, "now": now, "rule": f"rule:{proposal.rule}"}
        if tx.connection.execute(_CLOSE, closing).rowcount == 1:
            self._step(tx, StepKind.CLOSED_BY_RULE, found, proposal, facts)

    def _step(
        self, tx: Transaction, kind: StepKind, found: Gathered, proposal: Proposal, facts: Mapping[str, int | str]
    ) -> None:
        row, by = found.row, f"rule:{proposal.rule}"
        leave_step(tx, self._world, self._recorder, kind, row.grant_id, row.patient_id, None, by=by, facts=facts)


def dump_flags(flags: Sequence[Flag]) -> str:
    """For the column."""
    return json.dumps([{"code": one.code, "weight": one.weight, "evidence": dict(one.evidence)} for one in flags])


def load_flags(kept: str) -> tuple[Flag, ...]:
    """Read back what `dump_flags` wrote."""
    return tuple(Flag(one["code"], one["weight"], one["evidence"]) for one in json.loads(kept))


def load_proposal(kept: str) -> Proposal | None:
    """Read back a proposal; None where there is none."""
    return Proposal(**json.loads(kept)) if kept else None


def _sources(found: Gathered, habits: Habits) -> dict[str, object]:
    """What the flags were computed from, without a name or an address."""
    facts = found.facts
    return {
        "stays": [stay.episode_id for stay in found.stays if not stay.cancelled],
        "earlier": facts.earlier,
        "volume": facts.volume,
        "contests": facts.contests,
        "reader_is_known_as_patient": facts.reader_record is not None,
        "patient_is_staff": bool(facts.linked_staff_key),
        "habits": {"total": habits.total, "median_volume": habits.median_volume()},
    }
