"""The hospital's settings of a draft as a form: windows, reasons, who may break the glass, cosignature, notices.

What the law requires of a notice is shown ticked and cannot be unticked. The file itself stays a text one may edit: the
form changes the values in it and leaves its comments alone. The check of the rules judges what was saved.
"""

import tomllib
from collections.abc import Mapping

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.rulebook.drafts import Draft
from gateway.rulebook.refusals import DraftChanged
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.grid import text_of
from gateway.web.it.settings_text import NotWritten, Path, Value, with_values
from gateway.web.language import later
from gateway.web.parts import gateway
from gateway.web.session import staff
from policies.settings import NOTICE_FLOOR, RECIPIENTS
from policies.sources import PROFESSIONS, SETTINGS
from policies.spreadsheet import YES, read_rows

_NUMBERS: Mapping[str, Path] = {
    "window_minutes": ("access", "window_minutes"),
    "emergency_window_minutes": ("access", "emergency_window_minutes"),
    "longest_minutes": ("access", "longest_minutes"),
    "within_hours": ("cosign", "within_hours"),
}
_REASON_TEXTS = ("key", "fr", "en", "patient_fr", "patient_en")
_EMERGENCY_MODES = ("break_glass", "centre_15")
_LONGEST = 300
_MOST_LISTED = 100
_UNPROCESSABLE, _CONFLICT = 422, 409
NOT_A_NUMBER = later("Une durée s'écrit en chiffres.")
NOT_READ = later("Ce fichier a une faute qui empêche de le montrer en formulaire : corrigez-le comme texte.")
CHANGED = later("Ces réglages ont changé entre-temps. Rien n'est écrasé, et vos réponses sont gardées ci-dessous.")


def add_settings_form(app: Flask) -> None:
    """`/it/drafts/<draft_id>/settings`."""
    app.add_url_rule("/it/drafts/<draft_id>/settings", view_func=policy_settings_page)
    app.add_url_rule("/it/drafts/<draft_id>/settings", view_func=save_policy_settings, methods=["POST"])


@entrance(Entrance.RULES)
def policy_settings_page(draft_id: str) -> ResponseReturnValue:
    """The form; `?check=1` says what the check finds in these settings."""
    draft = gateway().publishing.draft(draft_id)
    return _page(draft, _read(draft))


@entrance(Entrance.IT)
def save_policy_settings(draft_id: str) -> ResponseReturnValue:
    """Write what the form says into the file, then check it."""
    publishing = gateway().publishing
    draft = publishing.draft(draft_id)
    read = _read(draft)
    if read is None:
        return _page(draft, None, NOT_READ), _UNPROCESSABLE
    try:
        values = _values(read)
        text = with_values(text_of(draft.files[SETTINGS]), values)
    except InvalidRequest:
        return _page(draft, read, NOT_A_NUMBER), _UNPROCESSABLE
    except NotWritten:
        return _page(draft, read, NOT_READ), _UNPROCESSABLE
    try:
        publishing.save_file(staff(), draft.id, SETTINGS, text.encode(), _number("revision"))
    except DraftChanged:
        return _page(publishing.draft(draft_id), _merged(read, values), CHANGED), _CONFLICT
    return redirect(url_for("policy_settings_page", draft_id=draft.id, done="saved", check="1"), 303)


def _read(draft: Draft) -> dict[str, object] | None:
    """The tables of the file; None when it is broken or lacks a section."""
    try:
        read = tomllib.loads(text_of(draft.files.get(SETTINGS, b"")))
    except tomllib.TOMLDecodeError:
        return None
    sections = ("access", "establishments", "break_glass", "cosign", "notices", "reasons")
    return read if all(isinstance(read.get(name), dict) for name in sections) else None


def _values(read: Mapping[str, object]) -> dict[Path, Value]:
    form = request.form
    values: dict[Path, Value] = {path: _number(name) for name, path in _NUMBERS.items()}
    values[("establishments", "enrolled")] = form.get("enrolled", "")[:2000].replace(",", " ").split()[:_MOST_LISTED]
    values[("break_glass", "professions")] = _in_their_order(
        read["break_glass"], form.getlist("professions")[:_MOST_LISTED]
    )
    for name, floor in NOTICE_FLOOR.items():
        ticked = set(form.getlist(f"notice.{name}")) | floor
        values[("notices", name)] = [one for one in RECIPIENTS if one in ticked]
    reasons = read["reasons"]
    for code in reasons if isinstance(reasons, dict) else ():
        modes = set(form.getlist(f"reason.{code}.modes"))
        values[("reasons", code, "modes")] = [one for one in _EMERGENCY_MODES if one in modes]
        values[("reasons", code, "text_at_least")] = _number(f"reason.{code}.text_at_least")
        for field in _REASON_TEXTS:
            values[("reasons", code, field)] = " ".join(form.get(f"reason.{code}.{field}", "").split())[:_LONGEST]
    return values


def _in_their_order(section: object, ticked: list[str]) -> list[str]:
    """The professions ticked: those the file has keep its order, so that an untouched form changes no letter."""
    written = section.get("professions") if isinstance(section, dict) else None
    known = [str(one) for one in written] if isinstance(written, list) else []
    return [one for one in known if one in ticked] + [one for one in ticked if one not in known]


def _merged(read: Mapping[str, object], values: Mapping[Path, Value]) -> dict[str, object]:
    """The tables as the person would have them."""
    merged: dict[str, object] = {
        name: {key: dict(inner) if isinstance(inner, dict) else inner for key, inner in table.items()}
        for name, table in read.items()
        if isinstance(table, dict)
    }
    for path, value in values.items():
        here: object = merged
        for name in path[:-1]:
            here = here[name] if isinstance(here, dict) else here
        if isinstance(here, dict):
            here[path[-1]] = value
    return merged


def _number(name: str) -> int:
    text = request.form.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest("not a number", field=name)
    return int(text)


def _page(draft: Draft, read: Mapping[str, object] | None, fault: str = "") -> str:
    asked = request.method == "GET" and request.args.get("check") == "1"
    faults = gateway().publishing.check(draft.id).faults if asked else ()
    rows, _faults = read_rows(
        PROFESSIONS, text_of(draft.files.get(PROFESSIONS, b"")), ("id", "label_fr", "label_en", "care")
    )
    return render_template(
        "it/settings.html",
        draft=draft,
        read=read,
        fault=fault or ("" if read is not None else NOT_READ),
        faults=[one for one in faults if one.file == SETTINGS],
        checked=asked,
        elsewhere=sum(one.file != SETTINGS for one in faults),
        professions=[row.cells for row in rows if YES.get(row.cells["care"].lower())],
        floor=NOTICE_FLOOR,
        recipients=RECIPIENTS,
        file=SETTINGS,
    )
