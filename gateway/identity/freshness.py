"""A value fetched from elsewhere, kept fresh: renewed when old, kept for a while when it cannot be, never hammered."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from gateway.errors import Unavailable
from gateway.world import World

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class FreshValue(Generic[T]):
    """`fetch()` raises `Unavailable` when it fails; nothing else may come out of it.

    Older than `renew_after` seconds, the value is fetched again; while that fails it is served, with a warning, until
    it is `keep_for` seconds old. After a failure nobody tries again for `retry_after` seconds. One thread fetches; the
    others wait for it only when there is nothing to serve.
    """

    def __init__(
        self,
        name: str,
        fetch: Callable[[], T],
        world: World,
        *,
        renew_after: float = 600,
        keep_for: float = 86_400,
        retry_after: float = 5,
    ) -> None:
        self._name = name
        self._fetch = fetch
        self._world = world
        self._renew_after = renew_after
        self._keep_for = keep_for
        self._retry_after = retry_after
        self._lock = threading.Lock()
        self._value: tuple[T, float] | None = None
        self._failed_at: float | None = None

    def get(self) -> T:
        """The value, renewed if due. Raises `Unavailable` when there is none to serve."""
        held = self._value
        if held is not None and self._age(held[1]) < self._renew_after:
            return held[0]
        if held is not None and self._age(held[1]) < self._keep_for:
            return self._renewed_or(held[0])
        with self._lock:
            held = self._value
            if held is not None and self._age(held[1]) < self._renew_after:
                return held[0]
            return self._fetch_now()

    def renew(self) -> T:
        """Fetch now whatever the age; the old value when that fails. Raises `Unavailable` when there is none."""
        held = self._value
        if held is None:
            return self.get()
        return self._renewed_or(held[0])

    def _renewed_or(self, old: T) -> T:
        if not self._lock.acquire(blocking=False):
            return old
        try:
            return self._fetch_now()
        except Unavailable as error:
            _log.warning("serving-stale", value=self._name, reason=str(error))
            return old
        finally:
            self._lock.release()

    def _fetch_now(self) -> T:
        if self._failed_at is not None and self._age(self._failed_at) < self._retry_after:
            raise Unavailable(f"{self._name} failed moments ago")
        try:
            value = self._fetch()
        except Unavailable:
            self._failed_at = self._seconds()
            raise
        self._failed_at = None
        self._value = (value, self._seconds())
        return value

    def _age(self, moment: float) -> float:
        # A clock that was set back must not keep a value for ever.
        age = self._seconds() - moment
        return age if age >= 0 else float("inf")

    def _seconds(self) -> float:
        return self._world.now().timestamp()
