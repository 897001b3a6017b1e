"""Ten thousand cases: the queue opens, turns its page and is filtered in under a second, on both databases."""

import time
from collections.abc import Callable

from sqlalchemy import insert

from gateway.identity.staff_member import dump_person
from gateway.oversight.reviews.queue import QueueFilter
from gateway.storage import tables
from tests.oversight.conftest import HOUR_MS, Watched

CASES = 10_000
PATIENTS = 500
LIMIT_SECONDS = 1.0


def _fill(watched: Watched) -> None:
    hospital, now = watched.hospital, watched.hospital.still.world.epoch_ms()
    template = hospital.add_patient(1, admitted=None)
    reader = dump_person(hospital.senior)
    grants, cases = [], []
    for number in range(CASES):
        grant_id = f"10000000-0000-4000-8000-{number:012d}"
        common = {"patient_id": template if number % PATIENTS == 0 else f"2{number % PATIENTS:07d}-0000-4000-8000-0000",
                  "staff_key": f"rpps:{number % 40:011d}", "mode": "break_glass", "reason_code": "vital_emergency",
                  "opened_at": now - number * HOUR_MS // 10}  # fmt: skip
        grants.append(
            {
                **common,
                "id": grant_id,
                "staff": reader,
                "first_access": True,
                "expires_at": now,
                "decision": '{"rules": [], "policy_version": ""}',
                "audit_entry_id": grant_id,
            }
        )
        flags = '[{"code": "no_admission", "weight": 40, "evidence": {"hours": 24}}]' if number % 3 else "[]"
        cases.append(
            {
                **common,
                "grant_id": grant_id,
                "unit": f"U{number % 12}",
                "rank_key": -40 if number % 3 else 0,
                "flags": flags,
                "weighed_at": now,
            }
        )

    def write(tx):  # type: ignore[no-untyped-def]
        row = tx.connection.execute(tables.patient.select()).mappings().one()
        others = [
            {**row, "id": f"2{n:07d}-0000-4000-8000-0000", "ipp": f"BIG{n}", "ins": f"{n:015d}"}
            for n in range(1, PATIENTS)
        ]
        tx.connection.execute(insert(tables.patient), others)
        tx.connection.execute(insert(tables.access_grant), grants)
        tx.connection.execute(insert(tables.review), cases)

    hospital.database.transact(write)


def _fastest(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return min(taken)


def test_a_queue_of_ten_thousand_cases_opens_in_under_a_second(watched: Watched) -> None:
    _fill(watched)
    reviewing, dpo = watched.oversight.reviewing, watched.dpo
    first = reviewing.queue(dpo)
    assert len(first.cases) == 50
    assert sum(first.counts.values()) == CASES
    assert {line.risk for line in first.cases} == {40}
    assert first.next is not None
    times = {
        "open": _fastest(lambda: reviewing.queue(dpo)),
        "next page": _fastest(lambda: reviewing.queue(dpo, None, first.next)),
        "rare filter": _fastest(lambda: reviewing.queue(dpo, QueueFilter(unit="U7", flag="no_admission"))),
        "nothing found": _fastest(lambda: reviewing.queue(dpo, QueueFilter(unit="NOWHERE"))),
        "decide": _fastest(lambda: reviewing.justify(dpo, reviewing.queue(dpo).cases[0].access_id)),
        "round": _fastest(lambda: watched.later(minutes=1)),
    }
    assert max(times.values()) < LIMIT_SECONDS, times
