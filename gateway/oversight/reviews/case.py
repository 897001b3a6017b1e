"""A case: one access under review, as the reviewers see it. Instants are UTC epoch milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.access.contests import Contest as Contest
from gateway.access.contests import number_of as number_of
from gateway.identity.staff_member import StaffMember
from gateway.oversight.reviews.flag_words import sentences_of
from policies import Mode

Evidence = Mapping[str, int | str]


class CaseState(StrEnum):
    """Where a case stands. `second`: decided by one reviewer, waits for another."""

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    SECOND = "second"
    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


DECIDED = frozenset({CaseState.JUSTIFIED, CaseState.UNJUSTIFIED})
UNDECIDED = frozenset(CaseState) - DECIDED


class StepKind(StrEnum):
    """What happened to a case; each step has its audit entry."""

    PROPOSED = "proposed"
    ASKED = "asked"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    EXPLAINED = "explained"
    FIRST_JUSTIFIED = "first_justified"
    FIRST_UNJUSTIFIED = "first_unjustified"
    DISAGREED = "disagreed"
    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"
    CLOSED_BY_RULE = "closed_by_rule"
    UNDONE = "undone"
    REOPENED = "reopened"
    CONTESTED = "contested"
    CONTEST_ANSWERED = "contest_answered"
    EXPORTED = "exported"


@dataclass(frozen=True, slots=True)
class Flag:
    """Something unusual: its code, what it adds to the risk, and what it was seen in."""

    code: str
    weight: int
    evidence: Evidence

    @property
    def fr(self) -> str:
        """The flag as a sentence with its evidence, French."""
        return sentences_of(self.code, self.evidence)[0]

    @property
    def en(self) -> str:
        """The same in English."""
        return sentences_of(self.code, self.evidence)[1]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The admission that explains an access: by which rule, and what the rule does (`off`, `propose`, `close`)."""

    rule: str
    effect: str
    episode_id: str
    visit_number: str
    unit: str
    admitted_at: int
    late: bool  # it became known after the access


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One line of the queue. `due_at`: to be decided by; `risk`: sum of the flags' weights."""

    access_id: str
    patient_name: str
    birth_date: str
    ipp: str
    staff: StaffMember
    unit: str
    mode: Mode
    reason_code: str
    opened_at: int
    due_at: int
    state: CaseState
    risk: int
    flags: tuple[Flag, ...]
    proposal: Proposal | None
    weighed: bool
    answer_due_at: int | None
    decided_at: int | None

    @property
    def number(self) -> str:
        """How people name it."""
        return number_of(self.access_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was done, by whom (`by_name` empty: by the gateway itself), with which words."""

    kind: StepKind
    at: int
    by_key: str
    by_name: str
    words: str
    audit_entry_id: str


@dataclass(frozen=True, slots=True)
class NoticeState:
    """A notice of the access: who was to be told, and whether they were."""

    recipient: str
    state: str
    channel: str
    settled_at: int | None


@dataclass(frozen=True, slots=True)
class Opened:
    """How many documents of a class were opened."""

    class_code: str
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """An admission of the patient near the access. `cancelled`: it never took place."""

    episode_id: str
    visit_number: str
    unit: str
    admitted_at: int
    discharged_at: int | None
    cancelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case with its evidence. `own_service`: a second reviewer is needed after this one. `reopenable`: a rule
    closed it, and any reviewer may take that back at any time."""

    line: CaseLine
    patient_id: str
    reason_text: str
    consent_basis: str
    expires_at: int
    ended_at: int | None
    rules: tuple[tuple[str, str, str], ...]  # id, French, English
    policy_version: str
    audit_entry_id: str
    notices: tuple[NoticeState, ...]
    opened: tuple[Opened, ...]
    stays: tuple[Stay, ...]
    steps: tuple[Step, ...]
    contests: tuple[Contest, ...]
    own_service: bool
    undoable: bool
    reopenable: bool
