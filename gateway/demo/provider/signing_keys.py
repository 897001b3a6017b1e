"""The demo provider's signing keys: made at its first start, kept in a file only its owner can read."""

import json
import os
from pathlib import Path

from joserfc.jwk import KeySet, RSAKey

FILE_NAME = "demo-idp-keys.json"


def load_or_make_keys(folder: Path) -> KeySet:
    """The key set in the folder, made there if absent (one RSA key of 2048 bits, RS256)."""
    file = folder / FILE_NAME
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        text = json.dumps({"keys": [key.as_dict(private=True)]})
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:
            opened.write(text)
    return KeySet.import_key_set(json.loads(file.read_text(encoding="ascii")))
