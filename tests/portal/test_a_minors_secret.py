"""An act a minor hid from their legal representatives leaves no trace in anything that reaches them (R1111-50).

Every byte that left is searched: mail, text messages, letters, each page a parent can come to, the API and FHIR. And
what a parent is answered is the same, word for word, as in a world where the hidden act never was.
"""

import dataclasses
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.api import create_api
from gateway.errors import NotAllowed, NotFound, NotSignedIn
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import PatientHolder
from gateway.notifications.code import spaced
from gateway.portal.choices import EmergencySetting
from gateway.portal.views import HistoryFilter
from gateway.settings import Settings
from gateway.web import create_web
from policies import Mode
from tests.gateways import assemble_on, load_hospital
from tests.notifications.relays import ScriptedRelay
from tests.notifications.sms_provider import SmsProvider
from tests.portal.conftest import DPO, MINOR, PARENT, SENIOR, SURGEON, Ward
from tests.worlds import StillWorld

KEY = "minor_hidden_act"
WORDS = "Je ne veux pas que cela se sache."


@dataclasses.dataclass
class Outside:
    """Everything that left towards people, but the pages: what the relay, the provider and the print folder hold."""

    relay: ScriptedRelay
    provider: SmsProvider
    letters: Path

    def everything(self) -> str:
        """As one text; of a letter, its own words and its drawing instructions, uncompressed."""
        parts = [mail.as_string() for mail in self.relay.accepted]
        parts += [part.get_content() for mail in self.relay.accepted for part in mail.walk() if _is_text(part)]
        parts += [str(message.members) + str(message.headers) for message in self.provider.taken]
        for file in sorted(self.letters.rglob("*")):
            if file.suffix == ".pdf":
                with pikepdf.open(file) as letter:
                    parts += [str(page.Contents.read_bytes()) for page in letter.pages]
            elif file.is_file():
                parts.append(file.read_text(encoding="utf-8"))
        return "\n".join(parts).replace("\u00a0", " ")


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    """The carriers, real ones on loopback."""
    with ScriptedRelay() as relay, SmsProvider() as provider:
        yield Outside(relay, provider, tmp_path / "letters")


@pytest.fixture
def told_ward(
    demo_hospital: tuple[Settings, Path], outside: Outside, still_world: StillWorld, tmp_path: Path
) -> Iterator[Ward]:
    """A gateway whose notices really leave."""
    settings, _file = demo_hospital
    told = settings.notifications
    assert told.sms is not None
    assert told.letter is not None
    moved = told.model_copy(
        update={
            "smtp": told.smtp.model_copy(update={"port": outside.relay.port}),
            "sms": told.sms.model_copy(update={"url": f"http://127.0.0.1:{outside.provider.port}/"}),
            "letter": told.letter.model_copy(update={"folder": outside.letters}),
        }
    )
    url = f"sqlite:///{tmp_path / 'told.db'}"
    load_hospital(url, settings)
    gateway = assemble_on(url, settings.model_copy(update={"notifications": moved}), still_world.world)
    yield Ward(gateway, still_world)
    gateway.close()


def _is_text(part: object) -> bool:
    return getattr(part, "get_content_maintype", lambda: "")() == "text"


def _known_access(ward: Ward) -> str:
    """An access the parents may know of."""
    access = ward.open(KEY, SENIOR)
    ward.read(access, hidden=False)
    ward.still.pass_time(minutes=5)
    ward.gateway.continuing.end(SENIOR, access)
    return access


def _secret_access(ward: Ward) -> tuple[str, str]:
    """One in which the hidden document alone was read, before and after others; its id and the document's title."""
    access = ward.open(KEY, SURGEON)
    title = ward.read(access, SURGEON, hidden=True)
    ward.still.pass_time(minutes=5)
    ward.gateway.continuing.end(SURGEON, access)
    return access, title


def _secret_acts(ward: Ward, access: str) -> str:
    """The minor contests it and blocks who read; the contest's number."""
    portal = ward.gateway.portal
    made = portal.contesting.contest(MINOR, access, ContestForm(ContestWish.KNOWS_ME, ContestAnswer.PORTAL, WORDS))
    proven = portal.notices.prove(ward.code(access), "2011-06-19")
    portal.notices.contest(proven.token, ward.code(access), ContestForm(ContestWish.EXPLAIN, ContestAnswer.PORTAL))
    portal.blocking.block(MINOR, access)
    ward.gateway.oversight.reviewing.ask(DPO, access, "Pourquoi ce document ?")
    return made.number


def _deliver_for_days(ward: Ward, days: int = 12) -> None:
    for _half_day in range(2 * days):
        ward.gateway.courier.deliver_due()
        ward.still.pass_time(hours=12)


def _pages_of(ward: Ward, person: PatientHolder) -> dict[str, str]:
    """Every page this person comes to by following links from their portal, both languages and the easy words."""
    web, found = create_web(ward.gateway), {}
    for language in ("fr", "en"):
        client = web.test_client()
        signed_in = SignedIn(kind="patient", person=person, provider_sid="", id_token="", return_to="/patient")
        client.set_cookie("session", ward.gateway.sessions.open(signed_in, language * 20).token)
        client.set_cookie("lang", language)
        waiting, seen = ["/patient"], set()
        while waiting and len(seen) < 120:
            address = waiting.pop(0)
            if address in seen:
                continue
            seen.add(address)
            answer = client.get(address)
            found[f"{language} {address}"] = f"{answer.status_code} {answer.headers} {answer.text}"
            links = re.findall(r'(?:href|action)="(/patient[^"#]*)', answer.text)
            links += [answer.headers["Location"]] if "Location" in answer.headers else []
            waiting += [html.unescape(link) for link in links if "auth" not in link and "sign" not in link]
    return found


class _ParentTokens:
    def verify(self, header_value: str) -> PatientHolder:
        if header_value != "Bearer parent":
            raise NotSignedIn("no parent")
        return PARENT


def _api_of_parent(ward: Ward, secret: str, known: str) -> str:
    """What the API and FHIR answer the parent's own token, asked for all they could ask."""
    client = create_api(dataclasses.replace(ward.gateway, patient_bearer=_ParentTokens())).test_client(
        use_cookies=False
    )
    oid, ins = "1.2.250.1.213.1.4.10", ward.one("SELECT ins FROM patient WHERE id = :id", id=ward.patient_id(KEY))
    addresses = (
        "/fhir/AuditEvent?date=ge2026-01-01",
        f"/fhir/AuditEvent?date=ge2026-01-01&patient.identifier=urn:oid:{oid}%7C{ins}",
        f"/api/v1/accesses/{secret}",
        f"/api/v1/accesses/{known}",
        f"/api/v1/accesses/{secret}/documents",
        f"/fhir/Patient?identifier=urn:oid:{oid}%7C{ins}",
    )
    return "\n".join(
        client.get(address, headers={"Authorization": "Bearer parent"}).get_data(as_text=True).replace(address, "")
        for address in addresses
    )


def test_no_byte_that_reaches_the_parents_tells_of_the_hidden_act(told_ward: Ward, outside: Outside) -> None:
    ward, portal = told_ward, told_ward.gateway.portal
    known = _known_access(ward)
    # The minor comes back, alone: of a stay in which a hidden act was read the parents are sent nothing at all.
    ward.run("UPDATE admission SET discharged_at = :now WHERE patient_id = :id", now=ward.still.world.epoch_ms(),
             id=ward.patient_id(KEY))  # fmt: skip
    secret, title = _secret_access(ward)
    number = _secret_acts(ward, secret)
    whose = ward.patient_id(KEY)
    portal.contesting.contest(PARENT, known, ContestForm(ContestWish.EXPLAIN, ContestAnswer.PHONE), whose)
    ward.gateway.sequencing.publish_checkpoint()
    _deliver_for_days(ward)

    pages = _pages_of(ward, PARENT)
    left = {"outside": outside.everything(), "api": _api_of_parent(ward, secret, known), **pages}
    assert any("Denis Leroy" in page for page in pages.values()), "the parent does see the other access"
    assert spaced(ward.code(known)) in left["outside"], "the parents are told of the other access"
    traces = {
        "access": secret,
        "reader": SURGEON.name.split()[1],
        "unit": "CHIR",
        "document": title,
        "code": ward.code(secret),
        "code as people read it": spaced(ward.code(secret)),
        "contest": number,
        "words": WORDS,
        "key": SURGEON.key,
    }
    found = {(where, name) for where, text in left.items() for name, value in traces.items() if value in text}
    assert found == set()


def _answers(ward: Ward, known: str) -> list[object]:
    """What the portal answers the parent, without what is drawn at random."""
    portal, whose = ward.gateway.portal, ward.patient_id(KEY)
    asked = (
        HistoryFilter(),
        HistoryFilter(mode=Mode.BREAK_GLASS),
        HistoryFilter(unit="URG"),
        HistoryFilter(unit="CHIR"),
    )
    pages = [portal.history.page(PARENT, whose, one) for one in asked]
    views = [
        dataclasses.replace(view, access_id="", contest_numbers=tuple("number" for _one in view.contest_numbers))
        for page in pages
        for view in page.accesses
    ]
    choices = portal.history.choices(PARENT, whose)
    return [
        *views,
        [(page.total, bool(page.next)) for page in pages],
        [(choice.label, bool(choice.value)) for choice in choices.professionals],
        dataclasses.replace(choices, professionals=()),
        [(view.staff_name, view.staff_unit) for view in portal.blocking.blocks(PARENT, whose)],
        [(one.wish, one.words, one.answered_at) for one in portal.contesting.contests(PARENT, whose)],
        portal.choosing.settings(PARENT, whose),
        portal.history.month(PARENT, whose),
        [person.rights for person in portal.people.people_of(PARENT)],
        known in {view.access_id for page in pages for view in page.accesses},
    ]


@pytest.mark.parametrize("read_before", [False, True])
def test_the_parent_is_answered_as_if_the_hidden_act_had_never_been(
    ward: Ward, demo_hospital: tuple[Settings, Path], tmp_path: Path, read_before: bool
) -> None:
    still = StillWorld()
    other_file = tmp_path / "other.db"
    other_file.write_bytes(demo_hospital[1].read_bytes())
    other = Ward(assemble_on(f"sqlite:///{other_file}", demo_hospital[0], still.world), still)

    def play(one: Ward, *, with_secret: bool) -> list[object]:
        # The surgeon reads in secret first, so that their later, known access is not truly their first.
        if with_secret and read_before:
            _secret_access(one)
        elif read_before:
            one.still.pass_time(minutes=5)
        known = _known_access(one)
        one.visit(KEY, SURGEON, Mode.NORMAL)
        one.gateway.portal.contesting.contest(
            PARENT, known, ContestForm(ContestWish.EXPLAIN, ContestAnswer.PHONE), one.patient_id(KEY)
        )
        if with_secret:
            access, _title = _secret_access(one)
            _secret_acts(one, access)
            # The minor contests what the parents know of as well.
            one.gateway.portal.contesting.contest(MINOR, known, ContestForm(ContestWish.OTHER, ContestAnswer.PORTAL))
        else:
            one.still.pass_time(minutes=5)
        return _answers(one, known)

    assert play(ward, with_secret=True) == play(other, with_secret=False)
    other.gateway.close()


def test_while_an_access_is_open_nobody_knows_yet_what_it_will_be_and_a_parent_is_not_shown_it(
    sqlite_ward: Ward,
) -> None:
    ward = sqlite_ward
    history, whose = ward.gateway.portal.history, ward.patient_id(KEY)
    access = ward.open(KEY)
    assert history.page(PARENT, whose).total == 0
    assert history.page(MINOR).total == 1
    ward.read(access, hidden=False)
    ward.gateway.continuing.end(SENIOR, access)
    assert [view.access_id for view in history.page(PARENT, whose).accesses] == [access]


def test_of_an_access_that_read_hidden_and_other_documents_the_parent_sees_the_others_only(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    history, whose = ward.gateway.portal.history, ward.patient_id(KEY)
    access = ward.open(KEY)
    ward.gateway.reading.summary(SENIOR, access)
    ward.gateway.continuing.end(SENIOR, access)
    parents, own = history.access(PARENT, access, whose), history.access(MINOR, access)
    assert set(parents.categories) < set(own.categories) or parents.categories == own.categories
    hidden = ward.one(
        "SELECT COUNT(*) FROM document_opening WHERE grant_id = :id AND hidden_from = 'representatives'", id=access
    )
    assert hidden


def test_what_a_parent_may_not_know_of_is_answered_like_what_is_not_there(ward: Ward) -> None:
    portal, whose = ward.gateway.portal, ward.patient_id(KEY)
    secret, _title = _secret_access(ward)
    nothing = "00000000-0000-4000-8000-000000000000"
    form = ContestForm(ContestWish.EXPLAIN, ContestAnswer.PORTAL)
    for access in (secret, nothing):
        for call in (
            lambda one: portal.history.access(PARENT, one, whose),
            lambda one: portal.contesting.contest(PARENT, one, form, whose),
            lambda one: portal.blocking.block(PARENT, one, whose),
            lambda one: portal.history.page(PARENT, whose, HistoryFilter(professional=one)),
        ):
            with pytest.raises(NotFound):
                call(access)
    with pytest.raises(NotFound):
        portal.history.by_code(PARENT, ward.code(secret))


def test_a_parent_gets_no_receipt_and_no_file_of_the_child(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    """Both count: the entry of an opening says whether it was a first one, the file numbers every entry."""
    known, whose = _known_access(ward), ward.patient_id(KEY)
    with pytest.raises(NotAllowed):
        ward.gateway.portal.history.receipt(PARENT, known, whose)


def test_a_minor_of_15_chooses_notices_alone_and_the_parents_do_not_read_the_choice(sqlite_ward: Ward) -> None:
    ward = sqlite_ward
    choosing, whose = ward.gateway.portal.choosing, ward.patient_id(KEY)
    choosing.prefer(MINOR, dataclasses.replace(choosing.preferences(MINOR), all_accesses=True, language="en"))
    with pytest.raises(NotAllowed):
        choosing.preferences(PARENT, whose)
    with pytest.raises(NotAllowed):
        choosing.set(MINOR, EmergencySetting.PROFESSIONALS, False)
