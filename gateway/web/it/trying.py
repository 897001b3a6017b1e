"""What a draft is worth before anyone is asked to approve it: checked, tested, proved, compared. Nothing changes."""

from collections.abc import Callable, Mapping

from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.rulebook.jobs import Working
from gateway.rulebook.publishing import IN_FORCE
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.versions import version_numbered
from gateway.web.parts import gateway

# Most proofs are there by then; the page of a longer one asks again by itself.
WAIT_SECONDS = 4.0


def add_trying(app: Flask) -> None:
    """The same four questions of a draft and of a version."""
    for what in ("check", "test", "prove", "diff"):
        app.add_url_rule(f"/it/drafts/<draft_id>/{what}", endpoint=f"draft_{what}", view_func=draft_report)
        app.add_url_rule(f"/it/versions/<number>/{what}", endpoint=f"version_{what}", view_func=version_report)


@entrance(Entrance.RULES)
def draft_report(draft_id: str) -> ResponseReturnValue:
    """The answer to the last word of the address."""
    draft = gateway().publishing.draft(draft_id)
    back = url_for("draft_page", draft_id=draft.id)
    what = request.path.rpartition("/")[2]
    return _report(what, draft.id, draft.title, back, draft_id=draft.id, began_as=draft.base_number)


@entrance(Entrance.RULES)
def version_report(number: str) -> ResponseReturnValue:
    """The same of a version, compared with the version in force or with `?with=` another one."""
    version = version_numbered(number)
    back = url_for("version_page", number=version.number)
    what = request.path.rpartition("/")[2]
    return _report(what, str(version.number), version.title, back, draft_id="", began_as=version.base_number)


def _report(what: str, ref: str, title: str, back: str, *, draft_id: str, began_as: int) -> str:
    publishing = gateway().publishing
    before = request.args.get("with", "")[:64] or IN_FORCE
    ask: Mapping[str, Callable[[], object]] = {
        "check": lambda: publishing.check(ref),
        "test": lambda: publishing.test(ref),
        "prove": lambda: publishing.prove_soon(ref, WAIT_SECONDS),
        "diff": lambda: publishing.diff_soon(before, ref, WAIT_SECONDS),
    }
    report = ask[what]()
    versions = publishing.versions() if what == "diff" else ()
    return render_template(
        "it/report.html",
        what=what,
        report=report,
        working=report if isinstance(report, Working) else None,
        title=title,
        back=back,
        base=back,
        draft_id=draft_id,
        began_as=began_as,
        in_force=publishing.in_force(),
        versions=versions,
        before="" if before == IN_FORCE else before,
    )
