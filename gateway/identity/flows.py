"""Sign-ins under way: what was sent to the provider, kept for ten minutes and given back once."""

import hashlib
import hmac
from dataclasses import dataclass

from sqlalchemy import delete, insert

from gateway.errors import SignInRefused
from gateway.identity.signed_in import Kind
from gateway.storage.tables import sign_in_flow
from gateway.storage.transaction import Transaction

LONGEST_FLOW_MS = 600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One sign-in under way. `begun_at` in UTC epoch ms."""

    browser_hash: str
    nonce: str
    code_verifier: str
    return_to: str
    begun_at: int

    def check(self, browser_token: str, now_ms: int) -> None:
        """Raises `SignInRefused`: `sign-in-state` for another browser than it began in, `sign-in-expired`."""
        if not hmac.compare_digest(self.browser_hash, hash_token(browser_token)):
            raise SignInRefused("the sign-in began in another browser", code="sign-in-state")
        if not 0 <= now_ms - self.begun_at <= LONGEST_FLOW_MS:
            raise SignInRefused("the sign-in took too long", code="sign-in-expired")


def hash_token(token: str) -> str:
    """What is stored in place of a token: its SHA-256 in hex. The token itself has 256 random bits: no salt needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def keep_flow(transaction: Transaction, kind: Kind, state: str, flow: Flow) -> None:
    """Keep a flow under its state; those nobody came back for go."""
    connection = transaction.connection
    connection.execute(delete(sign_in_flow).where(sign_in_flow.c.created_at < flow.begun_at - LONGEST_FLOW_MS))
    connection.execute(
        insert(sign_in_flow).values(
            state_hash=hash_token(state),
            provider=kind,
            browser_hash=flow.browser_hash,
            nonce=flow.nonce,
            code_verifier=flow.code_verifier,
            return_to=flow.return_to,
            created_at=flow.begun_at,
        )
    )


def take_flow(transaction: Transaction, kind: Kind, state: str) -> Flow | None:
    """The flow of this state, which it is no more: a second answer with the same state finds nothing."""
    row = transaction.connection.execute(
        delete(sign_in_flow)
        .where(sign_in_flow.c.state_hash == hash_token(state), sign_in_flow.c.provider == kind)
        .returning(sign_in_flow)
    ).first()
    if row is None:
        return None
    return Flow(
        browser_hash=row.browser_hash,
        nonce=row.nonce,
        code_verifier=row.code_verifier,
        return_to=row.return_to,
        begun_at=row.created_at,
    )
