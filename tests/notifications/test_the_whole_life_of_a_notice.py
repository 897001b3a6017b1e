"""Any life of notices, from the opening that owes them to their end."""

from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.notifications.notice_life import NoticeLife


def test_no_life_of_couriers_carriers_persons_and_clocks_loses_a_notice_or_doubles_it_unknown(
    empty_sqlite: Path,
) -> None:
    machine = type("NoticeLifeHere", (NoticeLife,), {"empty": empty_sqlite})
    run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=20, deadline=None))
