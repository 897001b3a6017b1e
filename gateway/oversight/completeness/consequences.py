"""Every opened document and every notice against the entries, in both directions."""

import hashlib
from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select

from gateway.oversight.completeness.claims import Claims
from gateway.oversight.completeness.finding import Findings
from gateway.oversight.completeness.recorded import ROWS_PER_FETCH
from gateway.storage.tables import document_opening, notice

DOCUMENTS, NOTICES = document_opening.name, notice.name
EMERGENCIES = ("break_glass", "centre_15")

_DOCUMENTS = select(document_opening.c.grant_id, document_opening.c.document_id).execution_options(
    yield_per=ROWS_PER_FETCH
)
_OF_GRANT = select(document_opening.c.document_id).where(
    document_opening.c.grant_id == bindparam("grant"), document_opening.c.opened_at <= bindparam("until")
)
_NOTICES = select(notice.c.id, notice.c.grant_id, notice.c.state, notice.c.channel).execution_options(
    yield_per=ROWS_PER_FETCH
)

# The states in which a notice may be after its last entry; a courier's claim (`sending`) leaves no entry of its own.
AFTER: Mapping[str, frozenset[str]] = {
    "": frozenset({"pending", "sending"}),
    "notice.retry": frozenset({"pending", "released", "escalated", "sending"}),
    "notice.escalated": frozenset({"escalated", "sending"}),
    "notice.delivered": frozenset({"delivered"}),
    "notice.interrupted": frozenset({"sending", "pending", "released"}),
    "notice.held": frozenset({"held"}),
    "notice.handed_to_person": frozenset({"person"}),
    "notice.sent": frozenset({"sent"}),
    "notice.changed close": frozenset({"closed"}),
    "notice.changed retry": frozenset({"pending", "sending"}),
    "notice.changed hold": frozenset({"held"}),
    "notice.changed release": frozenset({"released", "sending"}),
    "notice.changed handed_over": frozenset({"sent"}),
}
# Entries about a notice that do not move it.
ASIDE = frozenset({
    "notice.viewed", "notice.proof_refused", "notice.undelivered", "notice.printed", "notice.perhaps_sent",
    "notice.relayed"
})  # fmt: skip


def check_documents(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each row was opened by an entry, each opening of an entry has its row, and what reached a reader was opened."""
    digested = {row["access"] for row in claims.rows("SELECT DISTINCT access FROM listed")}
    for row in connection.execute(_DOCUMENTS):
        findings.looked_at["documents"] += 1
        met = claims.meet(
            "UPDATE document SET met = 1 WHERE access = ? AND document = ?", row.grant_id, row.document_id
        )
        if not met and row.grant_id not in digested:
            findings.add("document_without_entry", DOCUMENTS, f"{row.grant_id}/{row.document_id}")
    for claim in claims.rows("SELECT access, document, entry FROM document WHERE met = 0"):
        findings.add("document_missing", DOCUMENTS, f"{claim['access']}/{claim['document']}", entry=claim["entry"])
    for claim in claims.rows("SELECT * FROM listed"):
        # A dossier too large for a leaf: the entry holds the digest of its documents' ids.
        ids = connection.execute(_OF_GRANT, {"grant": claim["access"], "until": claim["time"]}).scalars().all()
        if hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest() != claim["sha256"]:
            findings.add("documents_differ", DOCUMENTS, claim["access"], entry=claim["entry"])
    for claim in claims.rows(
        """SELECT r.access, r.document, r.entry FROM reached r LEFT JOIN document d
        ON d.access = r.access AND d.document = r.document WHERE d.entry IS NULL"""
    ):
        if claim["access"] not in digested:
            where = f"{claim['access']}/{claim['document']}"
            findings.add("delivery_without_opening", DOCUMENTS, where, entry=claim["entry"])


def check_notices(connection: Connection, claims: Claims, findings: Findings) -> None:
    """Each notice was promised by the entry of its grant and is where its last entry left it; each promise is kept."""
    for row in connection.execute(_NOTICES):
        findings.looked_at["notices"] += 1
        promise = claims.one("SELECT access FROM promised WHERE notice = ?", row.id)
        if promise is None:
            findings.add("notice_without_entry", NOTICES, row.id, grant=row.grant_id)
            continue
        claims.meet("UPDATE promised SET met = 1 WHERE notice = ?", row.id)
        findings.compare(NOTICES, row.id, "grant_id", found=row.grant_id, recorded=promise["access"])
        _compare_state(row.id, row.state, row.channel, claims, findings)
    for claim in claims.rows("SELECT notice, entry FROM promised WHERE met = 0"):
        findings.add("notice_missing", NOTICES, claim["notice"], entry=claim["entry"])
    for claim in claims.rows(
        f"""SELECT o.access, o.entry FROM opened o LEFT JOIN promised p ON p.access = o.access
        WHERE p.notice IS NULL AND json_extract(o.facts, '$.mode') IN {EMERGENCIES}"""  # noqa: S608
    ):
        findings.add("emergency_without_notice", NOTICES, claim["access"], entry=claim["entry"])


def _compare_state(notice_id: str, state: str, channel: str, claims: Claims, findings: Findings) -> None:
    last, by_channel = "", channel
    for told in claims.rows("SELECT type, action, channel FROM told WHERE notice = ? ORDER BY place", notice_id):
        if told["type"] in ASIDE:
            continue
        if last in {"notice.sent", "notice.delivered"} and told["type"] in {"notice.sent", "notice.interrupted"}:
            # A second acceptance of what was sent: the first one counts.
            continue
        last = f"{told['type']} {told['action']}".strip()
        by_channel = told["channel"] or by_channel
        if last not in AFTER:
            # An act of a later version: it says where the notice is, this check does not.
            return
    if state not in AFTER[last]:
        findings.add("notice_state", NOTICES, notice_id, state=state, recorded=last or "queued")
    elif last in {"notice.sent", "notice.retry"}:
        findings.compare(NOTICES, notice_id, "channel", found=channel, recorded=by_channel)
