"""As many people as there are clients: the record numbers each person's entries, one after the other, and a hospital's
emergencies are not all opened by one intern."""

from pathlib import Path

from joserfc import jwt

from gateway.demo.provider.signing_keys import load_or_make_keys


def colleagues_of(token: str, key_folder: Path, number: int) -> tuple[str, ...]:
    """Access tokens of `number` people alike but for their name at the demo provider, signed with its key."""
    keys = load_or_make_keys(key_folder)
    known = jwt.decode(token, keys)
    header = {name: known.header[name] for name in ("alg", "kid", "typ")}
    return tuple(
        jwt.encode(header, {**known.claims, "sub": f"bench-{one}", "jti": f"bench-{one}"}, keys)
        for one in range(number)
    )
