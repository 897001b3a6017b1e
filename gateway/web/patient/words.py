"""Dates, hours and codes in the plainest words there are: for patients, and for staff who read them aloud."""

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date
from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from gateway.web.language import _, language, later
from gateway.web.parts import gateway
from gateway.web.patient.whose import first_name, root_of
from gateway.web.times import local

_SPACE = "\u00a0"
_SEEN = {
    "10": later("des comptes rendus de soins"),
    "11": later("des résumés de santé"),
    "31": later("des radios et des images"),
    "42": later("des ordonnances"),
    "43": later("les médicaments donnés par la pharmacie"),
    "44": later("des plans de soins"),
    "52": later("des certificats et des vaccins"),
    "60": later("des remboursements"),
    "90": later("des documents écrits par le patient (ses volontés)"),
    "95": later("des papiers administratifs"),
}
_WISHES = {
    "explain": later("Je veux savoir pourquoi"),
    "not_me": later("Il n'y a pas eu de soins ce jour-là"),
    "knows_me": later("Cette personne me connaît dans la vie"),
    "other": later("Autre chose"),
}
_ANSWERS = {
    "portal": later("Ici, sur cette page internet"),
    "phone": later("Par téléphone"),
    "letter": later("Par une lettre"),
    "in_person": later("À l'hôpital, en se parlant"),
}
_CHANNELS = {
    "mssante": later("Dans Mon espace santé"),
    "email": later("Par e-mail"),
    "sms": later("Par SMS"),
    "letter": later("Par une lettre"),
    "ward": later("Par l'équipe de soins, de vive voix"),
}
_TABLES: Mapping[str, Mapping[str, str]] = {
    "seen": _SEEN,
    "wish": _WISHES,
    "answer_by": _ANSWERS,
    "channel": _CHANNELS,
}


def add_words(app: Flask) -> None:
    """The filters of the patients' templates."""
    app.jinja_env.filters.update(long_day=long_day, hour=hour, month_name=month_name, plain=_plain)
    app.jinja_env.globals.update(first_name=first_name, root_of=root_of, unit_name=unit_name)


def plain(code: object, table: str) -> str:
    """The plain words of a code, in the reader's language; the code itself where there are none."""
    known = _TABLES[table].get(str(code))
    return _(known) if known is not None else str(code)


def unit_name(code: str) -> str:
    """The unit as patients know it, where the hospital's settings name it: `Urgences`."""
    return gateway().settings.hospital.unit_names.get(code, code)


@pass_context
def _plain(_context: Context, code: object, table: str) -> str:
    # Taking the context keeps Jinja from computing it once for all, in the language of the first reader.
    return plain(code, table)


def long_day(moment: int) -> str:
    """`mardi 14 juillet 2026`, `jeudi 1er octobre 2026`, `Tuesday 14 July 2026`; Paris time, from epoch ms."""
    written = format_date(local(moment).date(), "EEEE d MMMM y", locale=_locale())
    return written.replace(" 1 ", " 1er ", 1) if language() == "fr" else written


def month_name(first_day: date) -> str:
    """`juillet 2026`, `July 2026`: the month of that day."""
    return format_date(first_day, "MMMM y", locale=_locale())


def hour(moment: int) -> str:
    """`3 h 27` in French, `03:27` in English; Paris time, from epoch milliseconds."""
    clock = local(moment)
    if language() == "fr":
        return f"{clock.hour}{_SPACE}h{_SPACE}{clock.minute:02d}"
    return f"{clock:%H:%M}"


def _locale() -> str:
    return "fr" if language() == "fr" else "en_GB"
