"""`python -m tests.witness.cosigning_process CONFIG`: answers bodies from standard input as the witness would, one JSON
string a line, after it said that it is ready; each answer is one JSON line, written only after it is durable."""

import json
import sys
from pathlib import Path

from gateway.witness.cosigning import Cosigning
from gateway.witness.settings import load_witness_settings
from gateway.world import real_world


def main(config: Path) -> None:
    cosigning = Cosigning(load_witness_settings(config), real_world())
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        answer = cosigning.add_checkpoint(json.loads(line))
        print(json.dumps([answer.status, answer.body]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
