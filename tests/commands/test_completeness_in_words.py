"""What the completeness check looked at is said in French too, whatever it comes to look at."""

import re
from pathlib import Path

import gateway.oversight.completeness as completeness
from gateway.commands.completeness import LOOKED_AT

ROOM = Path(str(completeness.__file__)).parent


def test_every_kind_the_check_counts_has_its_french_word() -> None:
    counted = {kind for file in ROOM.glob("*.py") for kind in re.findall(r'looked_at\["([^"]+)"\]', file.read_text())}
    assert counted == set(LOOKED_AT)
