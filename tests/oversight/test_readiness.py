"""What the probes say while the database answers questions and keeps nothing: its disk is full."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from gateway.assembly import Gateway
from gateway.errors import RecordUnavailable


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_database_that_reads_but_keeps_nothing_is_not_ready(gateway: Gateway) -> None:
    assert {check.name: check.ok for check in gateway.health.ready()}["database"]
    with full_disk():
        found = {check.name: check for check in gateway.health.ready()}
        with pytest.raises(RecordUnavailable):
            gateway.database.transact(lambda tx: tx.connection.execute(text("CREATE TABLE anything (a INTEGER)")))
    assert not found["database"].ok
    assert found["database"].required
    assert found["notices"].ok, "reading goes on"
    assert {check.name: check.ok for check in gateway.health.ready()}["database"]
