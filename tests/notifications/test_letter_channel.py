"""The letter channel: real PDF files in a real folder, judged by somebody else's PDF library."""

import io
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest

from gateway.errors import ConfigurationError, DeliveryFailed
from gateway.notifications.channel import AddressKind, ChannelParts, Message
from gateway.notifications.letter import LetterChannel, create_channel
from gateway.notifications.letter_batch import INDEX, PRINTED
from gateway.notifications.notice import Recipient
from gateway.notifications.texts import NoticeTexts
from gateway.settings import LetterSettings
from tests.contracts.notification_channel import KEY, Carrier, Mood, NotificationChannelContract
from tests.notifications.letter_text import places_of_lines, words_of_letter
from tests.notifications.outbox_rows import notification_settings
from tests.worlds import START

ADDRESS = "Dominique PAT-TROIS\n12 rue de l’Église\n00000 Vauclair"
SENDER = ("Centre de Vauclair", "1 rue de l’Exemple", "00000 Vauclair")
MM = 72 / 25.4  # points
TODAY = START.date().isoformat()


def parts(letter: LetterSettings | None, days: int = 0, seconds: float = 20.0) -> ChannelParts:
    return ChannelParts(
        settings=notification_settings().model_copy(update={"letter": letter}),
        host_name="acces.hopital.example",
        sender_name="Vauclair",
        now=lambda: START + timedelta(days=days),
        deadline_seconds=seconds,
    )


def channel(root: Path, days: int = 0, seconds: float = 20.0, **changes: object) -> LetterChannel:
    settings = LetterSettings(folder=root / "letters", sender=SENDER).model_copy(update=changes)
    return create_channel(parts(settings, days, seconds))


def message(language: str = "fr", *, large_print: bool = False, key: str = KEY) -> Message:
    texts = NoticeTexts(
        hospital_name="Centre de Vauclair",
        phone="01 00 00 00 15",
        base_url="https://acces.vauclair.example",
        hours="du lundi au vendredi, de 9 h à 17 h",
    )
    said = texts.compose(Recipient.PATIENT, code="7KX2M0PQ4R", language=language, by=AddressKind.POSTAL)
    return Message(
        idempotency_key=key,
        to=ADDRESS,
        subject=said.subject,
        text=said.text,
        html=said.html,
        language=said.language,
        large_print=large_print,
    )


class TestLettersKeepTheChannelContract(NotificationChannelContract):
    # A folder refuses nobody for good, and its answer cannot be lost on the way.
    impossible = frozenset({Mood.REFUSES_FOR_GOOD, Mood.LOST_AFTER_TAKING})

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path) -> None:
        self._folder = tmp_path

    @contextmanager
    def carrier(self, mood: Mood) -> Iterator[tuple[LetterChannel, Carrier]]:
        slow = mood in {Mood.SILENT, Mood.DRIBBLES}
        made = channel(self._folder, seconds=0.01 if slow else 20.0)
        letters = self._folder / "letters"
        if mood in {Mood.REFUSES_FOR_NOW, Mood.ABSENT}:
            letters.rmdir()
            letters.write_text("a file where the folder was")
        yield made, _Kept(letters)

    def address(self) -> str:
        return ADDRESS


class _Kept:
    def __init__(self, letters: Path) -> None:
        self._letters = letters

    def keys_received(self) -> list[str]:
        return [file.stem for file in self._letters.glob("*/*.pdf")]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_letter_is_a_tagged_pdf_that_a_screen_reader_can_read(language: str, tmp_path: Path) -> None:
    said = message(language)
    assert channel(tmp_path).send(said).provider_reference == f"{TODAY}/{KEY}.pdf"
    with pikepdf.open(tmp_path / "letters" / TODAY / f"{KEY}.pdf") as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == language
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert str(pdf.docinfo.Title) == said.subject
        assert len(pdf.pages) == 1
        with pdf.open_metadata() as metadata:
            assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_large_print_is_larger_on_two_pages_at_most(language: str, tmp_path: Path) -> None:
    channel(tmp_path).send(message(language))
    channel(tmp_path).send(message(language, large_print=True, key=KEY[:-1] + "2"))
    sizes = [_sizes(tmp_path / "letters" / TODAY / f"{key}.pdf") for key in (KEY, KEY[:-1] + "2")]
    assert 14 in sizes[0]
    assert 18 in sizes[1]
    assert 14 not in sizes[1]


def _sizes(file: Path) -> set[float]:
    """The sizes of type on the pages, points."""
    with pikepdf.open(file) as pdf:
        assert len(pdf.pages) <= 2
        return {
            round(float(operands[1]), 1)
            for page in pdf.pages
            for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) == "Tf"
        }


def test_the_same_notice_has_one_letter_whoever_tries_and_whenever(tmp_path: Path) -> None:
    first = channel(tmp_path).send(message())
    assert channel(tmp_path, days=3).send(message()) == first
    couriers = [threading.Thread(target=channel(tmp_path).send, args=(message(key=KEY[:-1] + "3"),)) for _ in range(4)]
    for one in couriers:
        one.start()
    for one in couriers:
        one.join()
    batch = tmp_path / "letters" / TODAY
    assert sorted(file.name for file in batch.iterdir()) == sorted([f"{KEY}.pdf", f"{KEY[:-1]}3.pdf", INDEX])
    assert (batch / INDEX).read_text().splitlines() == [f"{KEY}.pdf", f"{KEY[:-1]}3.pdf"]


def test_a_letter_whose_courier_died_before_the_index_is_entered_by_the_next(tmp_path: Path) -> None:
    channel(tmp_path).send(message())
    index = tmp_path / "letters" / TODAY / INDEX
    index.unlink()
    channel(tmp_path).send(message())
    assert index.read_text() == f"{KEY}.pdf\n"


def test_a_batch_that_left_takes_no_more_letters(tmp_path: Path) -> None:
    channel(tmp_path).send(message())
    (tmp_path / "letters" / TODAY / PRINTED).touch()
    tomorrow = (START + timedelta(days=1)).date().isoformat()
    late = message(key=KEY[:-1] + "4")
    assert channel(tmp_path).send(late).provider_reference == f"{tomorrow}/{late.idempotency_key}.pdf"


@pytest.mark.parametrize(
    "address", ["", "Dominique PAT-TROIS", "\n".join("ligne" for _ in range(7)), f"Dominique\n{'x' * 61}"]
)
def test_an_address_that_does_not_fit_the_window_is_a_persons_task(address: str, tmp_path: Path) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        channel(tmp_path).send(replace(message(), to=address))
    assert (str(failed.value), failed.value.permanent) == ("letter-address-malformed", True)
    assert list((tmp_path / "letters").rglob("*.pdf")) == []


LONG_ADDRESS = """MONSIEUR JEAN-BAPTISTE DE LA TOUR DU PIN
APPARTEMENT 12 ESCALIER B PORTE 14 DROIT
RÉSIDENCE LES JARDINS DU CHÂTEAU NEUF BÂT
1234 AVENUE DU GÉNÉRAL CHARLES DE GAULLE
LIEU-DIT LES GRANDS CHAMPS DU MOULIN NEUF
97400 SAINT-DENIS-DE-LA-RÉUNION CEDEX 09"""


@pytest.mark.parametrize("large_print", [False, True])
@pytest.mark.parametrize("address", [ADDRESS, LONG_ADDRESS, "\n".join(["W" * 60] * 6)])
def test_an_address_stays_within_the_window_of_the_envelope(address: str, large_print: bool, tmp_path: Path) -> None:
    made = channel(tmp_path).send(replace(message(large_print=large_print), to=address))
    letter = tmp_path / "letters" / made.provider_reference
    signs = address.replace("\n", "").replace(" ", "")
    assert "".join(words_of_letter(letter).split()).count(signs) == 1
    lines = [(left, top) for left, top in places_of_lines(letter) if left > 100 * MM and top < 100 * MM]
    assert len(lines) >= len(address.splitlines())
    # 105 mm from the left and 48 mm from the top, 85 x 30 mm (NF Z 10-011).
    assert all(48 * MM <= top <= 78 * MM for _left, top in lines)


@pytest.mark.parametrize("name", ["王小明", "JEAN 😀 DUPONT", "JEAN\u0007DUPONT"])
def test_a_name_no_font_has_the_signs_of_goes_another_way_at_once(name: str, tmp_path: Path) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        channel(tmp_path).send(replace(message(), to=f"{name}\n1 rue de l’Église\n00000 Vauclair"))
    assert (str(caught.value), caught.value.permanent) == ("letter-unprintable", True)


def test_signs_of_the_typesetter_are_words_like_any_other(tmp_path: Path) -> None:
    odd = replace(
        message(), to='#panic("x") *D* _e_\n12 $rue$ `de`\n00000 <ville> @là', text='#read("/etc/passwd")\n\n[x]\n'
    )
    channel(tmp_path).send(odd)
    data = (tmp_path / "letters" / TODAY / f"{KEY}.pdf").read_bytes()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 1


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_leaves_no_half_letter_behind(tmp_path: Path) -> None:
    made = channel(tmp_path)
    with disk_full_after(4096), pytest.raises(DeliveryFailed) as failed:
        made.send(message())
    assert (str(failed.value), failed.value.permanent) == ("letter-EFBIG", False)
    assert list((tmp_path / "letters").iterdir()) == []
    assert made.send(message()).provider_reference == f"{TODAY}/{KEY}.pdf"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"sender": ()}, "notifications.letter.sender"),
        ({"sender": ("Service de cancérologie",)}, "notifications.letter.sender"),
        ({"folder": Path("/proc/nowhere")}, "notifications.letter.folder"),
    ],
)
def test_a_folder_or_a_sender_that_cannot_be_used_stops_the_start(
    changes: dict[str, object], key: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        channel(tmp_path, **changes)
    assert [fault.key for fault in refused.value.faults] == [key]
