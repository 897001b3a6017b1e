"""Drafts: the sets of rules somebody is writing. Nothing of a draft decides anything."""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.rulebook.drafts import Draft
from gateway.web.entrance import Entrance, entrance
from gateway.web.parts import gateway
from gateway.web.session import staff
from policies.sources import MATRIX, SETTINGS

LONGEST_TITLE = 200
_UNPROCESSABLE = 422


def add_drafts(app: Flask) -> None:
    """Under `/it/drafts`."""
    base = "/it/drafts"
    app.add_url_rule(base, view_func=drafts_page)
    app.add_url_rule(base, view_func=start_draft, methods=["POST"])
    app.add_url_rule(f"{base}/<draft_id>", view_func=draft_page)
    app.add_url_rule(f"{base}/<draft_id>/stage", view_func=stage_draft, methods=["POST"])
    app.add_url_rule(f"{base}/<draft_id>/discard", view_func=discard_question)
    app.add_url_rule(f"{base}/<draft_id>/discard", view_func=discard_draft, methods=["POST"])


@entrance(Entrance.RULES)
def drafts_page() -> ResponseReturnValue:
    """The open drafts, and a form to start one."""
    return _drafts_page()


@entrance(Entrance.IT)
def start_draft() -> ResponseReturnValue:
    """A new draft from the version in force, or from the one chosen."""
    title = request.form.get("title", "").strip()[: LONGEST_TITLE + 1]
    base = request.form.get("base", "")[:64]
    try:
        draft = gateway().publishing.start_draft(staff(), title, base)
    except InvalidRequest:
        return _drafts_page(title=title, fault=True), _UNPROCESSABLE
    return redirect(url_for("draft_page", draft_id=draft.id), 303)


@entrance(Entrance.RULES)
def draft_page(draft_id: str) -> ResponseReturnValue:
    """One draft: its files, what changed in them, and the road to a version."""
    draft = gateway().publishing.draft(draft_id)
    return render_template(
        "it/draft.html",
        draft=draft,
        changed=changed_files(draft),
        in_force=gateway().publishing.in_force(),
        own=staff().key in {one.key for one in draft.authors},
        special={
            MATRIX: url_for("matrix_page", draft_id=draft.id),
            SETTINGS: url_for("policy_settings_page", draft_id=draft.id),
        },
    )


@entrance(Entrance.IT)
def stage_draft(draft_id: str) -> ResponseReturnValue:
    """Check, test and prove; when all three pass the draft is a version that waits for somebody else."""
    version = gateway().publishing.stage(staff(), draft_id)
    return redirect(url_for("version_page", number=version.number, done="staged"), 303)


@entrance(Entrance.IT)
def discard_question(draft_id: str) -> ResponseReturnValue:
    """Whether the draft is really to be given up."""
    return render_template("it/discard.html", draft=gateway().publishing.draft(draft_id))


@entrance(Entrance.IT)
def discard_draft(draft_id: str) -> ResponseReturnValue:
    """Give a draft up. It is kept, closed."""
    gateway().publishing.discard_draft(staff(), draft_id)
    return redirect(url_for("drafts_page", done="discarded"), 303)


def changed_files(draft: Draft) -> dict[str, str]:
    """What became of each file since the version the draft began as: `added`, `changed`, `removed`."""
    before = gateway().publishing.files(str(draft.base_number)) if draft.base_number else {}
    changed = {
        path: "added" if path not in before else "changed"
        for path, content in draft.files.items()
        if before.get(path) != content
    }
    return {**changed, **{path: "removed" for path in before if path not in draft.files}}


def _drafts_page(title: str = "", *, fault: bool = False) -> str:
    publishing = gateway().publishing
    return render_template(
        "it/drafts.html",
        drafts=publishing.drafts(),
        versions=publishing.versions(),
        title=title,
        fault=fault,
        longest=LONGEST_TITLE,
    )
