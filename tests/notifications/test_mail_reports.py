"""Reports of delivery: asked for, believed by the id nobody else knows, and read whatever they hold."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from gateway.notifications.attempts import AttemptState
from gateway.notifications.channel import Accepted, AddressKind, Message
from gateway.notifications.delivery_report import MOST_BYTES, Said, from_xtext, read_report, xtext
from gateway.notifications.notice import NoticeState, Recipient
from gateway.notifications.report_folder import ReportFolder
from gateway.notifications.tasks import TaskKind
from gateway.storage.database import Database
from gateway.storage.tables import notice_attempt
from tests.notifications.mail_reports import report, reporting_relay
from tests.notifications.outbox_rows import Person, add_patient, owe_notice
from tests.notifications.post_office import PostOffice, TalkingChannel
from tests.notifications.test_email_channel import MESSAGE, channel
from tests.worlds import StillWorld

ENVELOPE = "7a0f6a52-9d0f-4c58-9b4e-0c6a2f3b1d11"
TO_PHONE = Person(phone="0639980001")
SOMEBODY_ELSES = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def email() -> TalkingChannel:
    return TalkingChannel("email", reports=True, reaches=frozenset({AddressKind.EMAIL, AddressKind.MSSANTE}))


@pytest.fixture
def post(database: Database, still_world: StillWorld, email: TalkingChannel) -> PostOffice:
    return PostOffice(database, still_world, [email, TalkingChannel("sms")])


@pytest.fixture
def folder(post: PostOffice, tmp_path: Path) -> ReportFolder:
    (tmp_path / "new").mkdir()
    return ReportFolder(tmp_path, database=post.database, world=post.world.world, deliveries=post.deliveries)


def comes(tmp_path: Path, content: bytes, name: str = "1.mail") -> None:
    (tmp_path / "new" / name).write_bytes(content)


def envelope_of(post: PostOffice, notice_id: str) -> str:
    return post.ways(notice_id)[-1].id


def test_a_relay_that_can_report_is_asked_to_under_an_id_the_message_does_not_hold() -> None:
    with reporting_relay() as relay:
        accepted = channel(relay.port).send(replace(MESSAGE, envelope_id=ENVELOPE))
    assert accepted.will_report
    assert {"RET=HDRS", f"ENVID={ENVELOPE}"} <= set(relay.parameters("MAIL"))
    assert relay.parameters("RCPT") == ["NOTIFY=SUCCESS,FAILURE", f"ORCPT=rfc822;{MESSAGE.to}"]
    assert ENVELOPE not in "\n".join(relay.content)


@pytest.mark.parametrize(("offers", "envelope_id"), [(False, ENVELOPE), (True, "")])
def test_no_report_is_asked_for_where_none_is_offered_or_none_is_read(offers: bool, envelope_id: str) -> None:
    with reporting_relay(offers=offers) as relay:
        accepted = channel(relay.port).send(replace(MESSAGE, envelope_id=envelope_id))
    assert not accepted.will_report
    assert [one for one in relay.parameters("MAIL") if not one.upper().startswith("SIZE")] == []
    assert relay.parameters("RCPT") == []


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_what_a_parameter_carries_is_read_back_and_is_one_word(text: str) -> None:
    assert from_xtext(xtext(text)) == text
    assert " " not in xtext(text)
    assert xtext(text).isprintable()


def test_a_report_of_delivery_is_the_proof_and_ends_everything(
    post: PostOffice, folder: ReportFolder, email: TalkingChannel, tmp_path: Path
) -> None:
    owed = owe_notice(post.database, post.world.world, add_patient(post.database, post.world.world, TO_PHONE))
    post.round()
    comes(tmp_path, report("delivered", envelope_id=envelope_of(post, owed.id), status="2.0.0"))
    assert folder.read_new() == {"delivered": 1}
    assert post.notice(owed.id).state is NoticeState.DELIVERED
    assert [one.name for one in (tmp_path / "cur").iterdir()] == ["1.mail:2,S"]
    post.round(days=10)
    assert len(email.taken) == 1
    assert post.history(owed.id) == ["delivered", "sent"]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("by", ["envelope", "message"])
def test_a_bounce_leads_to_the_next_channel_at_once_and_the_code_is_kept(
    post: PostOffice, folder: ReportFolder, tmp_path: Path, by: str, whole: bool
) -> None:
    owed = owe_notice(post.database, post.world.world, add_patient(post.database, post.world.world, TO_PHONE))
    post.round()
    named = (
        {"envelope_id": envelope_of(post, owed.id)}
        if by == "envelope"
        else {"message_id": f"<{owed.id.upper()}@h.example>"}
    )
    comes(tmp_path, report("failed", **named, whole=whole))
    comes(tmp_path, report("failed", **named, whole=whole), "2.mail")
    assert folder.read_new() == {"undelivered": 1, "repeated": 1}
    assert post.round().sent == 1
    assert [(way.channel, way.state, way.failure) for way in post.ways(owed.id)] == [
        ("email", AttemptState.FAILED, "bounced-5.1.1"),
        ("sms", AttemptState.ACCEPTED, ""),
    ]
    assert post.fact(owed.id, "escalated")["failure"] == "bounced"


@pytest.mark.parametrize(
    "content",
    [
        report("delivered", message_id="<{key}@h.example>"),
        report("delivered", envelope_id="{key}"),
        report("delivered", envelope_id=SOMEBODY_ELSES, message_id="<{key}@h.example>"),
        report("failed", envelope_id=SOMEBODY_ELSES, message_id="<{key}@h.example>"),
        report("failed", message_id=f"<{SOMEBODY_ELSES}@h.example>"),
        report("failed"),
        report("failed", message_id="{key}"),
        b"From: x\r\nSubject: failed\r\n\r\nMessage-ID: <{key}@h.example>\r\nAction: failed\r\n",
    ],
)
def test_a_mail_without_an_id_only_carriers_know_proves_nothing_and_stays_unread(
    post: PostOffice, folder: ReportFolder, tmp_path: Path, content: bytes
) -> None:
    owed = owe_notice(post.database, post.world.world, add_patient(post.database, post.world.world, TO_PHONE))
    post.round()
    before = post.notice(owed.id)
    comes(tmp_path, content.replace(b"{key}", owed.id.encode()))
    assert folder.read_new() == {"unread": 1}
    assert post.notice(owed.id) == before
    assert [one.name for one in (tmp_path / "cur").iterdir()] == ["1.mail:2,"]


def test_a_bounce_for_the_medecin_traitant_is_a_persons_task_and_so_are_three_days_of_silence(
    post: PostOffice, folder: ReportFolder, tmp_path: Path
) -> None:
    database, world = post.database, post.world.world
    bounced, silent = (
        owe_notice(database, world, add_patient(database, world), recipient=Recipient.MEDECIN_TRAITANT)
        for _ in range(2)
    )
    post.round()
    comes(tmp_path, report("failed", envelope_id=envelope_of(post, bounced.id)))
    folder.read_new()
    post.round()
    assert (post.notice(bounced.id).state, post.notice(bounced.id).last_failure) == (
        NoticeState.PERSON,
        "bounced-5.1.1",
    )
    post.round(hours=71)
    assert post.notice(silent.id).state is NoticeState.SENT
    post.round(hours=1)
    assert (post.notice(silent.id).state, post.notice(silent.id).last_failure) == (NoticeState.PERSON, "no-proof")
    for one in (bounced, silent):
        assert [task.kind for task in post.tasks(one.id)] == [TaskKind.TELL]


def test_where_the_next_server_does_not_report_acceptance_in_the_trusted_space_is_enough(
    post: PostOffice, folder: ReportFolder, tmp_path: Path
) -> None:
    database, world = post.database, post.world.world
    owed = owe_notice(database, world, add_patient(database, world), recipient=Recipient.MEDECIN_TRAITANT)
    plain = owe_notice(database, world, add_patient(database, world, TO_PHONE))
    post.round()
    for number, one in enumerate((owed, plain)):
        comes(tmp_path, report("relayed", envelope_id=envelope_of(post, one.id), status="2.0.0"), f"{number}.mail")
    assert folder.read_new() == {"relayed": 2}
    post.round(days=30)
    assert post.notice(owed.id).state is NoticeState.SENT
    assert post.history(owed.id) == ["relayed", "sent"]
    # An ordinary mailbox proves nothing by accepting: the patient's page, or the next channel.
    assert post.notice(plain.id).channel == "sms"


@dataclass
class HastyChannel(TalkingChannel):
    """Its bounce is there before its own answer."""

    post: PostOffice | None = None

    def send(self, message: Message) -> Accepted:
        accepted = super().send(message)
        assert self.post is not None
        self.post.receipt(self.name, message.idempotency_key, "failed")
        return accepted


def test_a_bounce_faster_than_our_own_commit_is_not_lost(database: Database, still_world: StillWorld) -> None:
    hasty = HastyChannel("email")
    hasty.post = PostOffice(database, still_world, [hasty, TalkingChannel("sms")])
    owed = owe_notice(database, still_world.world, add_patient(database, still_world.world, TO_PHONE))
    assert hasty.post.round().sent == 2
    assert [(way.channel, way.state) for way in hasty.post.ways(owed.id)] == [
        ("email", AttemptState.FAILED),
        ("sms", AttemptState.ACCEPTED),
    ]
    assert hasty.post.history(owed.id) == ["escalated", "sent", "sent", "undelivered"]


def test_a_delayed_report_changes_nothing(post: PostOffice, folder: ReportFolder, tmp_path: Path) -> None:
    owed = owe_notice(post.database, post.world.world, add_patient(post.database, post.world.world))
    post.round()
    before = post.notice(owed.id)
    comes(tmp_path, report("delayed", envelope_id=envelope_of(post, owed.id), status="4.4.7"))
    assert folder.read_new() == {"not_yet": 1}
    assert post.notice(owed.id) == before


def test_links_folders_hidden_and_huge_files_are_survived_and_the_genuine_one_behind_them_is_read(
    post: PostOffice, folder: ReportFolder, tmp_path: Path
) -> None:
    owed = owe_notice(post.database, post.world.world, add_patient(post.database, post.world.world, TO_PHONE))
    post.round()
    genuine = report("failed", envelope_id=envelope_of(post, owed.id))
    (tmp_path / "outside").write_bytes(genuine)
    (tmp_path / "new" / "0.link").symlink_to(tmp_path / "outside")
    (tmp_path / "new" / "1.folder").mkdir()
    os.mkfifo(tmp_path / "new" / "2.pipe")
    comes(tmp_path, genuine, ".hidden")
    comes(tmp_path, genuine + b"x" * MOST_BYTES, "3.huge")
    comes(tmp_path, b"", "4.empty")
    comes(tmp_path, genuine, "5.mail")
    assert folder.read_new() == {"unread": 2, "undelivered": 1}
    assert folder.read_new() == {}


_GENUINE = report("failed", envelope_id=ENVELOPE, message_id=f"<{ENVELOPE}@h.example>")


@settings(max_examples=200, deadline=None)
@given(cut=st.integers(0, len(_GENUINE)))
def test_a_report_cut_anywhere_says_what_it_said_or_less(cut: int) -> None:
    found = read_report(_GENUINE[:cut])
    assert found is None or (found.said in (Said.FAILED, Said.WAITING) and found.envelope_id in (ENVELOPE, ""))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=400)
    | st.tuples(st.integers(0, len(_GENUINE)), st.binary(max_size=60)).map(
        lambda put: _GENUINE[: put[0]] + put[1] + _GENUINE[put[0] :]
    )
    | st.integers(1, 400).map(lambda deep: b"Content-Type: multipart/report; boundary=a\r\n\r\n--a\r\n" * deep)
)
def test_no_mail_is_an_error(content: bytes) -> None:
    found = read_report(content)
    assert found is None or found.envelope_id or found.key


def test_a_report_for_a_message_that_told_several_notices_counts_for_each(
    post: PostOffice, folder: ReportFolder, tmp_path: Path
) -> None:
    database, world = post.database, post.world.world
    patient_id = add_patient(database, world, TO_PHONE)
    leader, rider = (owe_notice(database, world, patient_id) for _ in range(2))
    post.round()
    first = post.ways(leader.id)[0]
    row = {"id": world.new_id(), "notice_id": rider.id, "turn": 1, "channel": "email", "idempotency_key": first.key}
    row |= {"address_digest": "d", "address_kind": "email", "state": "accepted", "started_at": 0}
    database.transact(lambda tx: tx.connection.execute(insert(notice_attempt).values(row)).rowcount)
    comes(tmp_path, report("delivered", envelope_id=first.id, status="2.0.0"))
    folder.read_new()
    assert {post.notice(one.id).state for one in (leader, rider)} == {NoticeState.DELIVERED}
