"""Delivery receipts of text messages: believed by their signature alone, in any order, as often as they come."""

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigurationError, GatewayError, InvalidRequest, ReceiptRefused
from gateway.notifications.delivery import ReceiptOutcome
from gateway.notifications.early_receipts import KEPT_MS, EarlyReceipts
from gateway.notifications.notice import NoticeState
from gateway.notifications.sms_receipts import SmsReceipts, read_secret
from gateway.settings import SmsReceiptSettings
from gateway.storage.database import Database
from tests.notifications.outbox_rows import Person, add_patient, facts, owe_notice
from tests.notifications.post_office import PostOffice, TalkingChannel
from tests.worlds import START, StillWorld

SECRET = "a secret shared with the provider"
PHONE_ALONE = Person(email="", phone="0639980001")
SETTINGS = SmsReceiptSettings(secret_file=Path("unused"))


def signed(body: bytes, at: float, secret: str = SECRET) -> Callable[[str], str]:
    """The headers of a receipt signed at `at` (seconds)."""
    moment = str(int(at))
    signature = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return lambda name: {"X-Signature": signature, "X-Timestamp": moment}.get(name, "")


def receipts_of(post: PostOffice, settings: SmsReceiptSettings = SETTINGS) -> SmsReceipts:
    world = post.world.world
    early = EarlyReceipts(channel="sms", database=post.database, world=world, deliveries=post.deliveries)
    return SmsReceipts(settings, SECRET.encode(), world, early)


def tell(post: PostOffice, reference: str, status: str) -> ReceiptOutcome | None:
    body = json.dumps({"id": reference, "status": status}).encode()
    return receipts_of(post).take(body, signed(body, post.world.world.now().timestamp()))


@pytest.fixture
def post(database: Database, still_world: StillWorld) -> PostOffice:
    """An office whose only channel is the text message."""
    return PostOffice(database, still_world, [TalkingChannel("sms")])


def owed_by_phone(post: PostOffice) -> str:
    return owe_notice(post.database, post.world.world, add_patient(post.database, post.world.world, PHONE_ALONE)).id


def named(post: PostOffice, fact: str) -> list[dict[str, object]]:
    return [one for one in facts(post.database) if one["fact"] == fact]


def test_a_delivery_is_recorded_once_however_often_it_is_told(post: PostOffice) -> None:
    notice_id = owed_by_phone(post)
    post.round()
    assert tell(post, f"ref-{notice_id}", "delivered") is ReceiptOutcome.DELIVERED
    assert tell(post, f"ref-{notice_id}", "DELIVRD") is ReceiptOutcome.REPEATED
    assert post.notice(notice_id).state is NoticeState.DELIVERED
    assert len(named(post, "delivered")) == 1


def test_a_failure_is_recorded_and_one_told_after_the_delivery_changes_nothing(post: PostOffice) -> None:
    failed, arrived = owed_by_phone(post), owed_by_phone(post)
    post.round()
    assert tell(post, f"ref-{failed}", "UNDELIV") is ReceiptOutcome.UNDELIVERED
    assert tell(post, f"ref-{arrived}", "delivered") is ReceiptOutcome.DELIVERED
    assert tell(post, f"ref-{arrived}", "failed") is ReceiptOutcome.LATE
    assert post.notice(arrived).state is NoticeState.DELIVERED
    assert post.notice(failed).state is not NoticeState.DELIVERED
    assert [one["notice"] for one in named(post, "undelivered")] == [failed]


def test_a_delivery_told_after_a_failure_stands(post: PostOffice) -> None:
    notice_id = owed_by_phone(post)
    post.round()
    tell(post, f"ref-{notice_id}", "failed")
    assert tell(post, f"ref-{notice_id}", "delivered") is ReceiptOutcome.DELIVERED
    assert post.notice(notice_id).state is NoticeState.DELIVERED


def test_a_receipt_that_overtakes_its_message_is_recorded_once_the_message_is_known(post: PostOffice) -> None:
    notice_id = owed_by_phone(post)
    assert tell(post, f"ref-{notice_id}", "delivered") is ReceiptOutcome.UNKNOWN
    assert tell(post, f"ref-{notice_id}", "failed") is ReceiptOutcome.UNKNOWN
    early = receipts_of(post).early
    assert early.match() == 0
    post.round()
    assert early.match() == 1
    assert early.match() == 0
    assert post.notice(notice_id).state is NoticeState.DELIVERED
    assert named(post, "undelivered") == []


def test_a_receipt_for_somebody_elses_message_is_taken_and_forgotten_after_some_days(post: PostOffice) -> None:
    assert tell(post, "theirs", "delivered") is ReceiptOutcome.UNKNOWN
    early = receipts_of(post).early
    early.match()
    post.world.pass_time(milliseconds=KEPT_MS + 1)
    assert early.match() == 0
    assert tell(post, "theirs", "delivered") is ReceiptOutcome.UNKNOWN
    assert facts(post.database) == []


def test_a_message_on_its_way_proves_nothing(post: PostOffice) -> None:
    notice_id = owed_by_phone(post)
    post.round()
    assert tell(post, f"ref-{notice_id}", "buffered") is None
    assert post.notice(notice_id).state is NoticeState.SENT


class _Untouched:
    """Where nothing may arrive."""

    def record(self, reference: str, *, failed: bool) -> ReceiptOutcome:
        raise AssertionError("an unbelieved receipt was recorded")


def bare(settings: SmsReceiptSettings = SETTINGS, early: object = None) -> SmsReceipts:
    return SmsReceipts(settings, SECRET.encode(), StillWorld().world, early or _Untouched())  # type: ignore[arg-type]


NOW = START.timestamp()
BODY = b'{"id": "x", "status": "delivered"}'


@pytest.mark.parametrize(
    "header",
    [
        lambda _: "",
        signed(BODY, NOW, "another secret altogether"),
        signed(BODY + b" ", NOW),
        signed(BODY, NOW - 301),
        signed(BODY, NOW + 301),
        signed(BODY, 0),
        lambda name: signed(BODY, NOW)(name) if name == "X-Signature" else str(int(NOW) + 1),
        lambda name: signed(BODY, NOW)(name) if name == "X-Signature" else "²",
        lambda name: signed(BODY, NOW)(name)[:-1] if name == "X-Signature" else signed(BODY, NOW)(name),
        lambda name: "é" if name == "X-Signature" else signed(BODY, NOW)(name),
    ],
)
def test_what_carries_no_fresh_signature_is_refused_in_one_way(header: Callable[[str], str]) -> None:
    with pytest.raises(ReceiptRefused) as refused:
        bare().take(BODY, header)
    assert (str(refused.value), refused.value.code) == ("no fresh signature of the provider's", "receipt-refused")


@given(st.binary(max_size=200), st.text(max_size=80), st.text(max_size=20))
def test_no_stranger_is_ever_believed(body: bytes, signature: str, moment: str) -> None:
    with pytest.raises(ReceiptRefused):
        bare().take(body, lambda name: {"X-Signature": signature, "X-Timestamp": moment}[name])


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from(["id", "status", "x"]), one, max_size=3),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_no_signed_body_makes_anything_but_an_outcome_or_a_word(body: bytes) -> None:
    seen: list[str] = []

    class Early:
        def record(self, reference: str, *, failed: bool) -> ReceiptOutcome:
            seen.append(reference)
            return ReceiptOutcome.UNKNOWN

    code = ""
    try:
        bare(early=Early()).take(body, signed(body, NOW))
    except GatewayError as error:
        code = error.code
    assert code in ("", "receipt-shape")
    assert all(reference and len(reference) <= 200 for reference in seen)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": "x"}', b'{"status": "delivered"}', b'{"id": {}}',
    b'{"id": "' + b"x" * 201 + b'", "status": "delivered"}', b'{"id": "a\\u0000", "status": "delivered"}'])  # fmt: skip
def test_a_signed_body_of_another_shape_says_where_to_look(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        bare().take(body, signed(body, NOW))
    assert refused.value.code == "receipt-shape"


def test_another_provider_has_another_shape(post: PostOffice) -> None:
    notice_id = owed_by_phone(post)
    post.round()
    theirs = SmsReceiptSettings(
        secret_file=Path("unused"),
        signature_header="X-Ovh-Sign",
        timestamp_header="X-Ovh-Time",
        reference="messages.0.ref",
        state="messages.0.code",
        delivered=("1",),
        failed=("2",),
    )
    body = json.dumps({"messages": [{"ref": f"ref-{notice_id}", "code": 1}]}).encode()
    given_headers = signed(body, post.world.world.now().timestamp())
    names = {"X-Ovh-Sign": "X-Signature", "X-Ovh-Time": "X-Timestamp"}
    taken = receipts_of(post, theirs).take(body, lambda name: given_headers(names[name]).upper())
    assert taken is ReceiptOutcome.DELIVERED


@pytest.mark.parametrize("content", [None, "", "short"])
def test_a_secret_that_protects_nothing_stops_the_start(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "receipts.secret"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigurationError) as refused:
        read_secret(file)
    assert [fault.key for fault in refused.value.faults] == ["notifications.sms.receipts.secret_file"]
