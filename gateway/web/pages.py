"""What every template may use: the reader's language, the person signed in, tokens, times."""

from flask import Flask, request
from jinja2 import pass_context
from jinja2.runtime import Context

from gateway.web.csrf import csrf_token
from gateway.web.language import in_language, language, typeset_french
from gateway.web.parts import gateway
from gateway.web.session import signed_in_patient, signed_in_staff
from gateway.web.times import (
    age,
    clock,
    day,
    day_and_clock,
    machine,
    minutes_left,
    partial_date,
)
from gateway.web.wording import has_word, profession, reason, reason_for_patient, word


def add_page_tools(app: Flask) -> None:
    """Filters and values of the templates."""
    app.jinja_env.filters.update(
        age=age,
        clock=clock,
        day=day,
        day_and_clock=day_and_clock,
        machine=machine,
        minutes_left=minutes_left,
        partial_date=partial_date,
        phone_groups=phone_groups,
        ins_groups=ins_groups,
        typeset=typeset_french,
        word=_word,
        has_word=has_word,
        reason=reason,
        reason_for_patient=reason_for_patient,
        sentence=sentence,
    )
    app.jinja_env.globals.update(csrf_token=csrf_token, in_language=in_language, profession=profession)
    app.context_processor(_context)


def ins_groups(ins: str) -> str:
    """A matricule INS in its usual groups, on one line: `2 79 03 51 215 189 89`."""
    groups = (ins[0:1], ins[1:3], ins[3:5], ins[5:7], ins[7:10], ins[10:13], ins[13:15])
    return "\u00a0".join(group for group in groups if group)


def phone_groups(number: str) -> str:
    """A French telephone number two digits at a time (`01 99 00 12 34`); any other as it is."""
    national = f"0{number[3:]}" if number.startswith("+33") and len(number) == 12 else number
    if len(national) != 10 or not national.isdigit():
        return number
    return "\u00a0".join(national[start : start + 2] for start in range(0, 10, 2))


def sentence(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


@pass_context
def _word(_context: Context, code: object, table: str) -> str:
    # Taking the context keeps Jinja from computing it once for all, in the language of the first reader.
    return word(code, table)


def _context() -> dict[str, object]:
    settings = gateway().settings
    return {
        "lang": language(),
        "person": signed_in_staff(),
        "patient_holder": signed_in_patient(),
        "hospital": settings.hospital,
        "demo": settings.profile == "demo",
        "here": request.path,
        "now_ms": gateway().world.epoch_ms(),
    }
