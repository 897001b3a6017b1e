"""The version of the rules in force in this process: one reference, swapped whole, never changed in place."""

from collections.abc import Sequence

from policies import Decision, Document, PolicyBook, Question


class RulesInForce:
    """Holds the book that decides. Any number of threads read it while another puts a new one in its place.

    A use case takes `current()` once, at its start, and asks everything of that book: all it answers is then by one
    version, and each decision carries that version's digest.
    """

    def __init__(self, book: PolicyBook, number: int = 0) -> None:
        self._held = (book, number)

    def current(self) -> PolicyBook:
        """The book in force: one attribute read, no lock. The book never changes; the next version is another one."""
        return self._held[0]

    @property
    def number(self) -> int:
        """The number of the version in force; 0 for a book that was never stored (a folder looked at by a tool)."""
        return self._held[1]

    def put(self, book: PolicyBook, number: int) -> None:
        """Put another version in force. Only what watches the activations calls it."""
        self._held = (book, number)

    def decide(self, question: Question) -> Decision:
        """`PolicyBook.decide` of the book in force now: total, it never raises."""
        return self.current().decide(question)

    def decide_documents(self, question: Question, documents: Sequence[Document]) -> list[Decision]:
        """`PolicyBook.decide_documents` of the book in force now: one version answers for the whole list."""
        return self.current().decide_documents(question, documents)
