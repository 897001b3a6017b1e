"""Versions: sets of rules that passed their checks, kept for good under their number and digest, never changed."""

from dataclasses import dataclass

from gateway.rulebook.people import Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Somebody other than its authors agreed to a version. `role` is `it`, or `dpo` for its guardrails."""

    who: Who
    role: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version. Instants are UTC epoch ms.

    `digest` names it as the release that stored it computed it: files and engine. `text_digest` is over the files
    alone: it stays the same when the engine is upgraded, while decisions then carry another digest of the same version
    (`Publishing.version` finds it by any of them). `origin` is `folder` (the first one, from `policies.folder`),
    `draft`, or `release` (completed by an upgrade). `authors` may not approve it.

    `state`: `staged` (waits for approval), `approved` (may be activated), `scheduled`, `in_force`, `former` (was in
    force: a roll-back to it needs no new approval). `changes_guardrails`: its guardrails or invariants are not those in
    force, so the DPO must approve it too. `lacking` says whose approvals are still missing: `it`, `dpo`, both, none, or
    `it` twice: what a console account wrote needs two people of IT.
    """

    number: int
    digest: str
    text_digest: str
    guardrails_digest: str
    title: str
    origin: str
    base_number: int
    authors: tuple[Who, ...]
    staged_by: Who
    staged_at: int
    approvals: tuple[Approval, ...]
    lacking: tuple[str, ...]
    changes_guardrails: bool
    state: str
