"""`python -m audit verify BUNDLE --key KEY` and `python -m audit receipt FILE --key KEY`: judge offline; `python -m
audit page FILE` writes the page that judges receipts without Python.

Instead of `--key`, `--policy FILE` asks for witnesses too. Exit codes: 0 verified, 1 the answer is no, 2 usage (the
key is not one), 3 the bundle or file is not there.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from audit.errors import BundleError, NoteError
from audit.history import MAX_HISTORY_CHARACTERS
from audit.judging import judge_file
from audit.messages import fault_text, language, word
from audit.page import verify_page
from audit.policy import MAX_POLICY_CHARACTERS, Policy
from audit.verify import verify_bundle

VERIFIED, NO, USAGE, UNAVAILABLE = 0, 1, 2, 3
MAX_KEY_CHARACTERS = 10_000
MAX_CERTIFICATE_BYTES = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    tongue = language(os.environ)
    options = _parser(tongue).parse_args(arguments)
    if options.command == "page":
        return _write_page(options.file, tongue)
    try:
        policy = _policy(options)
    except (NoteError, OSError, UnicodeDecodeError) as error:
        print(word("wrong_key" if options.policy is None else "wrong_policy", tongue, reason=error), file=sys.stderr)
        return USAGE
    try:
        if options.command == "verify" and not options.bundle.is_file():
            return _verify(options, policy, tongue)
        return _judge_file(options.file if options.command == "receipt" else options.bundle, options, policy, tongue)
    except (BundleError, OSError, UnicodeDecodeError) as error:
        print(word("unreadable", tongue, reason=error), file=sys.stderr)
        return UNAVAILABLE


def _parser(tongue: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m audit", description=word("description", tongue))
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help=word("verify", tongue))
    verify.add_argument("bundle", metavar="BUNDLE", type=Path, help=word("bundle", tongue))
    verify.add_argument("--anchor", action="append", default=[], type=Path, help=word("anchor", tongue))
    verify.add_argument("--tsa-root", action="append", default=[], type=Path, help=word("tsa_root", tongue))
    receipt = commands.add_parser("receipt", help=word("receipt", tongue))
    receipt.add_argument("file", metavar="FILE", type=Path, help=word("file", tongue))
    page = commands.add_parser("page", help=word("page", tongue))
    page.add_argument("file", metavar="FILE", type=Path)
    for command in (verify, receipt):
        trust = command.add_mutually_exclusive_group(required=True)
        trust.add_argument("--key", metavar="KEY", help=word("key", tongue))
        trust.add_argument("--policy", metavar="FILE", type=Path, help=word("policy", tongue))
        command.add_argument("--json", action="store_true", help=word("json", tongue))
    return parser


def _policy(options: argparse.Namespace) -> Policy:
    if options.policy is not None:
        return Policy.read(_read(options.policy, MAX_POLICY_CHARACTERS))
    return Policy.of_key(_key_text(options.key))


def _key_text(given: str) -> str:
    # A path may hold + too, so what exists as a file is a file.
    if len(given) < 4096 and Path(given).is_file():
        return _read(Path(given), MAX_KEY_CHARACTERS).strip()
    return given


def _verify(options: argparse.Namespace, policy: Policy, tongue: int) -> int:
    anchors = [_read(anchor) for anchor in options.anchor]
    roots = [_certificate(file) for file in options.tsa_root]
    progress = _show_progress if sys.stderr.isatty() and not options.json else None
    report = verify_bundle(options.bundle, policy, anchors, progress, tsa_roots=roots)
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


def _write_page(file: Path, tongue: int) -> int:
    try:
        with file.open("xb") as out:
            out.write(verify_page().content)
    except OSError as error:
        print(word("unreadable", tongue, reason=error), file=sys.stderr)
        return UNAVAILABLE
    return VERIFIED


def _judge_file(file: Path, options: argparse.Namespace, policy: Policy, tongue: int) -> int:
    verdict = judge_file(_read(file), policy)
    text = word(verdict.code, tongue, **verdict.values)
    if options.json:
        message = {} if verdict.verified else {"fault": {"code": verdict.code}, "message": text}
        _print_json({"verified": verdict.verified, **message, **verdict.answer})
    elif not verdict.verified:
        print(word("not_verified", tongue, fault=text))
    else:
        print(text)
        for code, values in verdict.more:
            print(word(code, tongue, **values))
        for line in verdict.lines:
            print(f"  {line}")
    return VERIFIED if verdict.verified else NO


def _read(file: Path, most: int = MAX_HISTORY_CHARACTERS) -> str:
    with file.open(encoding="utf-8") as stream:
        return stream.read(most + 1)


def _certificate(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_CERTIFICATE_BYTES)


def _print_json(answer: Mapping[str, object]) -> None:
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def _show_progress(done: int, of: int) -> None:
    print(f"\r{done * 100 // of} %", end="" if done < of else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
