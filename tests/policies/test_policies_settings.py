"""The hospital's settings are part of the version: read whole, told wrong by the line, and decided by."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import Fault, Mode, PolicyBook, PolicyError, Question, Sources
from policies.checking import check_folder
from policies.settings import NOTICE_FLOOR
from policies.toml_lines import line_at, lines_of

Put = Callable[..., Question]


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """The folder, after its settings were edited."""
    path = folder / "settings.toml"
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")
    return folder


def line_of(folder: Path, text: str) -> int:
    lines = (folder / "settings.toml").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.startswith(text))


def the_fault(folder: Path) -> Fault:
    (fault,) = check_folder(folder).faults
    return fault


def test_the_shipped_settings_are_those_of_the_outer_contract(book: PolicyBook) -> None:
    settings = book.settings
    assert [reason.code for reason in settings.reasons_for(Mode.BREAK_GLASS)] == [
        "vital_emergency",
        "unable_to_express",
        "immediate_risk",
        "other",
    ]
    assert [reason.code for reason in settings.reasons_for(Mode.CENTRE_15)] == ["regulation"]
    assert settings.reasons_for(Mode.NORMAL) == ()
    assert [reason.code for reason in settings.reasons if reason.text_at_least] == ["other"]
    assert (settings.access.window(Mode.NORMAL), settings.access.window(Mode.BREAK_GLASS)) == (30, 30)


@pytest.mark.parametrize(
    ("before", "after", "at", "word", "nearest"),
    [
        ("window_minutes = 30", "window_minuts = 30", "window_minuts", "window_minuts", "window_minutes"),
        ("[cosign]", "[cosing]", "[cosing]", "cosing", "cosign"),
        ('  "infirmier",', '  "infirmer",', "professions", "infirmer", "infirmier"),
        ('by = "senior"', 'by = "senoir"', "by", "senoir", "senior"),
        ("other_access = []", 'other_access = ["patiente"]', "other_access", "patiente", "patient"),
        ('modes = ["centre_15"]', 'modes = ["centre15"]', 'modes = ["centre15', "centre15", "centre_15"),
        ('"CSP L1111-17 I al. 2"\n', '"CSP L1111-17 I al 2"\n', 'article = "CSP L1111-17 I al 2', "", ""),
        ("text_at_least = 10", "text_atleast = 10", "text_atleast", "text_atleast", "text_at_least"),
    ],
)
def test_a_typo_is_told_with_its_line_and_the_nearest_right_word(
    folder: Path, before: str, after: str, at: str, word: str, nearest: str
) -> None:
    if "al. 2" in before:
        folder_text = (folder / "settings.toml").read_text(encoding="utf-8")
        head, _, tail = folder_text.rpartition(before.rstrip("\n"))
        (folder / "settings.toml").write_text(head + after.rstrip("\n") + tail, encoding="utf-8")
        word, nearest = "CSP L1111-17 I al 2", "CSP L1111-17 I al. 2"
    else:
        changed(folder, (before, after))
    faults = [one for one in check_folder(folder).faults if one.word == word]
    assert [(one.file, one.line, one.nearest) for one in faults] == [("settings.toml", line_of(folder, at), nearest)]
    assert faults[0].fr != faults[0].en


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("window_minutes = 30", "window_minutes = 0", "from 1 to 240"),
        ("window_minutes = 30", "window_minutes = 241", "from 1 to 240"),
        ("window_minutes = 30", 'window_minutes = "30"', "from 1 to 240"),
        ("window_minutes = 30", "window_minutes = true", "from 1 to 240"),
        ("longest_minutes = 240", "longest_minutes = 20", "shorter than the window"),
        ("longest_minutes = 240", "", "is missing"),
        ('enrolled = ["750000018"]', 'enrolled = ["75000001"]', "no FINESS number"),
        ('enrolled = ["750000018"]', 'enrolled = ["750000018", "750000018"]', "written twice"),
        ('enrolled = ["750000018"]', 'enrolled = "750000018"', "a list of words"),
        ('  "infirmier",', '  "secretariat_medical",', "not a care profession"),
        ("within_hours = 24", "within_hours = 169", "from 1 to 168"),
        ('key = "2"', 'key = "1"', "key already taken by vital_emergency"),
        ('key = "2"', "key = 2", "a digit from"),
        ('key = "2"', 'key = "B"', "a digit from"),
        ('patient_en = "You were unconscious', 'patient_en = ""\nother = "', "is needed"),
        ('en = "Another reason"', "", "is missing"),
        ('article = "CSP L1111-17 I al. 1"', 'article = "CSP L1111-17 I al. 2"', "rests on CSP L1111-17 I al. 1"),
        ('modes = ["centre_15"]', 'modes = ["normal"]', "unknown word 'normal'"),
        ("[reasons.other]", "[reasons.Other-one]", "a code is written as"),
        ("[access]", "[access", "bad TOML"),
        ("[reasons.other]", "[reasons.regulation]", "bad TOML"),
    ],
)
def test_a_setting_that_cannot_be_is_told(folder: Path, before: str, after: str, said: str) -> None:
    faults = check_folder(changed(folder, (before, after))).faults
    assert any(one.file == "settings.toml" and one.line and said in one.en for one in faults), faults


@pytest.mark.parametrize("kind", [kind for kind, floor in NOTICE_FLOOR.items() if floor])
def test_a_notice_the_law_requires_cannot_be_switched_off(folder: Path, kind: str) -> None:
    path = folder / "settings.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(f"{kind} = []" if line.startswith(f"{kind} = ") else line for line in lines))
    faults = check_folder(folder).faults
    assert {one.nearest for one in faults} == NOTICE_FLOOR[kind]
    assert all("cannot be taken away" in one.en and one.line == line_of(folder, kind) for one in faults)


def test_notices_may_be_strengthened(folder: Path) -> None:
    changed(
        folder,
        ('first_access = ["patient"]', 'first_access = ["patient", "medecin_traitant"]'),
        ("other_access = []", 'other_access = ["patient"]'),
    )
    notices = PolicyBook.load(folder).settings.notices
    assert notices.owed(Mode.NORMAL, first_access=False) == {"patient"}
    assert notices.owed(Mode.NORMAL, first_access=True) == {"patient", "medecin_traitant"}


def test_every_fault_of_the_settings_is_told_at_once(folder: Path) -> None:
    changed(folder, ("window_minutes = 30", "window_minutes = 0"), ('key = "3"', 'key = "x"'), ("[cosign]", "[cosing]"))
    told = [one.en for one in check_folder(folder).faults]
    assert len(told) == 5, told  # the unknown section, the two settings missing with it, and the two others


def test_a_version_with_faulty_settings_never_serves(folder: Path) -> None:
    with pytest.raises(PolicyError, match="window_minutes"):
        PolicyBook.load(changed(folder, ("window_minutes = 30", "window_minutes = 0")))


def test_a_profession_taken_from_the_list_no_longer_breaks_the_glass(folder: Path, book: PolicyBook, put: Put) -> None:
    question = put("infirmiere", context="bris_de_glace")
    without = PolicyBook.load(changed(folder, ('  "infirmier",\n', "")))
    assert book.decide(question).allowed
    decision = without.decide(question)
    assert not decision.allowed
    assert [(one.rule_id, one.missing_en) for one in decision.near_misses] == [
        ("BDG-03-professionnel-non-medecin", "your profession may not break the glass in this hospital")
    ]


def test_a_profession_added_to_the_list_breaks_the_glass(folder: Path, book: PolicyBook, put: Put) -> None:
    question = put("kinesitherapeute", context="bris_de_glace")
    with_one = PolicyBook.load(changed(folder, ('  "infirmier",\n', '  "infirmier",\n  "masseur_kinesitherapeute",\n')))
    assert not book.decide(question).allowed
    assert with_one.decide(question).allowed


def test_a_reason_of_the_hospitals_own_opens_and_a_retired_one_no_longer_does(folder: Path, put: Put) -> None:
    own = """
[reasons.poisoning]
modes = ["break_glass"]
key = "6"
fr = "Intoxication"
en = "Poisoning"
patient_fr = "Vous étiez intoxiqué."
patient_en = "You were poisoned."
text_at_least = 0
article = "CSP L1111-17 I al. 1"
"""
    path = folder / "settings.toml"
    path.write_text(path.read_text().replace('modes = ["break_glass"]\nkey = "3"', 'modes = []\nkey = "3"') + own)
    book = PolicyBook.load(folder)

    def asked(reason: str) -> Question:
        return put("senior", context={"like": "bris_de_glace", "reason_code": reason})

    assert book.decide(asked("poisoning")).allowed
    retired = book.decide(asked("immediate_risk"))
    assert not retired.allowed
    assert retired.near_misses[0].missing_en == "none of the reasons offered is picked"
    assert book.settings.reason("immediate_risk") is not None


def test_limit_and_cosign_alone_take_the_settings_values(folder: Path, put: Put) -> None:
    changed(
        folder,
        ("emergency_window_minutes = 30", "emergency_window_minutes = 45"),
        ("within_hours = 24", "within_hours = 8"),
    )
    decision = PolicyBook.load(folder).decide(put("interne", context="bris_de_glace"))
    assert {"cosign:senior:8h", "limit:45min"} <= set(decision.obligations)


def test_a_rule_may_still_say_its_own_shorter_limit(folder: Path, put: Put) -> None:
    path = folder / "rules" / "30-bris-de-glace.cedar"
    path.write_text(path.read_text().replace("review:dpo;limit;cosign", "review:dpo;limit:10min;cosign"))
    assert "limit:10min" in PolicyBook.load(folder).decide(put("interne", context="bris_de_glace")).obligations


@pytest.mark.parametrize("code", ["regulation", "unheard_of", ""])
def test_a_reason_of_another_mode_opens_nothing(book: PolicyBook, put: Put, code: str) -> None:
    assert not book.decide(put("senior", context={"like": "bris_de_glace", "reason_code": code})).allowed


@given(st.binary(max_size=300))
def test_any_bytes_as_settings_are_faults_and_never_a_crash(shipped: Path, content: bytes) -> None:
    files = {**Sources.read(shipped).files, "settings.toml": content}
    with pytest.raises(PolicyError) as told:
        PolicyBook.build(Sources.of(files))
    assert all(fault.file == "settings.toml" or fault.file.startswith("rules/") for fault in told.value.faults)


def test_each_key_of_a_file_has_its_line() -> None:
    lines = lines_of('# a\nx = 1\n\n[a.b]\nc = [\n  "d",\n]\n[a."e f"] # g\nh.i = 2\n')
    assert lines == {("x",): 2, ("a", "b"): 4, ("a", "b", "c"): 5, ("a", "e f"): 8, ("a", "e f", "h", "i"): 9}
    assert line_at(lines, ("a", "b", "missing")) == 4
    assert line_at(lines, ("nowhere",)) == 0
