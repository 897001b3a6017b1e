"""The words of a notice outside the hospital. They are made from a code, a link, a phone number and the hospital's
name, and from nothing else: what is not given cannot leak.
"""

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files

from jinja2 import Environment, Template
from pydantic import BaseModel, ConfigDict

from gateway.errors import ConfigurationError, SettingFault
from gateway.notifications.code import spaced
from gateway.notifications.discretion import load_health_words
from gateway.notifications.notice import Recipient

LANGUAGES = ("fr", "en")


class _Wording(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    subject: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Composed:
    """A text ready to send: `text` and `html` say the same, in `language`."""

    language: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


class NoticeTexts:
    """Composes the outside text of a notice; French for a language it does not speak.

    Raises `ConfigurationError` when the hospital's name, phone number or address would carry a health word out.
    """

    def __init__(self, *, hospital_name: str, phone: str, base_url: str) -> None:
        _refuse_telling({"hospital.name": hospital_name, "hospital.phone": phone, "server.base_url": base_url})
        self._given = {"hospital": hospital_name, "phone": phone}
        self._base_url = base_url.rstrip("/")
        self._wordings = _load_wordings()
        self._page = _load_page()

    def compose(self, recipient: Recipient, *, code: str, language: str) -> Composed:
        """The text for this recipient. The same for every kind of access, so that it tells none from another."""
        spoken = language if language in LANGUAGES else LANGUAGES[0]
        wording = self._wordings[spoken][recipient]
        link = self.link(code)
        # Code and number keep together at a line's end: no-break spaces.
        values = {**self._given, "code": spaced(code).replace(" ", "\u00a0"), "link": link}
        paragraphs = [paragraph.format_map(values) for paragraph in wording.paragraphs]
        return Composed(
            language=spoken,
            subject=wording.subject,
            text="\n\n".join(paragraphs) + "\n",
            html=self._page.render(language=spoken, subject=wording.subject, paragraphs=paragraphs, link=link),
        )

    def link(self, code: str) -> str:
        """The landing page of a notice, which shows nothing before a proof."""
        return f"{self._base_url}/n/{code}"


def _refuse_telling(values: dict[str, str]) -> None:
    words = load_health_words()
    faults = tuple(
        SettingFault(key, f"says {', '.join(found)}, and is written in every notice: give one that tells nothing")
        for key, value in values.items()
        if (found := words.in_sender(value))
    )
    if faults:
        raise ConfigurationError(faults)


def _load_wordings() -> dict[str, dict[Recipient, _Wording]]:
    raw = tomllib.loads(files("gateway.notifications").joinpath("texts.toml").read_text(encoding="utf-8"))
    return {
        language: {recipient: _Wording.model_validate(raw[language][recipient.value]) for recipient in Recipient}
        for language in LANGUAGES
    }


def _load_page() -> Template:
    source = files("gateway.notifications").joinpath("notice.html").read_text(encoding="utf-8")
    return Environment(autoescape=True).from_string(source)
