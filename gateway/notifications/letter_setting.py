"""Sets one letter: JSON in, PDF out. A program of its own, so that the typesetter is never part of the gateway.

Run as `python -m gateway.notifications.letter_setting`; standard input is a `Letter` as JSON, standard output a tagged
PDF/UA-1 (ISO 14289-1). Exit code 2 when the input is no letter, 3 when it cannot be set as it is: an address too long
for the window, a sign that no font here has (PDF/UA-1 forbids to leave one out). Words are data for the template, never
part of it.
"""

import json
import sys
from importlib.resources import as_file, files

import typst

MOST_BYTES = 100_000
NO_LETTER, UNPRINTABLE = 2, 3
# What the typesetter says of a sign without a glyph, and of an address that no size brings into the window.
_FOR_GOOD = ("could not be displayed", "expected length, found none")


def main() -> int:
    """Read, set, write."""
    text = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        return NO_LETTER
    try:
        json.loads(text)
    except ValueError:
        return NO_LETTER
    with as_file(files("gateway.notifications").joinpath("letter.typ")) as template:
        try:
            pdf = typst.compile(
                str(template),
                format="pdf",
                sys_inputs={"letter": text.decode()},
                pdf_standards="ua-1",
                ignore_system_fonts=True,  # the same page on every machine
            )
        except typst.TypstError as error:
            if any(words in str(error) for words in _FOR_GOOD):
                return UNPRINTABLE
            raise
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
