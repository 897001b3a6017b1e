"""The entries of the record in words: what was done, what each fact is, and values as people say them."""

import re
from collections.abc import Mapping, Sequence, Sized

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from gateway.patients.folding import fold
from gateway.web.dpo.entry_words import FACTS, TYPES
from gateway.web.dpo.words import TABLES as REVIEW_TABLES
from gateway.web.dpo.words import dpo_word, log_value
from gateway.web.language import _
from gateway.web.times import day_and_clock, partial_date
from gateway.web.wording import has_word, reason, word

_INSTANTS = frozenset(
    {"expires_at", "due_at", "since", "until", "before", "effective_at", "proves_at", "promised_at", "admitted_at"}
)
_DAYS = frozenset({"first", "last", "through", "period", "kept_from"})
_EARLIEST_MS = 946_684_800_000  # 2000: a number below is not an instant
# Of no use to a reader; who checks has them in the receipt and in the file.
LEFT_OUT = frozenset(
    {"question", "asked_for", "history_number", "documents_sha256", "case_sha256", "block", "kept", "text"}
)
_SHORT_LIST = 3
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_OF_REVIEWS = {
    "recipient": "recipient",
    "to": "recipient",
    "wish": "wish",
    "side": "side",
    "as": "role",
    "channel": "channel",
    "effect": "effect",
    "was": "case_state",
    "what": "what",
    "figure": "figure",
}


def add_log_words(app: Flask) -> None:
    """Filters of the templates that show entries."""
    app.jinja_env.filters.update(entry_type=_entry_type, told_facts=_told_facts)
    app.jinja_env.globals["entry_types"] = entry_types


def entry_type(code: str) -> str:
    """What was done, in words."""
    kind = code.removeprefix("review.")
    if code in TYPES:
        return _(TYPES[code])
    return dpo_word(kind, "step") if kind != code and kind in REVIEW_TABLES["step"] else code


def entry_types() -> list[tuple[str, str]]:
    """Every type there is with its words, in the order of the words."""
    codes = (*TYPES, *(f"review.{step}" for step in REVIEW_TABLES["step"]))
    return sorted(((code, entry_type(code)) for code in codes), key=lambda one: fold(one[1]))


def told_facts(values: Mapping[str, object], ipps: Mapping[str, str]) -> list[tuple[str, str]]:
    """The facts or the sealed values of an entry, each with its name: what is empty, no, or of no use is left out.
    `ipps`: the hospital's number of a patient, by id."""
    told = []
    for name, value in values.items():
        kind = name.partition(".")[0]
        if kind in LEFT_OUT or value is None or value is False or (isinstance(value, Sized) and not len(value)):
            continue
        if kind in ("patient", "found") and str(value) in ipps:
            told.append((_("patient"), f"IPP {ipps[str(value)]}"))
        else:
            text = fact_value(value, name)
            if text:
                told.append((fact_name(name), text))
    return told


def fact_name(name: str) -> str:
    """What a fact is; `found.3` is told as `found`."""
    known = FACTS.get(name) or FACTS.get(name.partition(".")[0])
    return _(known) if known is not None else name


def fact_value(value: object, name: str) -> str:
    """A fact's value as people say it."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if name in _INSTANTS and isinstance(value, int) and value > _EARLIEST_MS:
        return day_and_clock(value)
    if name == "reason":
        known = reason(str(value))
        return known if known != value else dpo_word(value, "erasure_reason")
    if name in _DAYS:
        return partial_date(str(value))
    if name in ("mode", "consent") and has_word(value, name):
        return word(value, name)
    if name in _OF_REVIEWS:
        return dpo_word(value, _OF_REVIEWS[name])
    if name.partition(".")[0] == "erased_numbers" and isinstance(value, list | tuple):
        return _ranges(value)
    if isinstance(value, list | tuple) and len(value) > _SHORT_LIST:
        return str(len(value))
    return _UUID.sub(lambda found: found[0][:8], log_value(value))


def _ranges(value: Sequence[object]) -> str:
    """`[whose, [[1, 13], [15, 15]]]` (audit/README.md, section 10) as `1-13, 15`."""
    spans = value[1] if len(value) == 2 and isinstance(value[1], list | tuple) else ()
    return ", ".join("-".join(dict.fromkeys(map(str, span))) for span in spans if isinstance(span, list | tuple))


# Taking the context keeps Jinja from computing them once for all, in the language of the first reader.
@pass_context
def _entry_type(_context: Context, code: str) -> str:
    return entry_type(code)


@pass_context
def _told_facts(_context: Context, values: Mapping[str, object], ipps: Mapping[str, str]) -> list[tuple[str, str]]:
    return told_facts(values, ipps)
