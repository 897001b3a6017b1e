"""The fields of a file of people: what each may hold, and what to write where it holds something else."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from gateway.errors import InvalidRequest
from gateway.patients.birth_date import parse_birth_date
from gateway.patients.protection import ProtectionMeasure
from gateway.patients.safety import AddressWay, UnsafeReason

CONTACT_KINDS = ("patient", "medecin_traitant", "trusted_person", "emergency_contact", "legal_representative")
MEASURES: Mapping[str, ProtectionMeasure] = {
    "aucune": ProtectionMeasure.NONE,
    "none": ProtectionMeasure.NONE,
    "sauvegarde": ProtectionMeasure.SAFEGUARD,
    "curatelle": ProtectionMeasure.CURATELLE,
    "tutelle": ProtectionMeasure.TUTELLE,
    "habilitation_familiale": ProtectionMeasure.FAMILY,
}
_YES, _NO = frozenset({"oui", "yes", "true", "1"}), frozenset({"non", "no", "false", "0", ""})
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"\+?\d[\d .-]{7,30}")
_IPP = re.compile(r"[0-9A-Z][0-9A-Z-]{0,31}")


class BadField(Exception):
    """A value that cannot be taken. `expected` says what to write instead, as a short pattern or a list of words."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def _text(most: int, *, required: bool = False) -> Callable[[str], str]:
    def read(value: str) -> str:
        if len(value) > most or (required and not value):
            raise BadField(f"1-{most}" if required else f"0-{most}")
        return value

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        found = {word.casefold(): word for word in words}.get(value.casefold())
        if found is None:
            raise BadField(" | ".join(words))
        return found

    return read


def read_ipp(value: str) -> str:
    """The hospital's number of the patient."""
    if not _IPP.fullmatch(value.upper()):
        raise BadField("0-9 A-Z -, 1-32")
    return value.upper()


def read_yes(value: str) -> bool:
    """`oui` or `non`, `yes` or `no`, `true` or `false`, 1 or 0; nothing is no."""
    if value.casefold() not in _YES | _NO:
        raise BadField("oui | non")
    return value.casefold() in _YES


def read_day(value: str) -> str:
    """A day as ISO; `31/12/2027` is read too."""
    try:
        return parse_birth_date(value)
    except InvalidRequest as error:
        raise BadField("2027-12-31 | 31/12/2027") from error


def _day_or_none(value: str) -> str | None:
    return read_day(value) if value else None


def _past_day(value: str) -> str:
    try:
        day = read_day(value)
    except BadField:
        raise BadField("1979-03-28 | 28/03/1979") from None
    if not "1880-01-01" <= day <= date.max.isoformat():
        raise BadField("1979-03-28 | 28/03/1979")
    return day


def _measure(value: str) -> str:
    found = MEASURES.get(value.casefold() or "aucune")
    if found is None:
        raise BadField("aucune | sauvegarde | curatelle | tutelle | habilitation_familiale")
    return found.value


def read_unsafe(value: str) -> dict[AddressWay, UnsafeReason]:
    """`email phone:pressure`: ways apart by spaces or commas, each with its kind of reason where one is known."""
    marks = {}
    for word in value.replace(",", " ").split():
        way, _, reason = word.partition(":")
        if way not in set(AddressWay) or reason not in {"", *UnsafeReason}:
            raise BadField(f"{' '.join(AddressWay)}, :{' :'.join(UnsafeReason)}")
        marks[AddressWay(way)] = UnsafeReason(reason or UnsafeReason.READ_BY_OTHERS)
    return marks


def _mail(value: str) -> str:
    if value and (len(value) > 320 or not _MAIL.fullmatch(value)):
        raise BadField("prenom.nom@exemple.fr")
    return value


def _phone(value: str) -> str:
    if value and not _PHONE.fullmatch(value):
        raise BadField("06 12 34 56 78 | +33612345678")
    return value


PATIENT_FIELDS: Mapping[str, Callable[[str], object]] = {
    "ipp": read_ipp,
    "ins": _text(32),
    "ins_oid": _text(64),
    "identity_status": _one_of("PROV", "RECUP", "VALI", "QUAL"),
    "birth_name": _text(100, required=True),
    "given_names": _text(200, required=True),
    "birth_date": _past_day,
    "sex": _one_of("F", "M", "U"),
    "birth_place": _text(5),
    "used_name": _text(100),
    "used_given_name": _text(100),
    "deceased_on": _day_or_none,
    "language": _one_of("fr", "en"),
    "dossier_status": _one_of("active", "closed", "absent"),
    "review_with_care": read_yes,
    "protection": _measure,
    "protection_until": _day_or_none,
    "unsafe": read_unsafe,
}
CONTACT_FIELDS: Mapping[str, Callable[[str], object]] = {
    "ipp": read_ipp,
    "kind": _one_of(*CONTACT_KINDS),
    "name": _text(200),
    "email": _mail,
    "phone": _phone,
    "phone_personal": read_yes,
    "address": _text(500),
    "mssante": _mail,
    "unsafe": read_yes,
}
