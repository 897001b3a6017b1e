"""People of hospital IT at their pages, in front of a whole gateway: signed in, sending forms as a browser would."""

import re
from dataclasses import dataclass, replace

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.assembly import Gateway
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import StaffMember
from tests.web.hospital import STAFF


def person(name: str, *roles: str) -> StaffMember:
    """Somebody with these roles."""
    return replace(STAFF["informatique"], key=f"sub:idp|{name}", subject=name, name=name, roles=frozenset(roles))


@dataclass
class Desk:
    """One person's browser."""

    client: FlaskClient
    csrf_token: str

    def read(self, path: str, status: int = 200) -> str:
        """A page."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.text

    def send(self, path: str, status: int = 303, /, **form: object) -> TestResponse:
        """A form of ours."""
        answer = self.client.post(path, data={"csrf_token": self.csrf_token, **form})
        assert answer.status_code == status, (path, answer.status_code, _words(answer.text))
        return answer

    def start_draft(self, title: str = "Un essai") -> str:
        """A new draft; its address."""
        return str(self.send("/it/drafts", title=title).headers["Location"])

    def file(self, draft: str, path: str) -> tuple[str, str]:
        """A file's text as the page shows it, and the revision its form carries."""
        page = self.client.get(f"{draft}/files/{path}").text
        text = re.search(r"<textarea[^>]*>\n(.*)</textarea>", page, re.S)
        assert text is not None
        return _unescaped(text[1]), revision_of(page)


def desk(app: Flask, gateway: Gateway, who: StaffMember) -> Desk:
    """This person, signed in."""
    signed_in = SignedIn(kind="staff", person=who, return_to="/", provider_sid="", id_token="")
    session = gateway.sessions.open(signed_in, f"device-of-{who.subject}")
    client = app.test_client()
    client.set_cookie("device", f"device-of-{who.subject}")
    client.set_cookie("session", session.token)
    return Desk(client, session.csrf_token)


def revision_of(page: str) -> str:
    """The revision the page's form carries."""
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    return found[1]


def _unescaped(text: str) -> str:
    for escaped, plain in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(escaped, plain)
    return text


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())[:400]
