"""Authorization codes under way: in memory, one minute, once. A lost one costs a click, so nothing is kept on disk."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from gateway.demo.personas import Persona

CODE_SECONDS = 60
MOST_CODES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInPersona:
    """A persona who has just signed in, in the shape Authlib asks for a user. `auth_time` in UTC epoch seconds."""

    persona: Persona
    amr: tuple[str, ...]
    auth_time: int

    def get_user_id(self) -> str:
        return self.persona.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """What a code stands for, in the shape Authlib asks for."""

    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    user: SignedInPersona
    expires_at: int  # UTC epoch seconds

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.user.auth_time

    def get_amr(self) -> list[str]:
        return list(self.user.amr)

    def get_acr(self) -> str | None:
        return None


class Codes:
    """The codes given out and not yet traded. `now` gives UTC epoch seconds."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._codes: dict[str, AuthorizationCode] = {}
        self._lock = threading.Lock()

    def keep(self, code: str, meaning: AuthorizationCode) -> None:
        """Remember a code; the oldest go when there are too many."""
        with self._lock:
            self._codes[code] = meaning
            while len(self._codes) > MOST_CODES:
                del self._codes[next(iter(self._codes))]

    def take(self, code: str, client_id: str) -> AuthorizationCode | None:
        """What the code stands for, for its own client and in time; it is spent whoever asks.

        Authlib deletes a code only after it made the tokens: two requests at once could both trade it.
        """
        with self._lock:
            meaning = self._codes.pop(code, None)
        if meaning is None or meaning.client_id != client_id or self._now() >= meaning.expires_at:
            return None
        return meaning
