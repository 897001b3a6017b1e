"""The words of a notice outside the hospital. They are made from a code, a link, a phone number and the hospital's
name, and from nothing else: what is not given cannot leak.
"""

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files

from jinja2 import Environment, Template
from pydantic import BaseModel, ConfigDict

from gateway.errors import ConfigurationError, SettingFault
from gateway.notifications.channel import AddressKind
from gateway.notifications.code import spaced
from gateway.notifications.discretion import load_health_words
from gateway.notifications.gsm7 import SEGMENT_SEPTETS, nearest, septets
from gateway.notifications.notice import Recipient

LANGUAGES = ("fr", "en")
_A_CODE = "0" * 10


class _Wording(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    subject: str
    paragraphs: tuple[str, ...]


class _Sms(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str


class _Language(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    patient: _Wording
    medecin_traitant: _Wording
    legal_representative: _Wording
    letter: _Wording
    sms: _Sms
    sms_representative: _Sms


@dataclass(frozen=True, slots=True)
class Composed:
    """A text ready to send: `text` and `html` say the same, in `language`; an SMS is `text` alone."""

    language: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


class NoticeTexts:
    """Composes the outside text of a notice; French for a language it does not speak.

    `hours` is when the phone answers, for letters. With `sms` the text message must fit in one segment. Raises
    `ConfigurationError` when the hospital's name, phone number or address would carry a health word out, or is too
    long.
    """

    def __init__(self, *, hospital_name: str, phone: str, base_url: str, hours: str = "", sms: bool = False) -> None:
        _refuse_telling({
            "hospital.name": hospital_name,
            "hospital.phone": phone,
            "server.base_url": base_url,
            "notifications.letter.hours": hours,
        })  # fmt: skip
        self._given = {"hospital": hospital_name, "phone": phone, "hours": hours}
        self._base_url = base_url.rstrip("/")
        self._wordings = _load_wordings()
        self._page = _load_page()
        if sms:
            self._refuse_long_sms()

    def compose(
        self, recipient: Recipient, *, code: str, language: str, by: AddressKind = AddressKind.EMAIL
    ) -> Composed:
        """The text for this recipient and this kind of address. The same for every kind of access, so that it tells
        none from another."""
        spoken = language if language in LANGUAGES else LANGUAGES[0]
        wordings = self._wordings[spoken]
        if by is AddressKind.PHONE:
            represented = recipient is Recipient.LEGAL_REPRESENTATIVE
            return Composed(
                spoken, "", self._sms(wordings.sms_representative if represented else wordings.sms, code), ""
            )
        own_letter = by is AddressKind.POSTAL and recipient is Recipient.PATIENT
        wording = wordings.letter if own_letter else getattr(wordings, recipient.value)
        return self._mail(wording, spoken, code)

    def link(self, code: str) -> str:
        """The landing page of a notice, which shows nothing before a proof."""
        return f"{self._base_url}/n/{code}"

    def _mail(self, wording: _Wording, spoken: str, code: str) -> Composed:
        link = self.link(code)
        # Code and number keep together at a line's end: no-break spaces.
        values = {**self._given, "code": spaced(code).replace(" ", "\u00a0"), "link": link}
        paragraphs = [
            paragraph.format_map(values)
            for paragraph in wording.paragraphs
            if values["hours"] or "{hours}" not in paragraph
        ]
        return Composed(
            language=spoken,
            subject=wording.subject,
            text="\n\n".join(paragraphs) + "\n",
            html=self._page.render(language=spoken, subject=wording.subject, paragraphs=paragraphs, link=link),
        )

    def _sms(self, wording: _Sms, code: str) -> str:
        return nearest(wording.text.format_map({**self._given, "code": code, "link": self.link(code)}))

    def _refuse_long_sms(self) -> None:
        longest = max(
            septets(self._sms(wording, _A_CODE))
            for wordings in self._wordings.values()
            for wording in (wordings.sms, wordings.sms_representative)
        )
        if longest > SEGMENT_SEPTETS:
            fault = f"{longest - SEGMENT_SEPTETS} signs too many for a text message, with server.base_url and the phone"
            raise ConfigurationError((SettingFault("hospital.name", fault),))


def _refuse_telling(values: dict[str, str]) -> None:
    words = load_health_words()
    faults = tuple(
        SettingFault(key, f"says {', '.join(found)}, and is written in every notice: give one that tells nothing")
        for key, value in values.items()
        if (found := words.in_sender(value))
    )
    if faults:
        raise ConfigurationError(faults)


def _load_wordings() -> dict[str, _Language]:
    raw = tomllib.loads(files("gateway.notifications").joinpath("texts.toml").read_text(encoding="utf-8"))
    return {language: _Language.model_validate(raw[language]) for language in LANGUAGES}


def _load_page() -> Template:
    source = files("gateway.notifications").joinpath("notice.html").read_text(encoding="utf-8")
    return Environment(autoescape=True).from_string(source)
