"""The SMS channel: one notice, one HTTPS request to the hospital's provider, in the shape the settings describe.

A provider's answer is believed for what it can know: a 2xx is its acceptance, a status of `refused_statuses` (or a
number it lists as refused) speaks of this recipient and is permanent, a status of `repeated_statuses` says that this
key came before and is an acceptance. Everything else (credentials, limits, its own faults, silence, a redirect) is
transient: somebody will mend it. A request that was made and not answered, or answered by a fault of the provider's
own, may have been taken: it is made again under its key where the provider honours keys, and nowhere else.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import phonenumbers

from gateway.errors import ConfigurationError, DeliveryFailed, SettingFault
from gateway.notifications.channel import Accepted, AddressKind, ChannelParts, Message
from gateway.notifications.json_path import at_path
from gateway.outbound import AnswerUnusable, is_loopback, outbound_client
from gateway.settings import SmsSettings

NAME = "sms"
_KEY = "notifications.sms"
_PLACE = re.compile(r"\{(to|text|key|secret)\}")
_FRANCE = 33
# Their mobile numbers are dialled from metropolitan France as if they were of its plan, and written so.
_OVERSEAS = ("GP", "GF", "MQ", "RE")
_NEVER_ASKED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
# A fault of the provider's own that says nothing was done (RFC 9110 sections 15.6.2 and 15.6.4).
_NOTHING_DONE = (501, 503)


@dataclass(frozen=True, slots=True)
class SmsChannel:
    """`NotificationChannel` over one provider; thread-safe, nothing is kept between two messages."""

    settings: SmsSettings
    client: httpx.Client
    secret: str
    name: str = NAME
    reaches: frozenset[AddressKind] = frozenset({AddressKind.PHONE})

    @property
    def honours_key(self) -> bool:
        """The provider is given the key, and the settings say that it sends one message a key."""
        written = json.dumps([self.settings.headers, self.settings.body], ensure_ascii=False)
        return self.settings.key_honoured and "{key}" in written

    def send(self, message: Message) -> Accepted:
        """See `NotificationChannel.send`. The reference is the provider's, or the key where it gives none."""
        values = {
            "to": mobile_number(message.to, self.settings.country),
            "text": message.text,
            "key": message.idempotency_key,
            "secret": self.secret,
        }
        try:
            answer = self.client.send(self._request(values))
        except AnswerUnusable:
            raise DeliveryFailed("sms-answer-unusable", permanent=False, perhaps_sent=True) from None
        except _NEVER_ASKED:
            raise DeliveryFailed("sms-unreachable", permanent=False) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
            # The cause is dropped on purpose: it may hold the number.
            word = "sms-silent" if isinstance(error, httpx.TimeoutException) else "sms-lost"
            raise DeliveryFailed(word, permanent=False, perhaps_sent=True) from None
        return self._judge(answer, message.idempotency_key)

    def _request(self, values: Mapping[str, str]) -> httpx.Request:
        body = _filled(self.settings.body, values)
        headers = {name: _in_text(value, values) for name, value in self.settings.headers.items()}
        if self.settings.body_format == "form":
            fields = {name: str(value) for name, value in body.items()} if isinstance(body, dict) else {}
            return self.client.build_request("POST", self.settings.url, headers=headers, data=fields)
        return self.client.build_request("POST", self.settings.url, headers=headers, json=body)

    def _judge(self, answer: httpx.Response, key: str) -> Accepted:
        status = answer.status_code
        if status in self.settings.repeated_statuses:
            return Accepted(self._reference(answer, key))
        if status in self.settings.refused_statuses:
            raise DeliveryFailed(f"sms-{status}", permanent=True)
        if not 200 <= status < 300:
            perhaps = status >= 500 and status not in _NOTHING_DONE
            raise DeliveryFailed(f"sms-{status}", permanent=False, perhaps_sent=perhaps)
        if self.settings.refused and at_path(_members(answer), self.settings.refused):
            raise DeliveryFailed("sms-number-refused", permanent=True)
        return Accepted(self._reference(answer, key))

    def _reference(self, answer: httpx.Response, key: str) -> str:
        found = at_path(_members(answer), self.settings.reference)
        return str(found)[:200] if isinstance(found, str | int) and str(found) else key


def mobile_number(written: str, country: str) -> str:
    """The number in E.164 form. Raises `DeliveryFailed`, permanent, for what is no number or takes no text message."""
    try:
        number = _of_overseas(phonenumbers.parse(written, country))
    except phonenumbers.NumberParseException:
        raise DeliveryFailed("sms-number-malformed", permanent=True) from None
    if not phonenumbers.is_possible_number(number):
        raise DeliveryFailed("sms-number-malformed", permanent=True)
    fixed = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE
    # The national plan: 6 and 7 are mobile, whatever block of it is in use (ARCEP decision 2018-0881).
    if fixed or (number.country_code == _FRANCE and str(number.national_number)[0] not in "67"):
        raise DeliveryFailed("sms-number-not-mobile", permanent=True)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _of_overseas(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    """`0692 12 34 56` is +262 692 12 34 56, in the Réunion, and nobody's number in metropolitan France."""
    if number.country_code != _FRANCE or phonenumbers.is_valid_number(number):
        return number
    read = (phonenumbers.parse(f"0{number.national_number}", region) for region in _OVERSEAS)
    return next((one for one in read if phonenumbers.is_valid_number(one)), number)


def create_channel(parts: ChannelParts) -> SmsChannel:
    """The entry point `sms`. Raises `ConfigurationError` naming every setting that cannot be used."""
    settings = parts.settings.sms
    if settings is None:
        raise ConfigurationError((SettingFault(_KEY, "is needed by the channel `sms`"),))
    faults: list[SettingFault] = []
    address = urlsplit(settings.url)
    if address.scheme != "https" and not (address.scheme == "http" and is_loopback(address.hostname or "")):
        faults.append(SettingFault(f"{_KEY}.url", "must be https; http is for loopback only"))
    written = json.dumps(settings.body, ensure_ascii=False)
    faults += [
        SettingFault(f"{_KEY}.body", f"never says {{{one}}}") for one in ("to", "text") if f"{{{one}}}" not in written
    ]
    secret = ""
    if settings.secret_file is not None:
        try:
            secret = settings.secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            faults.append(SettingFault(f"{_KEY}.secret_file", f"{settings.secret_file} cannot be read as UTF-8 text"))
    elif "{secret}" in written + json.dumps(settings.headers):
        faults.append(SettingFault(f"{_KEY}.secret_file", "is needed: the headers or the body say {secret}"))
    client = None
    try:
        client = outbound_client(
            timeout_seconds=min(settings.timeout_seconds, parts.deadline_seconds),
            ca_file=settings.ca_file,
            proxy=settings.proxy,
        )
    except (OSError, ValueError) as error:
        faults.append(SettingFault(f"{_KEY}.ca_file", f"cannot be used: {type(error).__name__}"))
    if faults or client is None:
        raise ConfigurationError(tuple(faults))
    return SmsChannel(settings, client, secret)


def _filled(template: object, values: Mapping[str, str]) -> object:
    if isinstance(template, str):
        return _in_text(template, values)
    if isinstance(template, Mapping):
        return {str(name): _filled(member, values) for name, member in template.items()}
    if isinstance(template, list | tuple):
        return [_filled(item, values) for item in template]
    return template


def _in_text(template: str, values: Mapping[str, str]) -> str:
    # One pass: what a value holds is never read as a place again.
    return _PLACE.sub(lambda place: values[place[1]], template)


def _members(answer: httpx.Response) -> object:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
