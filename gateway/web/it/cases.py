"""A case added to a draft: an expected answer, composed of the people and situations the case files already name."""

import json
from dataclasses import dataclass

import yaml
from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.errors import InvalidRequest
from gateway.rulebook.drafts import Draft
from gateway.rulebook.refusals import DraftChanged
from gateway.web.entrance import Entrance, entrance
from gateway.web.it.grid import text_of
from gateway.web.language import later
from gateway.web.parts import gateway
from gateway.web.session import staff
from policies.cases import PERSONAS

OWN_CASES = "cases/local/hopital.yaml"
_KINDS = ("user", "patient", "context", "document")
_ACTIONS = ("open_dossier", "read_document", "extend_access")
_LONGEST_NAME = 200
_LONGEST_RULES = 300
_LONGEST_PERSONAS = 500_000
_UNPROCESSABLE, _CONFLICT = 422, 409
_HEADING = "# Les cas de l'hôpital, ajoutés par la page. / The hospital's own cases, added by the page.\n"
NO_NAME = later("Donnez un nom au cas : la phrase qu'on lira s'il échoue.")
NOT_OFFERED = later("Choisissez chaque réponse dans sa liste ; un document quand il s'agit d'en lire un.")
CHANGED = later("Le fichier des cas a changé entre-temps. Rien n'est perdu : vérifiez, puis ajoutez à nouveau.")


@dataclass(frozen=True, slots=True)
class _Typed:
    """The form as it came, at its known lengths."""

    name: str
    user: str
    patient: str
    context: str
    document: str
    action: str
    allow: bool
    rules: tuple[str, ...]


def add_cases(app: Flask) -> None:
    """`/it/drafts/<draft_id>/case`."""
    app.add_url_rule("/it/drafts/<draft_id>/case", view_func=policy_case_page)
    app.add_url_rule("/it/drafts/<draft_id>/case", view_func=add_policy_case, methods=["POST"])


@entrance(Entrance.IT)
def policy_case_page(draft_id: str) -> ResponseReturnValue:
    """The form, on the names of the draft's own personas."""
    return _page(gateway().publishing.draft(draft_id), None)


@entrance(Entrance.IT)
def add_policy_case(draft_id: str) -> ResponseReturnValue:
    """Write the case at the end of the hospital's own file of the draft."""
    draft = gateway().publishing.draft(draft_id)
    typed = _typed()
    if fault := _fault(typed, _personas(draft)):
        return _page(draft, typed, fault), _UNPROCESSABLE
    text = text_of(draft.files.get(OWN_CASES, b"")) or _HEADING
    content = f"{text.rstrip()}\n\n{_written(typed)}".encode()
    try:
        gateway().publishing.save_file(staff(), draft.id, OWN_CASES, content, draft.revision)
    except DraftChanged:
        return _page(gateway().publishing.draft(draft_id), typed, CHANGED), _CONFLICT
    except InvalidRequest:
        return _page(draft, typed, NOT_OFFERED), _UNPROCESSABLE
    return redirect(url_for("draft_test", draft_id=draft.id, done="case-added"), 303)


def _typed() -> _Typed:
    form = request.form
    return _Typed(
        name=" ".join(form.get("name", "").split())[:_LONGEST_NAME],
        user=form.get("user", ""),
        patient=form.get("patient", ""),
        context=form.get("context", ""),
        document=form.get("document", ""),
        action=form.get("action", ""),
        allow=form.get("allow") == "yes",
        rules=tuple(form.get("rules", "")[:_LONGEST_RULES].replace(",", " ").split()),
    )


def _fault(typed: _Typed, personas: dict[str, tuple[str, ...]]) -> str:
    if not typed.name:
        return NO_NAME
    reads = typed.action == "read_document"
    known = all(getattr(typed, kind) in personas[kind] for kind in _KINDS if kind != "document")
    document = typed.document in personas["document"] if reads else True
    return "" if known and document and typed.action in _ACTIONS else NOT_OFFERED


def _written(typed: _Typed) -> str:
    """The case as the files write it. Strings are JSON strings, which YAML reads as they are."""
    lines = [f"- name: {_quoted(typed.name)}"]
    lines += [f"  {kind}: {_quoted(getattr(typed, kind))}" for kind in ("user", "patient")]
    lines += [f"  action: {typed.action}", f"  context: {_quoted(typed.context)}"]
    if typed.action == "read_document":
        lines.append(f"  document: {_quoted(typed.document)}")
    rules = f", rules: [{', '.join(_quoted(rule) for rule in typed.rules)}]" if typed.rules else ""
    return "\n".join([*lines, f"  expect: {{allow: {'true' if typed.allow else 'false'}{rules}}}\n"])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _personas(draft: Draft) -> dict[str, tuple[str, ...]]:
    """The names each part of a case may take; none where the file cannot be read (the check says why)."""
    text = text_of(draft.files.get(PERSONAS, b""))[:_LONGEST_PERSONAS]
    try:
        read = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        read = None
    top = read if isinstance(read, dict) else {}
    named = {kind: top.get(f"{kind}s") for kind in _KINDS}
    return {kind: tuple(map(str, names)) if isinstance(names, dict) else () for kind, names in named.items()}


def _page(draft: Draft, typed: _Typed | None, fault: str = "") -> str:
    personas = _personas(draft)
    return render_template(
        "it/case.html",
        draft=draft,
        personas=personas,
        actions=_ACTIONS,
        typed=typed,
        fault=fault,
        file=OWN_CASES,
        longest=_LONGEST_NAME,
    )
