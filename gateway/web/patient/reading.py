"""How a patient likes to read: in easy words (FALC, "facile à lire et à comprendre"), in large print.

Two links, each kept in a cookie as the language is. They hold nothing of anyone, and need neither account nor script.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from markupsafe import Markup, escape

_CHOICES = {"read": ("usual", "easy"), "print": ("usual", "large")}
_YEAR_S = 365 * 24 * 3600
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader chose. `easy`: shorter words, one sentence a line; `large`: larger print."""

    easy: bool = False
    large: bool = False


def add_reading(app: Flask) -> None:
    """Give the patients' templates `reading`, `read_as`, `say` and the filter `lines`."""
    app.after_request(keep_reading)
    app.context_processor(lambda: {"reading": reading()})
    app.jinja_env.globals.update(read_as=read_as, say=say)
    app.jinja_env.filters["lines"] = lines


def reading() -> Reading:
    """The reader's choice: the link's, else the cookie's."""
    return Reading(easy=_chosen("read") == "easy", large=_chosen("print") == "large")


def keep_reading(response: Response) -> Response:
    """After each request: remember for a year what a link or a form chose."""
    kept = {name: request.args[name] for name, known in _CHOICES.items() if request.args.get(name) in known}
    for name, value in {**kept, **g.get("reading_chosen", {})}.items():
        response.set_cookie(name, value, max_age=_YEAR_S, path="/", httponly=True, samesite="Lax")
    return response


def choose_print(*, large: bool) -> None:
    """Read in large print from the next page on, or no longer."""
    g.reading_chosen = {"print": "large" if large else "usual"}


def read_as(name: str, value: str) -> str:
    """This page, read otherwise: what was filtered stays so."""
    kept = {key: text for key, text in request.args.items() if key not in ("lang", *_CHOICES)}
    return f"{request.path}?{urlencode({**kept, name: value})}"


def say(usual: str, easy: str) -> str:
    """The one of two sentences that suits the reader; in easy words, one sentence a line."""
    return lines(easy) if reading().easy else usual


def lines(text: str) -> str:
    """The text; for easy reading, each sentence on a line of its own."""
    if not reading().easy:
        return text
    whole = escape(text)  # as it is when it came from the catalogue, its values escaped already
    return Markup(_SENTENCE_END.sub("<br>", str(whole)))  # noqa: S704  # nosec B704


def _chosen(name: str) -> str:
    asked = request.args.get(name) or request.cookies.get(name, "")
    return asked if asked in _CHOICES[name] else "usual"
