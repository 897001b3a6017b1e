"""The store in memory keeps the contract of every store."""

import pytest

from audit import MemoryLogStore
from tests.contracts.log_shards_contract import LogShardsContract
from tests.contracts.log_store_contract import Begin, LogStoreContract


class TestMemoryLogStore(LogStoreContract):
    @pytest.fixture
    def begin(self) -> Begin:
        return MemoryLogStore().transaction


class TestShardsOfMemoryLogStore(LogShardsContract):
    @pytest.fixture
    def begin(self) -> Begin:
        return MemoryLogStore().transaction
