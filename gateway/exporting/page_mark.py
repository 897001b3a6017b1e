"""The opaque mark in a `next` link: where the next page starts, and the question it continues.

It holds instants and random ids only, so that no identifier of a patient is ever in an address we make; and it gives
no right: every page is judged by who asks for it.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass, replace

from gateway.errors import InvalidRequest

MOST_CHARACTERS = 400
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LATEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class PageMark:
    """Entries of `since` or later and strictly before a place (time, entry id), of one patient unless it is empty."""

    since: int
    before: tuple[int, str]
    patient_id: str
    most: int

    def after(self, last: tuple[int, str]) -> "PageMark":
        """The mark of the page that follows the entry at `last`."""
        return replace(self, before=last)

    def __str__(self) -> str:
        """As text for an address."""
        content = json.dumps([self.since, *self.before, self.patient_id, self.most], separators=(",", ":"))
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "PageMark":
        """Read back what `str` wrote. Raises `InvalidRequest` for anything else."""
        wrong = InvalidRequest("the mark of the page is none of ours", field="_page", code="page-mark")
        if len(text) > MOST_CHARACTERS or not text.isascii():
            raise wrong
        try:
            content = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (binascii.Error, ValueError, RecursionError) as error:
            raise wrong from error
        if not isinstance(content, list) or [type(part) for part in content] != [int, int, str, str, int]:
            raise wrong
        since, time, entry_id, patient_id, most = content
        if not (0 <= since <= _LATEST and 0 <= time <= _LATEST and 1 <= most <= 200):
            raise wrong
        if not all(part == "" or _UUID.fullmatch(part) for part in (entry_id, patient_id)):
            raise wrong
        return cls(since, (time, entry_id), patient_id, most)
