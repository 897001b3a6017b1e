"""French first, English second: which language a request is answered in, and where its words come from.

The key of a message is its French text as typed in the source, with plain apostrophes and spaces; French pages get its
typographic form, English pages the twin read from `translations/en/*.po` at start-up: one file a kind of page.
"""

import io
import re
from gettext import NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, Response, current_app, g, has_request_context, request

LANGUAGES = ("fr", "en")
COOKIE = "lang"
_EXTENSION = "gateway.languages"
_NARROW = "\u202f"  # narrow no-break space, before ; ! ? and %
_BROAD = "\u00a0"  # no-break space, before a colon and inside guillemets


def typeset_french(text: str) -> str:
    """French typography: apostrophes, guillemets, and spaces that do not break before double punctuation."""
    text = text.replace("'", "\u2019").replace("« ", f"«{_BROAD}").replace(" »", f"{_BROAD}»").replace("...", "\u2026")
    text = re.sub(r" (?=:(?:\s|$))", _BROAD, text)
    return re.sub(r" (?=[;!?](?:\s|$))", _NARROW, text)


class French(NullTranslations):
    """The message is its own key; only the typography is added. Zero is singular in French."""

    def __init__(self) -> None:
        super().__init__()
        self._typeset: dict[str, str] = {}

    def gettext(self, message: str) -> str:
        """The message, typeset."""
        known = self._typeset.get(message)
        if known is None:
            known = self._typeset[message] = typeset_french(message)
        return known

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """One or the other, typeset."""
        return self.gettext(msgid1 if abs(n) < 2 else msgid2)


def read_english(folder: Path) -> Translations:
    """The English catalogue, compiled in memory from its readable files; the same message in two files is one."""
    catalogue = Catalog(locale="en")
    for path in sorted(folder.glob("en/*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    catalogue[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def add_languages(app: Flask) -> None:
    """Give the templates `_`, `ngettext` and `lang`, and answer each request in its language."""
    app.extensions[_EXTENSION] = {"fr": French(), "en": read_english(Path(__file__).parent / "translations")}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.before_request(choose_language)
    app.after_request(keep_language)


def choose_language() -> None:
    """The link's `?lang=`, else the cookie, else what the browser asks for, else French."""
    asked = request.args.get("lang") or request.cookies.get(COOKIE, "")
    g.language = asked if asked in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "fr")


def keep_language(response: Response) -> Response:
    """After each request: remember the language chosen by a link, for a year."""
    if request.args.get("lang") in LANGUAGES:
        response.set_cookie(COOKIE, g.language, max_age=365 * 24 * 3600, path="/", httponly=True, samesite="Lax")
    return response


def language() -> str:
    """`fr` or `en`."""
    return str(g.get("language", "fr")) if has_request_context() else "fr"


def in_language(french: str, english: str) -> str:
    """The one of two texts given by the rules that the reader reads."""
    return typeset_french(french) if language() == "fr" else english


def _(message: str) -> str:
    """The message in the reader's language."""
    catalogue: NullTranslations = current_app.extensions[_EXTENSION][language()]
    return catalogue.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The singular or the plural, in the reader's language."""
    catalogue: NullTranslations = current_app.extensions[_EXTENSION][language()]
    return catalogue.ngettext(singular, plural, number)


def later(message: str) -> str:
    """Mark a message that is translated where it is shown."""
    return message
