"""The completeness check itself: one snapshot of the database, every entry read once, then every table held to it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice

from sqlalchemy import Connection

from audit import AuditLog, Receipt, Verifier
from audit.entry import read_leaf
from audit.errors import AuditError, EntryError
from audit.merkle import leaf_hash
from audit.policy import Policy
from audit.store import StoredEntry
from gateway.oversight.completeness import addressed, cases, chosen, contested, erasures, histories, rule_versions
from gateway.oversight.completeness.accesses import check_grants, check_requests
from gateway.oversight.completeness.anchored import ANCHORED, Outsiders, check_anchors
from gateway.oversight.completeness.claims import Claims
from gateway.oversight.completeness.consequences import check_documents, check_notices
from gateway.oversight.completeness.finding import CompletenessReport, Findings
from gateway.oversight.completeness.heads import Anchors, Heads, SignedHead, trust_of
from gateway.oversight.completeness.histories import Histories
from gateway.oversight.completeness.numbers import Numbers
from gateway.oversight.completeness.personal import Personal, Read
from gateway.oversight.completeness.recorded import Recorded, how_many, in_the_tree, stray_marks, waiting
from gateway.oversight.completeness.tree import LEAVES, TreeCheck
from gateway.storage.database import Database
from gateway.storage.log_store import SqlLogStore
from gateway.storage.shards import placed

ENTRIES_AT_ONCE = 500
ENTRIES = "audit_entry"
# Erasures come first: they say whose words may be gone.
TOPICS = (erasures.TOPIC, cases.TOPIC, contested.TOPIC, chosen.TOPIC, addressed.TOPIC, rule_versions.TOPIC)
_SCHEMAS = (histories.SCHEMA, ANCHORED, *(topic.schema for topic in TOPICS))

# Called with (entries done, entries in all).
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class KeptOutside:
    """What was kept where no administrator of the database reaches: signed heads, and receipts."""

    heads: Sequence[str] = ()
    receipts: Sequence[Receipt] = ()


class CompletenessCheck:
    """Reads, and changes nothing. Raises `Unavailable` when the database does not answer."""

    def __init__(
        self, *, database: Database, log: AuditLog, verifier: Verifier, outsiders: Outsiders | None = None
    ) -> None:
        self._database = database
        self._log = log
        self._verifier = verifier
        self._outsiders = outsiders or Outsiders()

    def run(self, kept: KeptOutside = KeptOutside(), progress: Progress | None = None) -> CompletenessReport:
        """Look at everything, and say all that is wrong.

        Without something kept outside nobody can tell a database that was set back as a whole, or a log that was
        signed anew with the stolen key, from the true one: give it heads and receipts of other hands.
        """
        findings = Findings()
        with self._database.snapshot() as connection, closing(Claims(*_SCHEMAS)) as claims:
            run = _Run(connection, self._log, claims, findings, progress)
            trust = trust_of(run.store, self._verifier)
            last = run.check_entries(trust, Anchors(kept.heads, trust, findings))
            run.check_receipts(kept.receipts, trust)
            for topic in TOPICS:
                topic.check(connection, claims, findings)
            for step in (check_grants, check_requests, check_documents, check_notices):
                step(connection, claims, findings)
            check_anchors(connection, claims, findings, trust, self._outsiders)
        return findings.report(origin=self._verifier.name, size=last.size, root=last.root.hex())


class _Run:
    def __init__(
        self, connection: Connection, log: AuditLog, claims: Claims, findings: Findings, progress: Progress | None
    ) -> None:
        self.store = SqlLogStore(connection)
        self._connection = connection
        self._claims = claims
        self._findings = findings
        self._progress = progress
        self._numbers = Numbers(findings)
        self._histories = Histories(claims, findings)
        self._personal = Personal(connection, log, self._histories, findings)

    def check_entries(self, trust: Policy, anchors: Anchors) -> SignedHead:
        """The trees, the numbers, the form of each entry, its personal values; what each says goes to the claims.
        Returns the latest head."""
        trees = _Trees(self.store, trust, anchors, self._findings)
        total, done = how_many(self._connection), 0
        entries = chain(trees.through(in_the_tree(self._connection)), waiting(self._connection))
        while batch := list(islice(entries, ENTRIES_AT_ONCE)):
            self._take(batch)
            done += len(batch)
            if self._progress is not None:
                self._progress(min(done, total), total)
        anchors.end(self._findings)
        self._numbers.end(self._connection)
        self._personal.end(self._claims.erased)
        self._histories.end(self._connection)
        for entry_id in stray_marks(self._connection):
            self._findings.add("mark_stray", "audit_pending", entry_id)
        return trees.last

    def check_receipts(self, receipts: Sequence[Receipt], trust: Policy) -> None:
        """Each receipt that the log or one of its gateways signed: its entry must be in the record, byte for byte."""
        for receipt in receipts:
            self._findings.looked_at["receipts"] += 1
            try:
                receipt.verify(trust) if receipt.state == "proven" else receipt.verify_promise(trust)
            except AuditError:
                self._findings.add("receipt_untrusted", ENTRIES, receipt.entry_id)
                continue
            stored = self.store.entry(receipt.entry_id)
            if stored is None:
                self._findings.add("receipt_unknown", ENTRIES, receipt.entry_id)
            elif stored.leaf != receipt.leaf:
                self._findings.add("receipt_differs", ENTRIES, receipt.entry_id)

    def _take(self, batch: Sequence[Recorded]) -> None:
        read: list[Read] = []
        for recorded in batch:
            if recorded.stored is None:
                continue
            self._findings.looked_at["entries"] += 1
            if not recorded.marked:
                # In neither: no sequencer will ever find it.
                self._findings.add("mark_missing", "audit_pending", recorded.entry_id)
            self._numbers.take(recorded.stored)
            try:
                entry, digests = read_leaf(recorded.stored.leaf)
            except EntryError:
                self._findings.add("leaf_malformed", ENTRIES, recorded.entry_id)
                continue
            self._compare_columns(recorded.stored, Read(entry, digests))
            read.append(Read(entry, digests))
        opened = self._personal.open(read)
        for item in read:
            personal = opened.get(item.entry.entry_id, {})
            self._claims.take(item.entry, personal)
            for topic in TOPICS:
                if item.entry.type.startswith(topic.types):
                    topic.take(self._claims, item.entry, personal)

    def _compare_columns(self, stored: StoredEntry, read: Read) -> None:
        entry = read.entry
        pairs = {
            "entry_id": (stored.entry_id, entry.entry_id),
            "time": (stored.time, entry.time),
            "type": (stored.type, entry.type),
            "gateway, lane, counter": (
                (stored.gateway, stored.lane, stored.counter),
                (entry.gateway, entry.lane, entry.counter),
            ),
            "leaf_hash": (stored.leaf_hash, leaf_hash(stored.leaf)),
        }
        for column, (found, recorded) in pairs.items():
            self._findings.compare(ENTRIES, stored.entry_id, column, found=found, recorded=recorded)


class _Trees:
    """The yearly trees, one after the other, in the order in which their leaves come."""

    def __init__(self, store: SqlLogStore, trust: Policy, anchors: Anchors, findings: Findings) -> None:
        self._store = store
        self._trust = trust
        self._anchors = anchors
        self._findings = findings
        self.last = SignedHead(0, b"")

    def through(self, leaves: Iterator[Recorded]) -> Iterator[Recorded]:
        """The leaves again, each held to its tree on its way."""
        years = iter(self._store.shards())
        year = next(years, None)
        tree = None if year is None else self._tree(year)
        for leaf in leaves:
            shard = placed(leaf.index or 0)[0]
            while tree is not None and year is not None and year < shard:
                tree.end(self._store)
                year = next(years, None)
                tree = None if year is None else self._tree(year)
            if tree is None or shard != year:
                self._findings.add("entries_beyond", LEAVES, leaf.entry_id, index=0, count=1)
            else:
                tree.take(leaf)
            yield leaf
        while tree is not None:
            tree.end(self._store)
            year = next(years, None)
            tree = None if year is None else self._tree(year)

    def _tree(self, shard: int) -> TreeCheck:
        heads = Heads(self._store, self._trust, self._findings, shard, self._anchors.of_shard(shard))
        self.last = heads.last
        return TreeCheck(heads, self._findings)
