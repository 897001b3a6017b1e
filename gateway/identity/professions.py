"""A profession as providers write it: `system|code`, an object with the two, or a word of their own that is mapped."""

import re
from collections.abc import Mapping

from gateway.errors import SignInRefused
from gateway.identity.staff_member import Profession

_OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_SYSTEM_MEMBERS = ("system", "codeSystem")


def read_profession(value: object, own_words: Mapping[str, str]) -> Profession | None:
    """The profession, None where the claim is absent or empty.

    A bare code is refused: `10` is a physician in one system, an intern in another. Raises `SignInRefused`
    (`sign-in-profession`).
    """
    if isinstance(value, list) and len(value) <= 1:
        value = value[0] if value else None
    if value is None or value == "":
        return None
    if isinstance(value, str):
        system, bar, code = own_words.get(value, value).partition("|")
        if bar:
            return _profession(system, code)
    if isinstance(value, dict):
        systems = [value[name] for name in _SYSTEM_MEMBERS if name in value]
        if len(systems) == 1:
            return _profession(systems[0], value.get("code"))
    raise SignInRefused("the profession claim has no code system", code="sign-in-profession")


def _profession(system: object, code: object) -> Profession:
    if isinstance(code, int) and not isinstance(code, bool):
        code = str(code)
    if not isinstance(system, str) or not isinstance(code, str) or len(system) > 128:
        raise SignInRefused("the profession claim is malformed", code="sign-in-profession")
    oid = system.strip().removeprefix("urn:oid:")
    if _OID.fullmatch(oid) is None or _CODE.fullmatch(code.strip()) is None:
        raise SignInRefused("the profession claim is malformed", code="sign-in-profession")
    return Profession(system=oid, code=code.strip())
