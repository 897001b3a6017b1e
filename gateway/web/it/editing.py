"""A file of a draft in a text field, its faults beside their lines. Saving never overwrites another person's words, and
never loses one's own."""

import re

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest, NotFound
from gateway.rulebook.drafts import Draft
from gateway.rulebook.refusals import DraftChanged
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.grid import text_of
from gateway.web.parts import gateway
from gateway.web.session import staff

# What a text field may hold: a form is at most 1 MB, and a letter with an accent takes six characters on its way.
LONGEST_TEXT = 200_000
_LONGEST_PATH = 200
_UNPROCESSABLE, _CONFLICT = 422, 409
_FOLDERS = {"rules": ".cedar", "cases": ".yaml", "guardrails": ".cedar", "invariants": ".cedar"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", re.ASCII)


def add_editing(app: Flask) -> None:
    """Under `/it/drafts/<draft_id>/files`."""
    base = "/it/drafts/<draft_id>/files"
    app.add_url_rule(base, view_func=add_rule_file, methods=["POST"])
    app.add_url_rule(f"{base}/<path:path>", view_func=rule_file_page)
    app.add_url_rule(f"{base}/<path:path>", view_func=save_rule_file, methods=["POST"])


@entrance(Entrance.RULES)
def rule_file_page(draft_id: str, path: str) -> ResponseReturnValue:
    """The file to edit; `?check=1` also says what is wrong in it."""
    draft = gateway().publishing.draft(draft_id)
    content = draft.files.get(path)
    new = request.args.get("new") == "1"
    if content is None and not new:
        raise NotFound("the draft holds no such file")
    text = text_of(content or b"")
    return _page(draft, path, text, new=content is None, check=request.args.get("check") == "1")


@entrance(Entrance.IT)
def save_rule_file(draft_id: str, path: str) -> ResponseReturnValue:
    """Save, save and check, or take the file out. What somebody else saved meanwhile is shown beside what was typed."""
    publishing = gateway().publishing
    revision = _revision()
    if request.form.get("do") == "remove":
        publishing.remove_file(staff(), draft_id, path, revision)
        return redirect(url_for("draft_page", draft_id=draft_id, done="removed"), 303)
    text = request.form.get("text", "").replace("\r\n", "\n")
    draft = publishing.draft(draft_id)
    if len(text) > LONGEST_TEXT:
        return _page(draft, path, text, fault="too-long"), _UNPROCESSABLE
    try:
        publishing.save_file(staff(), draft_id, path, text.encode(), revision)
    except DraftChanged as changed:
        return _page(draft, path, text, changed=changed), _CONFLICT
    except InvalidRequest:
        return _page(draft, path, text, fault="refused"), _UNPROCESSABLE
    check = "1" if request.form.get("do") == "check" else None
    return redirect(url_for("rule_file_page", draft_id=draft_id, path=path, done="saved", check=check), 303)


@entrance(Entrance.IT)
def add_rule_file(draft_id: str) -> ResponseReturnValue:
    """An empty page for a new file of one of the folders that may take some."""
    folder = request.form.get("folder", "")
    name = request.form.get("name", "").strip()[:_LONGEST_PATH]
    ending = _FOLDERS.get(folder)
    if ending is None or not _NAME.fullmatch(name):
        return redirect(url_for("draft_page", draft_id=draft_id, done="bad-name"), 303)
    stem = name.removesuffix(ending)
    return redirect(url_for("rule_file_page", draft_id=draft_id, path=f"{folder}/{stem}{ending}", new="1"), 303)


def _page(
    draft: Draft,
    path: str,
    text: str,
    *,
    new: bool = False,
    check: bool = False,
    fault: str = "",
    changed: DraftChanged | None = None,
) -> str:
    report = gateway().publishing.check(draft.id) if check and not changed else None
    faults = report.faults if report is not None else ()
    return render_template(
        "it/edit.html",
        draft=draft,
        path=path,
        text=text,
        new=new,
        fault=fault,
        changed=changed,
        theirs=text_of(changed.theirs) if changed is not None and changed.theirs is not None else "",
        revision=changed.revision if changed is not None else draft.revision,
        checked=report is not None,
        faults=[one for one in faults if one.file == path],
        elsewhere=[one for one in faults if one.file != path],
        lines=text.split("\n"),
        longest=LONGEST_TEXT,
    )


def _revision() -> int:
    text = request.form.get("revision", "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest("the form's revision", field="revision")
    return int(text)
