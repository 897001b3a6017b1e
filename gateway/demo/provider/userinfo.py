"""The demo provider's userinfo endpoint: what the bearer of one of its access tokens may be told about themselves."""

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from gateway.demo.personas import PERSONAS
from gateway.demo.provider.grants import ALGORITHM, ProviderParts
from gateway.demo.provider.persona_claims import persona_claims
from gateway.errors import NotSignedIn


def userinfo_claims(parts: ProviderParts, authorization: str) -> dict[str, Any]:
    """The claims about the subject of the access token. Raises `NotSignedIn`."""
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn("no bearer token")
    try:
        token = jwt.decode(text, parts.keys, algorithms=[ALGORITHM])
        claims = token.claims
        rightful = (
            token.header.get("typ") == "at+jwt"
            and claims["iss"] == parts.issuer
            and parts.issuer in claims["aud"]
            and claims["exp"] > parts.now()
        )
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotSignedIn("not one of our tokens") from error
    persona = next((persona for persona in PERSONAS if persona.subject == claims.get("sub")), None)
    if not rightful or persona is None:
        raise NotSignedIn("not a token for this endpoint")
    return {"sub": persona.subject, **persona_claims(persona)}
