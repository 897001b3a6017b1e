"""Asks another C2SP verifier (PyPI aics-tlog) about each case on standard input; answers a list of true and false."""

import base64
import json
import sys

import aics_tlog


def holds(case: dict) -> bool:
    if case["ask"] == "consistency":
        roots = [base64.b64decode(case[name]) for name in ("first_root", "second_root")]
        proof = [base64.b64decode(node) for node in case["proof"]]
        return bool(aics_tlog.verify_consistency(case["first"], case["second"], *roots, proof))
    if case["ask"] == "inclusion":
        leaf, root = base64.b64decode(case["leaf"]), base64.b64decode(case["root"])
        proof = [base64.b64decode(node) for node in case["proof"]]
        return bool(aics_tlog.verify_leaf_inclusion(leaf, case["index"], case["size"], proof, root))
    witnesses = [aics_tlog.parse_vkey(vkey) for vkey in case["witnesses"]]
    try:
        note, key = aics_tlog.parse_note(case["note"]), aics_tlog.parse_vkey(case["key"])
        result = aics_tlog.verify_checkpoint(note, key, witnesses, case["quorum"], expected_origin=case["origin"])
    except ValueError:
        return False
    return bool(getattr(result, "ok", result))


if __name__ == "__main__":
    json.dump([holds(case) for case in json.load(sys.stdin)], sys.stdout)
