"""What a notice's page answers to a proof that does not hold; the pages themselves are the portal's."""

from gateway.errors import GatewayError


class ProofRefused(GatewayError):
    """The code and the proof do not go together: one answer for a code that does not exist, a wrong date, and a code
    locked after five wrong proofs, so that a stranger learns nothing of which codes exist."""

    code = "proof-refused"
