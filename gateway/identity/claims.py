"""From the provider's verified claims to a person, as the configuration maps them. Nothing is guessed: a claim that is
there but malformed refuses the sign-in, because a person half understood would be judged by the wrong rules."""

import re
import unicodedata
from datetime import date
from typing import Any

import structlog

from gateway.errors import SignInRefused
from gateway.identity.factors import count_factors, methods
from gateway.identity.professions import read_profession
from gateway.identity.staff_member import STAFF_ROLES, PatientHolder, StaffMember
from gateway.settings import ClaimSettings, ProviderSettings

MOST_KEY_CHARACTERS = 200
_FINESS = re.compile(r"[0-9A-Z]{9}", re.ASCII)
_RPPS = re.compile(r"8?(\d{11})", re.ASCII)
_SEXES = {"male": "M", "female": "F"}
_COMMUNE = re.compile(r"(?:\d{2}|2[AB])\d{3}", re.ASCII)
_COUNTRY = re.compile(r"99\d{3}", re.ASCII)
_FRANCE = "99100"

_log = structlog.get_logger(__name__)


def staff_claims(settings: ClaimSettings) -> tuple[str, ...]:
    """The claim names a `StaffMember` is made from."""
    return (
        settings.profession,
        settings.specialty,
        settings.category,
        settings.unit,
        settings.establishment,
        settings.rpps,
        settings.name,
        settings.roles,
    )


HOLDER_CLAIMS = ("family_name", "given_name", "birthdate", "gender")


def staff_member(claims: dict[str, Any], settings: ProviderSettings) -> StaffMember:
    """The person these verified claims describe (`iss`, `sub`, `auth_time` are known to be right).

    Raises `SignInRefused`: `sign-in-two-factors`, `sign-in-profession`, `sign-in-establishment`, `sign-in-identity`.
    """
    factors = _enough_factors(claims, settings)
    names = settings.claims
    profession = read_profession(find_claim(claims, names.profession), names.profession_values)
    roles = _roles(find_claim(claims, names.roles), names)
    if profession is not None and not roles:
        roles = frozenset({"staff"})
    if not roles or (profession is None and "staff" in roles):
        raise SignInRefused("neither a profession nor a role of the gateway", code="sign-in-profession")
    rpps = _rpps(_word(claims, names.rpps))
    return StaffMember(
        key=f"rpps:{rpps}" if rpps else subject_key(claims),
        issuer=claims["iss"],
        subject=claims["sub"],
        name=_name(claims, names),
        profession=profession,
        specialty=_word(claims, names.specialty).rpartition("|")[2],
        category=_word(claims, names.category, most=16),
        unit=_word(claims, names.unit, most=32),
        establishment=_establishment(_word(claims, names.establishment) or names.establishment_default),
        rpps=rpps,
        roles=roles,
        named=True,
        factors=factors,
        amr=methods(claims),
        authenticated_at=int(claims["auth_time"]) * 1000,
    )


def software_client(claims: dict[str, Any], client: str, settings: ProviderSettings) -> StaffMember:
    """Software that calls on its own behalf: it has no profession, no role and no factor, whatever the token says.

    Raises `SignInRefused` (`sign-in-establishment`, `sign-in-identity`).
    """
    establishment = _word(claims, settings.claims.establishment) or settings.claims.establishment_default
    return StaffMember(
        key=subject_key(claims),
        issuer=claims["iss"],
        subject=claims["sub"],
        name=client,
        profession=None,
        specialty="",
        category="",
        unit="",
        establishment=_establishment(establishment) if establishment else "",
        rpps="",
        roles=frozenset(),
        named=False,
        factors=0,
        amr=(),
        authenticated_at=0,
    )


def patient_holder(claims: dict[str, Any], settings: ProviderSettings) -> PatientHolder:
    """The patient or representative (claims of the FranceConnect pivot identity). A birth date of which the registers
    know no day (`1950-00-00`) is refused: it could be several people's.

    Raises `SignInRefused`: `sign-in-two-factors`, `sign-in-identity`.
    """
    _enough_factors(claims, settings)
    birth_name, given_names = _word(claims, "family_name", most=100), _word(claims, "given_name", most=200)
    birth_date = _word(claims, "birthdate")
    if not birth_name or not given_names or not _is_date(birth_date):
        raise SignInRefused("the identity traits are incomplete", code="sign-in-identity")
    return PatientHolder(
        key=subject_key(claims),
        issuer=claims["iss"],
        subject=claims["sub"],
        birth_name=birth_name,
        given_names=given_names,
        birth_date=birth_date,
        sex=_SEXES.get(_word(claims, "gender"), "U"),
        authenticated_at=int(claims["auth_time"]) * 1000,
        birth_place=_birth_place(claims),
    )


def _birth_place(claims: dict[str, Any]) -> str:
    """As the INS has it: the INSEE code of the commune, or of the country for who was born abroad (`birthplace` is then
    empty). Anything else than a code, as other providers send, is not told."""
    commune, country = _word(claims, "birthplace"), _word(claims, "birthcountry")
    if _COUNTRY.fullmatch(country) and country != _FRANCE:
        return country
    return commune if _COMMUNE.fullmatch(commune) else ""


def subject_key(claims: dict[str, Any]) -> str:
    """`sub:<issuer>|<subject>`. Raises `SignInRefused` when it is longer than a column holds."""
    key = f"sub:{claims['iss']}|{claims['sub']}"
    if len(key) > MOST_KEY_CHARACTERS:
        raise SignInRefused("issuer and subject are too long together", code="sign-in-identity")
    return key


def find_claim(claims: dict[str, Any], name: str) -> object:
    """The claim of that name, or at that dotted path (`realm_access.roles`); None where there is none."""
    if name in claims:
        return claims[name]
    value: object = claims
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _name(claims: dict[str, Any], names: ClaimSettings) -> str:
    """The display name, which patients will read: the configured claim, else the standard given and family names."""
    parts = (_word(claims, "given_name", most=100), _word(claims, "family_name", most=100))
    name = _word(claims, names.name, most=200) or " ".join(part for part in parts if part)
    if not name:
        raise SignInRefused("there is no name", code="sign-in-identity")
    return name


def _enough_factors(claims: dict[str, Any], settings: ProviderSettings) -> int:
    if settings.accepted_acr and claims.get("acr") not in settings.accepted_acr:
        raise SignInRefused("signed in at a level that is not accepted", code="sign-in-two-factors")
    factors = count_factors(claims, settings)
    if settings.require_two_factors and factors < 2:
        raise SignInRefused("signed in with fewer than two factors", code="sign-in-two-factors")
    return factors


def _word(claims: dict[str, Any], name: str, most: int = 64) -> str:
    """A claim as one clean word or phrase; empty where absent. A number is read as its digits, a list of one as it."""
    value = find_claim(claims, name)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise SignInRefused(f"the claim {name} is malformed", code="sign-in-identity")
    text = " ".join(unicodedata.normalize("NFC", value).split())
    if not text.isprintable() or len(text) > most:
        raise SignInRefused(f"the claim {name} is malformed", code="sign-in-identity")
    return text


def _rpps(word: str) -> str:
    """The 11 digits, also from the national identifier of a person in health (`8` and the RPPS)."""
    if not word:
        return ""
    match = _RPPS.fullmatch(word)
    if match is None:
        # Without it a patient's block of this professional would no longer be found.
        raise SignInRefused("the RPPS claim is not one", code="sign-in-identity")
    if not _passes_luhn(match.group(1)):
        _log.warning("rpps-check-digit", hint="the provider gives an RPPS number whose check digit is wrong")
    return match.group(1)


def _passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _establishment(word: str) -> str:
    if _FINESS.fullmatch(word) is None:
        raise SignInRefused("the establishment is not a FINESS number", code="sign-in-establishment")
    return word


def _roles(value: object, settings: ClaimSettings) -> frozenset[str]:
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(words, list):
        return frozenset()
    given = (settings.role_values.get(word, word) for word in words if isinstance(word, str))
    return STAFF_ROLES.intersection(given)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
