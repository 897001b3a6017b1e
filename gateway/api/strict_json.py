"""Request bodies, judged before anything believes them: one JSON object, of bounded size and depth, saying each thing
once (RFC 8259 leaves duplicate members to chance; RFC 7493, I-JSON, forbids them and lone surrogates)."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from flask import Request

from gateway.errors import InvalidRequest, RequestTooLarge

DEEPEST = 8
# A string, also one cut short by the end of the body: every quote is passed once, so the time is linear.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
# What no text of ours holds and some databases refuse: control characters other than tab and line ends, surrogates.
UNWANTED_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def parse_json_object(body: bytes) -> dict[str, Any]:
    """The one JSON object `body` holds.

    Raises `InvalidRequest` with code `malformed-json`, `duplicate-member`, `too-deep` or `unwanted-characters`.
    """
    _refuse_depth(body)
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise InvalidRequest("the body is not JSON", code="malformed-json") from None
    if not isinstance(value, dict):
        raise InvalidRequest("the body is not a JSON object", code="malformed-json")
    if any(UNWANTED_CHARACTERS.search(text) for text in _texts(value)):
        raise InvalidRequest("a text holds control characters", code="unwanted-characters")
    return value


class StrictRequest(Request):
    """The request of the API application: whoever asks for its JSON gets it judged first, silently or not."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as one JSON object. Raises `InvalidRequest` (also `content-type`, `length-required`)."""
        if self.content_length is None and not self.environ.get("wsgi.input_terminated"):
            # Where the server does not mark the end of a body without a length, WSGI gives it as empty.
            raise InvalidRequest("the body's length is not announced", code="length-required")
        if self.mimetype != "application/json" or _charset(self) not in ("", "utf-8"):
            raise InvalidRequest("the body must be application/json", code="content-type")
        return parse_json_object(self.get_data(cache=cache))


def refuse_too_large(request: Request, limit: int) -> None:
    """Refuse by its announced length, before a byte of it is read. Raises `RequestTooLarge`."""
    if request.content_length is not None and request.content_length > limit:
        raise RequestTooLarge("the announced length exceeds the limit", code="too-large")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise InvalidRequest("a compressed body is not accepted", code="content-type")


def refuse_body(request: Request) -> None:
    """For the calls that take none: an empty body or an empty object. Raises `InvalidRequest`."""
    if request.get_data() and request.get_json():
        raise InvalidRequest("this call takes no body", code="unknown-member")


def _charset(request: Request) -> str:
    return request.mimetype_params.get("charset", "").lower()


def _refuse_depth(body: bytes) -> None:
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        if bracket in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise InvalidRequest("the body is nested too deeply", code="too-deep")
        else:
            depth -= 1


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidRequest("a member is given twice", code="duplicate-member")
    return members


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("not JSON: NaN and Infinity")
