"""Refusals of the rules' life that carry something back, so that nothing is lost and everything is said at once."""

from gateway.errors import Hindrance, RulesRefused
from gateway.rulebook.reports import CasesReport, CheckReport, ProofReport


class DraftChanged(RulesRefused):
    """Somebody else saved the same file meanwhile: nothing was overwritten, and what was sent is still the sender's.

    `path` is the file, `theirs` its content now (None: it was removed), `revision` the draft's revision now: saving
    again with it replaces theirs. The refused content is not kept by the gateway: the page shows it again.
    """

    code = "draft-changed"

    def __init__(self, path: str, theirs: bytes | None, revision: int, by: str) -> None:
        hindrance = Hindrance(
            "draft-changed",
            f"{path} a été modifié entre-temps par {by} : rien n'est écrasé. Comparez, puis enregistrez à nouveau.",
            f"{path} was changed meanwhile by {by}: nothing is overwritten. Compare, then save again.",
        )
        super().__init__((hindrance,))
        self.path = path
        self.theirs = theirs
        self.revision = revision


class StageRefused(RulesRefused):
    """The draft does not become a version: its check, its cases or its proof do not pass. All three are here.

    `proof` is None when the rules have faults and so cannot be proved at all."""

    code = "stage-refused"

    def __init__(
        self,
        hindrances: tuple[Hindrance, ...],
        check: CheckReport,
        cases: CasesReport,
        proof: ProofReport | None,
    ) -> None:
        super().__init__(hindrances)
        self.check = check
        self.cases = cases
        self.proof = proof
