"""In each lane of a gateway the entries are numbered 1, 2, 3... in the order of the record, up to its counter."""

from sqlalchemy import Connection, select

from audit.store import StoredEntry
from gateway.oversight.completeness.finding import Findings
from gateway.storage.tables import audit_counter

_COUNTERS = select(audit_counter).order_by(audit_counter.c.gateway, audit_counter.c.lane)


class Numbers:
    """Fed with every entry, those that wait last; `end` holds the lanes to their counters."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._last: dict[tuple[str, int], int] = {}

    def take(self, entry: StoredEntry) -> None:
        """The next entry of its lane."""
        lane = (entry.gateway, entry.lane)
        expected = self._last.get(lane, 0) + 1
        if entry.counter != expected:
            code = "counter_gap" if entry.counter > expected else "counter_repeated"
            self._findings.add(
                code,
                "audit_entry",
                entry.entry_id,
                gateway=entry.gateway,
                lane=entry.lane,
                expected=expected,
                found=entry.counter,
            )
        self._last[lane] = entry.counter

    def end(self, connection: Connection) -> None:
        """A counter ahead of its lane: the lane's last entries are gone. One behind it was turned back."""
        counters = {(row.gateway, row.lane): row.last for row in connection.execute(_COUNTERS)}
        for lane in sorted(counters.keys() | self._last.keys()):
            counted, numbered = counters.get(lane, 0), self._last.get(lane, 0)
            if counted != numbered:
                code = "lane_cut" if counted > numbered else "counter_turned_back"
                row = f"{lane[0]}/{lane[1]}"
                self._findings.add(code, "audit_counter", row, counter=counted, last=numbered)
