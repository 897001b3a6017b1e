"""The patients' French is for everyone: short sentences, everyday words; the easy variant is shorter still."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from jinja2 import Environment, nodes
from jinja2.ext import babel_extract

import gateway.web

ROOM = Path(gateway.web.__file__).parent
TEMPLATES = sorted((ROOM / "templates" / "patient").glob("*.html"))
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý«])")
LONGEST, LONGEST_EASY = 20, 14
JARGON = (
    "consentement", "habilitation", "usager", "matricule", "INS", "DPO", "RGPD", "traçabilité", "authentif",
    "bénéficiaire", "modalité", "notifi", "professionnel de santé", "établissement", "prise en charge", "susmentionné",
    "conformément", "afin de", "cliquez", "formulaire", "interface", "connexion sécurisée", "identifiant", "horodat",
    "dossier partagé", "prescription", "antécédent", "veuillez", "ci-dessous", "ci-dessus", "le cas échéant",
)  # fmt: skip


def french() -> Iterator[tuple[str, str]]:
    """Each sentence patients read, and where."""
    for file in TEMPLATES:
        with file.open("rb") as opened:
            for _line, _function, message, _comments in babel_extract(opened, ("_", "ngettext"), (), {}):
                yield from ((file.name, text) for text in _texts(message))
    for file in sorted((ROOM / "patient").glob("*.py")):
        with file.open("rb") as opened:
            for _line, message, _comments, _context in extract("python", opened, {"_": None, "later": None}):
                yield from ((file.name, text) for text in _texts(message))


def easy() -> Iterator[tuple[str, str]]:
    """The second text of each `say`: the one for easy reading."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for file in TEMPLATES:
        for call in environment.parse(file.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say":
                second = call.args[1]
                assert isinstance(second, nodes.Call)
                yield file.name, str(second.args[0].as_const())


def _texts(message: object) -> list[str]:
    parts = message if isinstance(message, tuple | list) else (message,)
    return [part for part in parts if isinstance(part, str)]


def sentences(text: str) -> list[str]:
    return [sentence for sentence in SENTENCE_END.split(text) if sentence.strip()]


def words_of(sentence: str) -> int:
    return len(re.findall(r"[\w%()'’-]*\w[\w%()'’-]*", sentence))


def test_no_sentence_for_patients_is_longer_than_twenty_words() -> None:
    texts = list(french())
    assert len(texts) > 250
    long = [(where, sentence) for where, text in texts for sentence in sentences(text) if words_of(sentence) > LONGEST]
    assert long == []


def test_no_sentence_of_the_easy_variant_is_longer_than_fourteen_words() -> None:
    texts = list(easy())
    assert len(texts) > 30
    long = [(where, s) for where, text in texts for s in sentences(text) if words_of(s) > LONGEST_EASY]
    assert long == []


def test_no_word_of_an_office_is_used_with_patients() -> None:
    texts = list(french())
    for word in JARGON:
        found = re.compile(rf"\b{re.escape(word)}", re.IGNORECASE if word.islower() else 0)
        assert [(word, where, text) for where, text in texts if found.search(text)] == []


def test_a_hard_word_that_is_needed_is_explained() -> None:
    explained = (ROOM / "templates" / "patient" / "help.html").read_text(encoding="utf-8")
    for word in ("bris de glace", "Contester", "masqué", "représentant légal", "journal", "reçu"):
        assert word in explained
