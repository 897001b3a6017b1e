"""`python -m audit verify BUNDLE --key KEY` and `python -m audit receipt FILE --key KEY`: judge offline.

Exit codes: 0 verified, 1 the answer is no, 2 usage (the key is not one), 3 the bundle or file is not there.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from audit.errors import AuditError, BundleError, DisclosureError, NoteError, PendingError
from audit.messages import fault_text, language, word
from audit.note import Verifier
from audit.receipt import MAX_RECEIPT_CHARACTERS, Receipt
from audit.verify import verify_bundle

VERIFIED, NO, USAGE, UNAVAILABLE = 0, 1, 2, 3
MAX_KEY_CHARACTERS = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    tongue = language(os.environ)
    options = _parser(tongue).parse_args(arguments)
    try:
        verifier = Verifier(_key_text(options.key))
    except (NoteError, OSError, UnicodeDecodeError) as error:
        print(word("wrong_key", tongue, reason=error), file=sys.stderr)
        return USAGE
    try:
        if options.command == "verify":
            return _verify(options, verifier, tongue)
        return _receipt(options, verifier, tongue)
    except (BundleError, OSError, UnicodeDecodeError) as error:
        print(word("unreadable", tongue, reason=error), file=sys.stderr)
        return UNAVAILABLE


def _parser(tongue: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m audit", description=word("description", tongue))
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help=word("verify", tongue))
    verify.add_argument("bundle", metavar="BUNDLE", type=Path, help=word("bundle", tongue))
    verify.add_argument("--anchor", action="append", default=[], type=Path, help=word("anchor", tongue))
    receipt = commands.add_parser("receipt", help=word("receipt", tongue))
    receipt.add_argument("file", metavar="FILE", type=Path, help=word("file", tongue))
    for command in (verify, receipt):
        command.add_argument("--key", required=True, metavar="KEY", help=word("key", tongue))
        command.add_argument("--json", action="store_true", help=word("json", tongue))
    return parser


def _key_text(given: str) -> str:
    # A path may hold + too, so what exists as a file is a file.
    if len(given) < 4096 and Path(given).is_file():
        with Path(given).open(encoding="utf-8") as stream:
            return stream.read(MAX_KEY_CHARACTERS).strip()
    return given


def _verify(options: argparse.Namespace, verifier: Verifier, tongue: int) -> int:
    anchors = [_read(anchor) for anchor in options.anchor]
    progress = _show_progress if sys.stderr.isatty() and not options.json else None
    report = verify_bundle(options.bundle, verifier, anchors, progress)
    if options.json:
        answer = report.to_json()
        if report.fault is not None:
            answer["message"] = fault_text(report.fault.code, report.fault.details, tongue)
        _print_json(answer)
    elif report.fault is not None:
        print(word("not_verified", tongue, fault=fault_text(report.fault.code, report.fault.details, tongue)))
    else:
        print(word("verified", tongue, **report.to_json()))
    return VERIFIED if report.verified else NO


def _receipt(options: argparse.Namespace, verifier: Verifier, tongue: int) -> int:
    text = _read(options.file)
    try:
        verified = Receipt.from_json(text).verify(verifier)
    except AuditError as error:
        fault = _receipt_fault(error)
        message = word(fault, tongue, reason=error)
        if options.json:
            _print_json({"verified": False, "fault": {"code": fault}, "message": message})
        else:
            print(word("not_verified", tongue, fault=message))
        return NO
    entry, head = verified.entry, verified.checkpoint
    if options.json:
        facts = {"entry_id": entry.entry_id, "time": entry.time, "type": entry.type, "outcome": entry.outcome}
        place = {"leaf_index": verified.leaf_index, "origin": head.origin, "size": head.size}
        _print_json({"verified": True, **facts, **place, "facts": entry.facts, "personal": verified.personal})
        return VERIFIED
    about = {"entry": entry.entry_id, "type": entry.type, "outcome": entry.outcome}
    print(word("receipt_verified", tongue, index=verified.leaf_index, origin=head.origin, size=head.size, **about))
    for name, value in verified.personal.items():
        print(f"  {name}: {json.dumps(value, ensure_ascii=False)}")
    return VERIFIED


def _receipt_fault(error: AuditError) -> str:
    if isinstance(error, PendingError):
        return "receipt_pending"
    if isinstance(error, DisclosureError):
        return "receipt_disclosure"
    return "receipt_signature" if isinstance(error, NoteError) else "receipt_proof"


def _read(file: Path) -> str:
    with file.open(encoding="utf-8") as stream:
        return stream.read(MAX_RECEIPT_CHARACTERS + 1)


def _print_json(answer: Mapping[str, object]) -> None:
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def _show_progress(done: int, of: int) -> None:
    print(f"\r{done * 100 // of} %", end="" if done < of else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
