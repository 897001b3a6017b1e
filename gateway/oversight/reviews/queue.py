"""The queue of cases, heaviest first, oldest first among equals, a page at a time by the place of the last one seen."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, Row, text

from gateway.identity.staff_member import load_staff_member
from gateway.oversight.reviews.case import CaseLine, CaseState
from gateway.oversight.reviews.evidence import DAY_MS
from gateway.oversight.reviews.weighing import load_flags, load_proposal
from gateway.settings import ReviewSettings
from policies import Mode

PAGE = 50
LINE_COLUMNS = """
    r.grant_id, r.patient_id, r.unit, r.mode, r.reason_code, r.opened_at, r.state, r.rank_key, r.flags, r.proposal,
    r.weighed_at, r.answer_due_at, r.decided_at, g.staff, p.birth_name, p.given_names, p.birth_date, p.ipp
"""
LINE_FROM = "FROM review r JOIN access_grant g ON g.id = r.grant_id JOIN patient p ON p.id = r.patient_id"
_FILTERS = """(:state = '' OR r.state = :state) AND (:unit = '' OR r.unit = :unit)
    AND (:flag = '' OR r.flags LIKE :flag_like) AND (:proposed = 0 OR r.explained_by <> '')"""
# Two steps, so that the page of cases is found in the index alone before anything is joined to it.
_TODO = text(
    f"""SELECT {LINE_COLUMNS} {LINE_FROM} WHERE r.decided_at IS NULL AND {_FILTERS}
    AND (r.rank_key > :rank OR (r.rank_key = :rank AND (r.opened_at > :opened
        OR (r.opened_at = :opened AND r.grant_id > :grant_id))))
    ORDER BY r.rank_key, r.opened_at, r.grant_id LIMIT :most"""
)
_DONE = text(
    f"""SELECT {LINE_COLUMNS} {LINE_FROM} WHERE r.decided_at IS NOT NULL AND {_FILTERS}
    AND (r.decided_at < :decided OR (r.decided_at = :decided AND r.grant_id > :grant_id))
    ORDER BY r.decided_at DESC, r.grant_id LIMIT :most"""
)
_COUNTS = text(
    """SELECT state, COUNT(*) AS cases, SUM(CASE WHEN opened_at < :late THEN 1 ELSE 0 END) AS overdue
    FROM review WHERE decided_at IS NULL GROUP BY state"""
)
_UNITS = text("SELECT DISTINCT unit FROM review WHERE decided_at IS NULL AND unit <> '' ORDER BY unit LIMIT 200")
_LOWEST, _LATEST = -(2**31), 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What to show; `done`: the decided ones, newest first, instead of those to do."""

    state: str = ""
    unit: str = ""
    flag: str = ""
    proposed: bool = False
    done: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The last case of a page: the next page begins after it."""

    rank: int
    instant: int
    access_id: str

    def __str__(self) -> str:
        """For an address: nothing personal."""
        return f"{self.rank}.{self.instant}.{self.access_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Cases of a page, where the next begins (None at the end), and how much is to do."""

    cases: tuple[CaseLine, ...]
    next: Place | None
    counts: dict[CaseState, int]
    overdue: int
    units: tuple[str, ...]


def read_place(written: str) -> Place | None:
    """A place from an address; None for what is none."""
    rank, _, rest = written.partition(".")
    instant, _, access_id = rest.partition(".")
    try:
        place = Place(int(rank), int(instant), access_id)
    except ValueError:
        return None
    return place if abs(place.rank) < 2**31 and 0 <= place.instant < 2**53 and len(access_id) == 36 else None


def page_of(
    connection: Connection, only: QueueFilter, after: Place | None, settings: ReviewSettings, now: int, most: int = PAGE
) -> QueuePage:
    """One page of the queue, in at most three questions to the database."""
    rows = connection.execute(_DONE if only.done else _TODO, _parameters(only, after, most + 1)).all()
    shown, more = rows[:most], len(rows) > most
    counted = connection.execute(_COUNTS, {"late": now - settings.decide_days * DAY_MS}).all()
    last = shown[-1] if shown else None
    following = None
    if more and last is not None:
        following = Place(last.rank_key, last.decided_at if only.done else last.opened_at, last.grant_id)
    return QueuePage(
        cases=tuple(line_of(row, settings) for row in shown),
        next=following,
        counts={CaseState(row.state): row.cases for row in counted},
        overdue=sum(row.overdue for row in counted),
        units=tuple(connection.execute(_UNITS).scalars()),
    )


def line_of(row: Row[tuple[object, ...]], settings: ReviewSettings) -> CaseLine:
    """A row of `LINE_COLUMNS`."""
    return CaseLine(
        access_id=row.grant_id,
        patient_name=f"{row.birth_name} {row.given_names}",
        birth_date=row.birth_date,
        ipp=row.ipp,
        staff=load_staff_member(row.staff),
        unit=row.unit,
        mode=Mode(row.mode),
        reason_code=row.reason_code,
        opened_at=row.opened_at,
        due_at=row.opened_at + settings.decide_days * DAY_MS,
        state=CaseState(row.state),
        risk=-row.rank_key,
        flags=load_flags(row.flags),
        proposal=load_proposal(row.proposal),
        weighed=row.weighed_at is not None,
        answer_due_at=row.answer_due_at,
        decided_at=row.decided_at,
    )


def _parameters(only: QueueFilter, after: Place | None, most: int) -> dict[str, object]:
    first = after or Place(_LOWEST, _LATEST if only.done else -1, "")
    return {
        "state": only.state,
        "unit": only.unit,
        "flag": only.flag,
        "flag_like": f"%{json.dumps(only.flag)}%",
        "proposed": int(only.proposed),
        "rank": first.rank,
        "opened": first.instant,
        "decided": first.instant,
        "grant_id": first.access_id,
        "most": most,
    }
