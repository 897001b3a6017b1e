"""The version of the rules in force in this process: one reference, swapped whole, never changed in place."""

from collections.abc import Sequence
from dataclasses import dataclass

from policies import Decision, Document, PolicyBook, Question


@dataclass(frozen=True, slots=True)
class Held:
    """What decides in this process.

    `number` is the version's (0: a book that was never stored), `turn` that of the activation it follows (0: of none,
    it stands in for one that cannot be loaded), `since` when it began to decide here (UTC epoch ms). `refused_turn` is
    the turn that cannot be loaded, 0 when there is none, and `trouble` says why in one sentence.
    """

    book: PolicyBook
    number: int = 0
    turn: int = 0
    since: int = 0
    refused_turn: int = 0
    trouble: str = ""


class RulesInForce:
    """Holds the book that decides. Any number of threads read it while another puts a new one in its place.

    A use case takes `current()` once, at its start, and asks everything of that book: all it answers is then by one
    version, and each decision carries that version's digest.
    """

    def __init__(self, held: Held) -> None:
        self._held = held

    @property
    def held(self) -> Held:
        """The book with its place, all of one moment."""
        return self._held

    def current(self) -> PolicyBook:
        """The book in force: one attribute read, no lock. The book never changes; the next version is another one."""
        return self._held.book

    def put(self, held: Held) -> None:
        """Put another version in force. Only what follows the activations calls it."""
        self._held = held

    def decide(self, question: Question) -> Decision:
        """`PolicyBook.decide` of the book in force now: total, it never raises."""
        return self.current().decide(question)

    def decide_documents(self, question: Question, documents: Sequence[Document]) -> list[Decision]:
        """`PolicyBook.decide_documents` of the book in force now: one version answers for the whole list."""
        return self.current().decide_documents(question, documents)
