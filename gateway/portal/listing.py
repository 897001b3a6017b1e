"""The accesses of a patient as one side may know them: the statements, and a row as a view. Commits nothing.

A representative sees what `gateway.notifications.secrecy` lets them be told of, and no more. Where an access stands in
a review, and whether it was a professional's first, is told them as if the others, and what the minor contests alone,
were not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, TextClause, text

from gateway.access.contests import number_of
from gateway.access.openings import opened_categories
from gateway.identity.staff_member import load_staff_member
from gateway.notifications.secrecy import KNOWN_TO_REPRESENTATIVES, NEVER, alone_from
from gateway.portal.standing import Person, Role, Side
from gateway.portal.views import AccessView, ReviewOutcome
from gateway.settings import HospitalSettings
from policies import Mode

# The unit as it was at that sign-in; each engine reads JSON its own way.
_UNITS = {"sqlite": "json_extract(g.staff, '$.unit')", "postgresql": "(CAST(g.staff AS json) ->> 'unit')"}
# An access that this reader may know of; and one that counts where it is said whether another was the first.
_KNOWN = f"(:alone OR {KNOWN_TO_REPRESENTATIVES.format(g='g')})"
_COUNTED = f"(:counts_all OR {KNOWN_TO_REPRESENTATIVES.format(g='x')})"
_FOUND = f"""g.patient_id = :patient_id AND g.opened_at >= :since AND g.opened_at < :until
    AND (:mode = '' OR g.mode = :mode) AND (:unit = '' OR {{unit}} = :unit)
    AND (:staff_key = '' OR g.staff_key = :staff_key) AND {_KNOWN}"""
_COLUMNS = f"""SELECT g.id, g.staff_key, g.staff, g.mode, g.reason_code, g.consent_basis, g.opened_at, g.expires_at,
    g.ended_at, g.audit_entry_id,
    (SELECT n.id FROM notice n WHERE n.grant_id = g.id AND n.recipient = :recipient) AS notice_id,
    (SELECT n.code FROM notice n WHERE n.grant_id = g.id AND n.recipient = :recipient) AS code,
    (SELECT l.leaf_index FROM audit_leaf l WHERE l.entry_id = g.audit_entry_id) AS leaf_index,
    NOT EXISTS (SELECT 1 FROM access_grant x WHERE x.patient_id = g.patient_id AND x.staff_key = g.staff_key
        AND x.opened_at < g.opened_at AND {_COUNTED}) AS first_access,
    EXISTS (SELECT 1 FROM block_wish b WHERE b.patient_id = g.patient_id AND b.staff_key = g.staff_key
        AND b.side = :side) AS wished,
    EXISTS (SELECT 1 FROM patient_block b WHERE b.patient_id = g.patient_id AND b.staff_key = g.staff_key) AS blocked,
    r.state AS review_state, r.decided_at FROM access_grant g LEFT JOIN review r ON r.grant_id = g.id"""  # noqa: S608
_PAGE = f"""{_COLUMNS} WHERE {_FOUND} AND (g.opened_at < :before OR (g.opened_at = :before AND g.id < :before_id))
    ORDER BY g.opened_at DESC, g.id DESC LIMIT :most"""
_COUNT = f"SELECT COUNT(*) FROM access_grant g WHERE {_FOUND}"  # noqa: S608
_MOMENTS = f"SELECT g.opened_at, g.mode FROM access_grant g WHERE {_FOUND} ORDER BY g.opened_at, g.id"  # noqa: S608
_STAFF = f"SELECT g.id, g.staff_key, g.staff, g.mode, g.opened_at FROM access_grant g WHERE {_FOUND}"  # noqa: S608
_ONE = text(f"{_COLUMNS} WHERE g.id = :access_id AND g.patient_id = :patient_id AND {_KNOWN}")
_CONTESTS = text("SELECT id, side, received_at FROM contest WHERE grant_id = :grant_id ORDER BY received_at, id")
_DECISION = text(
    """SELECT kind, at FROM review_step WHERE grant_id = :grant_id AND at < :until
    AND kind IN ('justified', 'unjustified', 'closed_by_rule', 'undone') ORDER BY number DESC LIMIT 1"""
)
_DECIDED = {
    "justified": ReviewOutcome.JUSTIFIED,
    "closed_by_rule": ReviewOutcome.JUSTIFIED,
    "unjustified": ReviewOutcome.UNJUSTIFIED,
}
_SIDES = {Side.HOLDER: ("holder", "representative", "proof"), Side.REPRESENTATIVE: ("representative",)}
_RECIPIENTS = {Side.HOLDER: "patient", Side.REPRESENTATIVE: "legal_representative"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter in the terms of the tables: instants in epoch ms, a staff key."""

    since: int = 0
    until: int = 2**53 - 1
    mode: str = ""
    unit: str = ""
    staff_key: str = ""


def sides_seen(person: Person) -> tuple[str, ...]:
    """Whose contests this reader is told of: the holder everybody's, a representative the representatives' alone."""
    return _SIDES[person.side]


def find_page(
    connection: Connection, person: Person, wanted: Wanted, now: int, before: tuple[int, str], most: int
) -> Sequence[Row[tuple[object, ...]]]:
    """The rows strictly before a place (instant, id), newest first."""
    place = {"before": before[0], "before_id": before[1], "most": most}
    return connection.execute(_of(connection, _PAGE), {**_values(person, wanted, now), **place}).all()


def count(connection: Connection, person: Person, wanted: Wanted, now: int) -> int:
    """How many there are in all."""
    found: int = connection.execute(_of(connection, _COUNT), _values(person, wanted, now)).scalar_one()
    return found


def moments(connection: Connection, person: Person, wanted: Wanted, now: int) -> tuple[tuple[int, Mode], ...]:
    """When each was opened, and in which mode; oldest first."""
    rows = connection.execute(_of(connection, _MOMENTS), _values(person, wanted, now))
    return tuple((row.opened_at, Mode(row.mode)) for row in rows)


def staff_rows(connection: Connection, person: Person, now: int) -> Sequence[Row[tuple[object, ...]]]:
    """Who opened it, an access each."""
    return connection.execute(_of(connection, _STAFF), _values(person, Wanted(), now)).all()


def find_one(
    connection: Connection, person: Person, access_id: str, now: int, *, proof_alone: bool = False
) -> Row[tuple[object, ...]] | None:
    """One access, where this reader may know of it. `proof_alone`: as in `view_of`."""
    reader = _reader(person, now)
    if proof_alone and person.role is Role.MINOR:
        reader["counts_all"] = False
    return connection.execute(_ONE, {**reader, "access_id": access_id}).one_or_none()


def view_of(
    connection: Connection,
    person: Person,
    row: Row[tuple[object, ...]],
    hospital: HospitalSettings,
    now: int,
    *,
    proof_alone: bool = False,
) -> AccessView:
    """A row in the words of the portal. `proof_alone`: the reader knows the notice's code and a birth date, and is
    perhaps a relative: told of contests made the same way, and of no act or block that is the patient's own; of a
    minor's access perhaps a representative, who gets no receipt (see `standing`)."""
    told = ("proof",) if proof_alone else sides_seen(person)
    said = connection.execute(_CONTESTS, {"grant_id": row.id}).all()
    review, reviewed_at = _review(connection, told, row, said)
    return AccessView(
        access_id=row.id,
        code=row.code or "",
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        open=row.ended_at is None and now < row.expires_at,
        mode=Mode(row.mode),
        first_access=bool(row.first_access),
        staff=load_staff_member(row.staff),
        hospital=hospital.name,
        phone=hospital.phone,
        reason_code=row.reason_code,
        consent_basis=row.consent_basis,
        categories=opened_categories(connection, row.id, holder_alone=person.alone and not proof_alone),
        review=review,
        reviewed_at=reviewed_at,
        receipt_state="" if proof_alone and not gives_receipt(person) else _receipt_state(row),
        contest_numbers=tuple(number_of(one.id) for one in said if one.side in told),
        blocked=not proof_alone and (bool(row.wished) or (person.alone and bool(row.blocked))),
    )


def gives_receipt(person: Person) -> bool:
    """Whether a code and a birth date are enough for the receipt of this patient's access: not of a minor's. Whoever
    represents them knows both, and the entry of an opening says whether it was that professional's first."""
    return person.role is Role.ADULT


def _receipt_state(row: Row[tuple[object, ...]]) -> str:
    return "pending" if row.leaf_index is None else "proved"


def _review(
    connection: Connection,
    told: Collection[str],
    row: Row[tuple[object, ...]],
    said: Sequence[Row[tuple[object, ...]]],
) -> tuple[ReviewOutcome, int | None]:
    """What the hospital's review says, to whom it may say it."""
    foreign = [one.received_at for one in said if one.side not in told]
    if foreign:
        if row.mode == Mode.NORMAL.value and len(foreign) == len(said):
            # An ordinary access has a case only because somebody else contested it.
            return ReviewOutcome.NONE, None
        earlier = connection.execute(_DECISION, {"grant_id": row.id, "until": foreign[0]}).one_or_none()
        if earlier is not None and earlier.kind in _DECIDED:
            return _DECIDED[earlier.kind], earlier.at
    if row.review_state is None:
        return ReviewOutcome.NONE, None
    outcome = _DECIDED.get(row.review_state, ReviewOutcome.WAITING)
    return outcome, row.decided_at if outcome is not ReviewOutcome.WAITING else None


def _reader(person: Person, now: int) -> dict[str, object]:
    return {
        "patient_id": person.patient.id,
        "alone": person.alone,
        "counts_all": person.alone,
        "alone_from": alone_from(person.patient.traits.birth_date) if person.role is Role.PARENT else NEVER,
        "side": person.side.value,
        "recipient": _RECIPIENTS[person.side],
        "now": now,
    }


def _values(person: Person, wanted: Wanted, now: int) -> dict[str, object]:
    asked = {"since": wanted.since, "until": wanted.until, "mode": wanted.mode, "unit": wanted.unit}
    return {**_reader(person, now), **asked, "staff_key": wanted.staff_key}


def _of(connection: Connection, statement: str) -> TextClause:
    return text(statement.replace("{unit}", _UNITS[connection.dialect.name]))
