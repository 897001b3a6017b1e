"""Every byte that left, sorted by whom it reached: what a minor hid is in the minor's own and in none of the parents'.

Mail, text messages, letters and MSSanté leave for real; the parents' pages are walked link by link, the API and FHIR
are asked with the parent's own token, and the desk answers a caller who is the parent.
"""

import dataclasses
import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.api import create_api
from gateway.errors import NotAllowed, NotFound, NotSignedIn
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import PatientHolder, StaffMember
from gateway.notifications.code import spaced
from gateway.notifications.notice import NoticeState
from gateway.portal.desk import DeskVisit, IdentityCheck
from gateway.portal.standing import Side
from gateway.settings import Settings
from gateway.web import create_web
from tests.gateways import assemble_on
from tests.notifications.letter_text import words_of_letter
from tests.notifications.relays import ScriptedRelay
from tests.notifications.sms_provider import SmsProvider
from tests.portal.conftest import DESK, DPO, INTERN, MINOR, PARENT, SENIOR, SURGEON, Ward
from tests.worlds import StillWorld

NIGHT = dataclasses.replace(SENIOR, key="rpps:10100000107", rpps="10100000107", subject="nuit", name="Nora Vidal")
KEY = "minor_hidden_act"
WORDS = "Je ne veux pas que cela se sache."
BORN = "2011-06-19"
PARENTS_PHONE, OWN_PHONE = "06 39 98 00 01", "06 39 98 00 77"
OWN_MAIL = "sebastien.tout.seul@courriel.example"
# Signing in and out; the holder's own file, which waits for a head that nobody signs here.
_LEFT_OUT = re.compile(r"auth|sign|^/patient/history")
HOME = "3 rue des Lilas, 86000 Poitiers"


@dataclasses.dataclass
class Outside:
    """Everything that left towards people, but the pages: what the relay, the provider and the print folder hold."""

    relay: ScriptedRelay
    provider: SmsProvider
    letters: Path

    def mails(self, towards: str) -> str:
        """The mails for this address, envelope and parts, decoded."""
        found = []
        for mail, to in zip(self.relay.accepted, self.relay.recipients, strict=True):
            if towards in to:
                found += [mail.as_string(), *(str(part.get_content()) for part in mail.walk() if _is_text(part))]
        return _plain(*found)

    def texts(self, towards: str) -> str:
        """The text messages for this number."""
        number = towards.replace(" ", "")
        taken = [str(one.members) + str(one.headers) for one in self.provider.taken]
        return _plain(*(one for one in taken if number in one.replace(" ", "") or "33" + number[1:] in one))

    def printed(self) -> str:
        """The words of every letter, and of the index the print service reads."""
        files = sorted(self.letters.rglob("*"))
        pages = [words_of_letter(file) for file in files if file.suffix == ".pdf"]
        return _plain(*pages, *(file.read_text() for file in files if file.suffix in (".csv", ".json", ".txt")))


def _is_text(part: object) -> bool:
    return getattr(part, "get_content_maintype", lambda: "")() == "text"


def _plain(*parts: str) -> str:
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
    """A gateway whose notices really leave, by all four channels."""
    settings, hospital = demo_hospital
    told = settings.notifications
    assert told.sms is not None
    assert told.letter is not None
    moved = told.model_copy(
        update={
            "channels": ("mssante", "email", "sms", "letter"),
            "smtp": told.smtp.model_copy(update={"port": outside.relay.port}),
            "sms": told.sms.model_copy(update={"url": f"http://127.0.0.1:{outside.provider.port}/"}),
            "letter": told.letter.model_copy(update={"folder": outside.letters}),
        }
    )
    shutil.copyfile(hospital, tmp_path / "told.db")
    url = f"sqlite:///{tmp_path / 'told.db'}"
    gateway = assemble_on(url, settings.model_copy(update={"notifications": moved}), still_world.world)
    ward = Ward(gateway, still_world)
    parents = "UPDATE patient_contact SET phone = :phone, address = :home WHERE kind = 'legal_representative'"
    ward.run(f"{parents} AND patient_id = :id", phone=PARENTS_PHONE, home=HOME, id=ward.patient_id(KEY))
    yield ward
    gateway.close()


def _seen(ward: Ward, staff: StaffMember, *, hidden: bool) -> tuple[str, str]:
    """An access in which a document was read to its end; its id, and the document's title."""
    access = ward.open(KEY, staff)
    title = ward.read(access, staff, hidden=hidden)
    ward.still.pass_time(minutes=5)
    ward.gateway.continuing.end(staff, access)
    ward.still.pass_time(minutes=1)
    return access, title


def _deliver_for_days(ward: Ward, days: int = 12) -> None:
    for _half_day in range(2 * days):
        ward.gateway.notice_minding.run_due(lambda: True)
        while ward.gateway.courier.deliver_due().handled:
            pass
        ward.still.pass_time(hours=12)


def _walk(ward: Ward, person: PatientHolder, languages: tuple[str, ...] = ("fr", "en")) -> dict[str, str]:
    """Every page this person comes to by following links from their portal, the easy words too."""
    web, found = create_web(ward.gateway), {}
    for language in languages:
        client = web.test_client()
        signed_in = SignedIn(kind="patient", person=person, provider_sid="", id_token="", return_to="/patient")
        client.set_cookie("session", ward.gateway.sessions.open(signed_in, language * 20).token)
        client.set_cookie("lang", language)
        waiting = ["/patient"]
        seen: set[str] = set()
        while waiting and len(seen) < 120:
            address = waiting.pop(0)
            if address in seen:
                continue
            seen.add(address)
            answer = client.get(address)
            found[f"{language} {address}"] = f"{answer.status_code} {answer.headers} {answer.text}"
            links = re.findall(r'(?:href|action)="(/patient[^"#]*)', answer.text)
            links += [answer.headers["Location"]] if "Location" in answer.headers else []
            waiting += [html.unescape(link) for link in links if not _LEFT_OUT.search(link)]
    return found


def _by_code(ward: Ward, code: str, born: str = BORN) -> str:
    """What `/n/{code}` answers who knows the birth date, headers and the way to it included."""
    client = create_web(ward.gateway).test_client()
    form = {"year": born[:4], "month": born[5:7], "day": born[8:]}
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/n/{code}").text)
    assert token is not None
    proved = client.post(f"/n/{code}", data={**form, "csrf_token": token[1]})
    pages = [proved.text, *(client.get(f"/n/{code}{path}").text for path in ("", "/receipt", "/contest"))]
    return "\n".join([str(proved.status_code), *pages])


class _ParentTokens:
    def verify(self, header_value: str) -> PatientHolder:
        if header_value != "Bearer parent":
            raise NotSignedIn("no parent")
        return PARENT


def _api_of_parent(ward: Ward, *accesses: str) -> str:
    """What the API and FHIR answer the parent's own token, asked for all they could ask."""
    client = create_api(dataclasses.replace(ward.gateway, patient_bearer=_ParentTokens())).test_client(
        use_cookies=False
    )
    oid, ins = "1.2.250.1.213.1.4.10", ward.one("SELECT ins FROM patient WHERE id = :id", id=ward.patient_id(KEY))
    addresses = [
        "/fhir/AuditEvent?date=ge2026-01-01",
        f"/fhir/AuditEvent?date=ge2026-01-01&patient.identifier=urn:oid:{oid}%7C{ins}",
        f"/fhir/Patient?identifier=urn:oid:{oid}%7C{ins}",
        *(f"/api/v1/accesses/{access}{more}" for access in accesses for more in ("", "/documents", "/summary")),
    ]
    return "\n".join(
        client.get(address, headers={"Authorization": "Bearer parent"}).get_data(as_text=True).replace(address, "")
        for address in addresses
    )


def _desk_answers_parent(ward: Ward, *codes: str) -> str:
    """All that the desk can find out for a parent, at the counter and on the telephone, on both sides."""
    desk, said = ward.gateway.portal.desk, []
    for side in (Side.REPRESENTATIVE, Side.HOLDER):
        for check in IdentityCheck:
            if side is Side.HOLDER and check in (IdentityCheck.ID_DOCUMENT, IdentityCheck.HEALTH_CARD):
                continue  # the parent does not hold the child's papers with the child's face
            speaker = "" if side is Side.HOLDER else next(iter(desk.representatives(DESK, ward.patient_id(KEY))))
            visit = DeskVisit(patient_id=ward.patient_id(KEY), check=check, side=side, speaker=speaker)
            for code in codes:
                try:
                    said.append(str(desk.access_by_code(DESK, visit, code)))
                except (NotFound, NotAllowed) as error:
                    said.append(type(error).__name__)
            try:
                said += [str(one) for day in ("2026-11-22", "2026-12-01") for one in desk.accesses_on(DESK, visit, day)]
            except NotAllowed as error:
                said.append(type(error).__name__)
    return "\n".join(said)


@dataclasses.dataclass(frozen=True)
class Told:
    """What happened: two accesses the parents may know of, and two they may not, with every word that betrays these."""

    known: str
    later: str
    secrets: tuple[str, ...]
    traces: dict[str, str]


def _live(ward: Ward, *, own_contact: bool) -> Told:
    """A stay: an access of which the parents are told, then the hidden act, then one more. Later, one outside it."""
    known, _ = _seen(ward, SENIOR, hidden=False)
    _deliver_for_days(ward, 9)
    if own_contact:
        own = "UPDATE patient_contact SET phone = :phone, personal = true, email = :mail WHERE kind = 'patient'"
        ward.run(f"{own} AND patient_id = :id", phone=OWN_PHONE, mail=OWN_MAIL, id=ward.patient_id(KEY))
    secret, title = _seen(ward, SURGEON, hidden=True)
    beside, _ = _seen(ward, INTERN, hidden=False)
    portal = ward.gateway.portal
    made = portal.contesting.contest(MINOR, secret, ContestForm(ContestWish.KNOWS_ME, ContestAnswer.PORTAL, WORDS))
    portal.blocking.block(MINOR, secret)
    ward.gateway.oversight.reviewing.ask(DPO, secret, "Pourquoi ce document ?")
    of_doctor = "SELECT code FROM notice WHERE grant_id = :id AND recipient = 'medecin_traitant'"
    traces = {"document": title, "contest": made.number, "words": WORDS,
              "doctor's code": spaced(str(ward.one(of_doctor, id=secret)))}  # fmt: skip
    for name, access, staff in (("secret", secret, SURGEON), ("beside", beside, INTERN)):
        code = ward.code(access)
        more = {"": access, " code": code, " spaced code": spaced(code), " key": staff.key, " name": staff.name}
        traces |= {name + what: value for what, value in more.items()}
    ward.run("UPDATE admission SET discharged_at = :now WHERE patient_id = :id", now=ward.still.world.epoch_ms(),
             id=ward.patient_id(KEY))  # fmt: skip
    later = ward.visit(KEY, NIGHT)
    _deliver_for_days(ward)
    if own_contact:
        proven = portal.notices.prove(ward.code(secret), BORN)
        portal.notices.contest(proven.token, ward.code(secret), ContestForm(ContestWish.EXPLAIN, ContestAnswer.PORTAL))
    ward.gateway.sequencing.publish_checkpoint()
    return Told(known, later, (secret, beside), traces)


def _bytes_of_the_parents(ward: Ward, outside: Outside, told: Told) -> dict[str, str]:
    rep = str(ward.one("SELECT email FROM patient_contact WHERE kind = 'legal_representative' AND patient_id = :id",
                       id=ward.patient_id(KEY)))  # fmt: skip
    codes = [ward.code(access) for access in (told.known, *told.secrets)]
    return {
        "mail": outside.mails(rep),
        "sms": outside.texts(PARENTS_PHONE),
        "letters": outside.printed(),
        "api": _api_of_parent(ward, *told.secrets, told.known),
        "desk": _desk_answers_parent(ward, *codes),
        "page of the code": _by_code(ward, ward.code(told.known)),
        **_walk(ward, PARENT),
    }


def _found(pages: dict[str, str], traces: dict[str, str]) -> set[tuple[str, str]]:
    return {(where, name) for where, text in pages.items() for name, value in traces.items() if value in text}


def _own_bytes(ward: Ward, outside: Outside, told: Told) -> dict[str, str]:
    return {
        "mail": outside.mails(OWN_MAIL),
        "sms": outside.texts(OWN_PHONE),
        "page of the code": _by_code(ward, ward.code(told.secrets[0])),
        "pages": "\n".join(_walk(ward, MINOR, ("fr",)).values()),
    }


def test_a_minor_with_a_contact_of_their_own_is_told_there_and_no_byte_of_it_reaches_the_parents(
    told_ward: Ward, outside: Outside
) -> None:
    told = _live(told_ward, own_contact=True)
    parents, own = _bytes_of_the_parents(told_ward, outside, told), _own_bytes(told_ward, outside, told)
    assert _found(parents, told.traces) == set()
    # The search can fail: the same words are in what reached the minor, and the known access is in the parents'.
    code = {"code": told_ward.code(told.secrets[0])}
    assert {where for where, _ in _found(own, code | {"spaced": spaced(code["code"])})} >= {
        "mail",
        "sms",
        "page of the code",
    }
    assert {name for _, name in _found(own, told.traces)} >= {"secret", "secret name", "beside name", "contest"}
    assert told.traces["doctor's code"] in outside.mails("mssante")
    of_known = told_ward.code(told.known)
    carried = {where for where, _ in _found(parents, {"code": of_known, "spaced": spaced(of_known)})}
    assert carried >= {"mail", "sms", "letters"}
    assert any("Denis Leroy" in text for where, text in parents.items() if "/patient/of/" in where)
    assert any("Nora Vidal" in text for where, text in parents.items() if "/patient/of/" in where)


def test_where_the_ward_hands_it_over_no_byte_of_it_reaches_the_parents(told_ward: Ward, outside: Outside) -> None:
    told = _live(told_ward, own_contact=False)
    for access in told.secrets:
        notice_id = str(
            told_ward.one("SELECT id FROM notice WHERE grant_id = :id AND recipient = 'patient'", id=access)
        )
        kept = told_ward.gateway.notices.show(notice_id)
        assert (kept.state, kept.last_failure) == (NoticeState.HELD, "minor-hidden-act")
        _hand_over(told_ward, notice_id)
        assert told_ward.gateway.notices.show(notice_id).channel == "in_person"
    _deliver_for_days(told_ward, 5)
    parents, own = _bytes_of_the_parents(told_ward, outside, told), _own_bytes(told_ward, outside, told)
    assert _found(parents, told.traces) == set()
    assert {name for _, name in _found(own, told.traces)} >= {"secret", "secret name", "beside name", "contest"}
    assert told.traces["doctor's code"] in outside.mails("mssante")
    assert spaced(told_ward.code(told.later)) in parents["mail"]


def _hand_over(ward: Ward, notice_id: str) -> None:
    """As the ward does it: the message's page, the reason, the button."""
    client = create_web(ward.gateway).test_client()
    signed_in = SignedIn(kind="staff", person=DESK, provider_sid="", id_token="", return_to="/")
    client.set_cookie("session", ward.gateway.sessions.open(signed_in, "d" * 40).token)
    page = client.get(f"/notices/{notice_id}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    assert "acte caché" in html.unescape(page)
    form = {"act": "hand-over", "reason": "Dit à l'adolescent, seul, dans sa chambre", "csrf_token": token[1]}
    assert client.post(f"/notices/{notice_id}", data=form).status_code == 303
