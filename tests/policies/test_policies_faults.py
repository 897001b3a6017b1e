"""A version with a fault is refused, with every fault at once: file, line, rule, the wrong word and the right one."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from policies import Fault, PolicyBook, PolicyError, Sources
from policies.checking import check_folder
from policies.rulefile import split_rules

HEAD = '@id("ESSAI-01-x") @reason("r") @reason_en("r") @obligations("")\n'


def rule(when: str, head: str = HEAD, effect: str = "permit") -> str:
    return f"{head}{effect} (\n  principal,\n  action,\n  resource\n)\nwhen {{\n  {when}\n}};\n"


def faults_of(folder: Path, text: str) -> list[Fault]:
    (folder / "rules" / "99-essai.cedar").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as told:
        PolicyBook.load(folder)
    assert {fault.file for fault in told.value.faults} == {"rules/99-essai.cedar"}
    return list(told.value.faults)


@pytest.mark.parametrize(
    ("text", "line", "word", "nearest"),
    [
        (rule('context.mod == Mode::"normal"'), 8, "mod", "mode"),
        (rule('context.mode == Mode::"norml"'), 8, "norml", "normal"),
        (rule('context.mode == Mod::"normal"'), 8, "Mod", "Mode"),
        (rule('principal.profession == Profession::"medcin"'), 8, "medcin", "medecin"),
        (rule("context.patient.deceaced"), 8, "deceaced", "deceased"),
        (rule('context.mode == Profession::"medecin"'), 8, 'Profession::"medecin"', "Mode"),
        (rule('[Mode::"normal"].contains(context.purpose)'), 8, 'Mode::"normal"', "Purpose"),
        (
            rule("context.access_open").replace("action,", 'action == Action::"open_dosier",'),
            4,
            "open_dosier",
            "open_dossier",
        ),
        (
            rule("context.access_open", HEAD.replace('@obligations("")', '@obligations("notify:patien")')),
            1,
            "notify:patien",
            "notify:patient",
        ),
        (
            rule("context.access_open", HEAD.replace('@obligations("")', '@obligations("cosing:senior:24h")')),
            1,
            "cosing:senior:24h",
            "cosign",
        ),
        (
            rule("context.access_open", HEAD.replace("reason_en", "raison_en") + '@reason_en("r")\n'),
            1,
            "raison_en",
            "reason_en",
        ),
    ],
)
def test_a_typo_is_told_with_its_line_and_the_nearest_right_word(
    folder: Path, text: str, line: int, word: str, nearest: str
) -> None:
    (fault,) = faults_of(folder, text)
    assert (fault.line, fault.rule_id, fault.word, fault.nearest) == (line, "ESSAI-01-x", word, nearest)
    assert fault.fr != fault.en


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rule("context.access_open")[:-2], "semicolon"),
        (rule("context.access_open").replace("};", "}") + rule("context.access_open"), "semicolon is missing between"),
        (rule("context.access_open").replace("}", ""), "'}' is expected"),
        (rule("context.access_open").replace("(\n", "\n"), "')' has no other half"),
        (rule('context.mode = Mode::"normal"'), "syntax"),
        (rule('context.mode == Mode::"normal'), "has no other half"),
        (rule("[context.access_open).contains(true)"), "']' is expected"),
        (rule("context.access_open)"), "'}' is expected"),
        (rule("context.access_open").replace("principal", "?principal", 1), "syntax"),
        (rule("context.access_open").replace("principal,", "principal == ?principal,"), "not allowed here"),
        (rule("context.access_open", HEAD.replace("ESSAI-01-x", "essai")), "an @id such as"),
        (rule("context.access_open", HEAD.replace('@id("ESSAI-01-x")', "")), "an @id such as"),
        (rule("context.access_open", HEAD.replace('@reason("r")', "")), "@reason is missing"),
        (rule("context.access_open", HEAD.replace('@reason_en("r")', '@reason_en(" ")')), "@reason_en is missing"),
        (rule("context.access_open", HEAD.replace('@obligations("")', "")), "@obligations is missing"),
        (rule("context.access_open", HEAD.replace('("")', '("limit:soon")')), "a duration is expected"),
        (rule("context.access_open", HEAD.replace('("")', '("review:dpo:24h")')), "nothing more is expected"),
        (rule("context.access_open", HEAD.replace('("")', '("cosign:senior")')), "a duration is expected"),
        (rule("true"), "permits everything"),
        (HEAD + "permit(principal, action, resource);", "permits everything"),
        (rule("principal.factors == true"), "refused by the schema"),
        (rule("resource.masked"), "masked"),
    ],
)
def test_a_rule_that_cannot_serve_is_told(folder: Path, text: str, said: str) -> None:
    faults = faults_of(folder, text)
    assert any(said in fault.en for fault in faults), [fault.en for fault in faults]
    assert all(fault.line >= 1 for fault in faults)


def test_a_rule_whose_id_is_taken_is_told_with_the_place_of_the_first(folder: Path) -> None:
    (fault,) = faults_of(folder, rule("context.access_open", HEAD.replace("ESSAI-01-x", "BDG-01-medecin")))
    assert "rules/30-bris-de-glace.cedar:9" in fault.en


def test_a_guardrail_can_only_forbid(folder: Path) -> None:
    path = folder / "guardrails" / "91-autre.cedar"
    path.write_text(rule("context.access_open"))
    (fault,) = check_folder(folder).faults
    assert (fault.file, fault.nearest) == ("guardrails/91-autre.cedar", "forbid")


def test_every_fault_of_every_file_is_told_at_once(folder: Path) -> None:
    soins = folder / "rules" / "10-soins.cedar"
    soins.write_text(soins.read_text().replace("principal.in_training", "principal.in_traning"))
    (folder / "rules" / "20-urgences.cedar").write_text(rule("context.acces_open"))
    matrix = folder / "matrix.csv"
    matrix.write_text(matrix.read_text().replace(",SYNTH,", ",SYNT,", 1))
    units = folder / "units.csv"
    units.write_text(units.read_text().replace("SAMU,samu_centre_15", "SAMU,samu_centre15"))
    obligations = folder / "obligations.toml"
    obligations.write_text(obligations.read_text().replace("[review]", "[revue]"))
    told = [(fault.file, fault.nearest) for fault in check_folder(folder).faults]
    assert ("rules/10-soins.cedar", "in_training") in told
    assert ("rules/20-urgences.cedar", "access_open") in told
    assert ("matrix.csv", "SYNTH") in told
    assert ("units.csv", "samu_centre_15") in told
    assert any(file == "rules/30-bris-de-glace.cedar" for file, _ in told)
    assert told == sorted(told, key=lambda pair: pair[0])


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("matrix.csv", "1.2.250.1.71.1.2.7|10,", "1.2.250.1.71.1.2.9|10,", "unknown word"),
        ("matrix.csv", ",oui,", ",peut-être,", "write oui or non"),
        ("matrix.csv", ",source\n", "\n", "missing column: source"),
        ("matrix.csv", ",ATTEST-RESID,", ",ATTEST-HEBGT,", "row twice"),
        ("units.csv", "SAU,", "URG,", "listed twice"),
        ("units.csv", "URG,urgences,Service d'accueil des urgences,", "URG,urgences,", "3 cells instead of 4"),
        ("guardrails/professions.csv", "medecin,", "medcin,", "unknown word"),
        ("guardrails/professions.csv", "aucune,,,", "aucune,x,y,", "must exist"),
        ("guardrails/professions.csv", "oui,oui,medecin\n", "oui,oui,medcin\n", "unknown word"),
        ("obligations.toml", "[limit]", "[limit", "at line 9"),
        ("obligations.toml", 'combine = "union"\n', "", "must say"),
        ("words.toml", '"context.mode"', '"context.mod"', "unknown word"),
        ("words.toml", "[values.Mode]", "[values.Mod]", "unknown word"),
        ("words.toml", '"', "", ""),
        ("hospital.cedarschema", "entity Mode", "entity Mdoe", "unreadable schema"),
        ("hospital.cedarschema", "enum [", "enum (", "unreadable schema"),
    ],
)
def test_a_fault_in_a_table_is_told_by_its_file(folder: Path, file: str, before: str, after: str, said: str) -> None:
    path = folder / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    faults = check_folder(folder).faults
    assert any(fault.file == file and said in fault.en for fault in faults), [fault.sentence("en") for fault in faults]


def test_a_profession_that_is_not_care_gets_no_row_in_the_matrix(folder: Path) -> None:
    with (folder / "matrix.csv").open("a") as sheet:
        sheet.write("1.2.250.1.213.1.1.4.6|SECRETARIAT_MEDICAL,Secrétariat,SYNTH,Synthèse,oui,essai\n")
    (fault,) = check_folder(folder).faults
    assert "not care" in fault.en


@pytest.mark.parametrize("name", ["hospital.cedarschema", "matrix.csv", "units.csv", "obligations.toml", "words.toml"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (fault,) = check_folder(folder).faults
    assert fault.file == name


def test_a_folder_without_guardrails_is_refused(folder: Path) -> None:
    (folder / "guardrails" / "90-interdits.cedar").unlink()
    (fault,) = check_folder(folder).faults
    assert fault.file == "guardrails/"


def test_a_file_that_is_not_utf_8_or_is_too_large_is_named(folder: Path) -> None:
    (folder / "rules" / "10-soins.cedar").write_bytes("// hôpital".encode("latin-1"))
    assert [fault.file for fault in check_folder(folder).faults] == ["rules/10-soins.cedar"]
    (folder / "matrix.csv").write_bytes(b"x" * 4_000_001)
    assert "matrix.csv" in {fault.file for fault in check_folder(folder).faults}


def test_the_matrix_as_a_french_spreadsheet_saves_it_gives_the_same_answers(folder: Path, book: PolicyBook) -> None:
    """Semicolons, a byte order mark, CRLF line ends and columns in another order."""
    rows = list(csv.reader(io.StringIO((folder / "matrix.csv").read_text())))
    saved = io.StringIO(newline="")
    csv.writer(saved, delimiter=";", lineterminator="\r\n").writerows(list(reversed(row)) for row in rows)
    (folder / "matrix.csv").write_bytes(b"\xef\xbb\xbf" + saved.getvalue().encode())
    again = PolicyBook.load(folder)
    assert again.matrix() == book.matrix()
    assert again.digest != book.digest


def test_rules_are_cut_at_semicolons_outside_strings_and_comments() -> None:
    text = '// a ; b "\n@reason("x; // y \\" z")\npermit(a);\n\n// fin\nforbid(b);\n// reste'
    assert [(one.line, one.text, one.complete) for one in split_rules("f", text)] == [
        (2, '@reason("x; // y \\" z")\npermit(a);', True),
        (6, "forbid(b);", True),
    ]


def test_the_guardrails_are_pinned_by_their_digest(folder: Path, book: PolicyBook) -> None:
    assert PolicyBook.load(folder, book.guardrails_digest).digest == book.digest
    path = folder / "guardrails" / "90-interdits.cedar"
    path.write_text(path.read_text().replace("principal.factors < 2", "principal.factors < 1"))
    with pytest.raises(PolicyError, match="the guardrails changed"):
        PolicyBook.load(folder, book.guardrails_digest)


def test_the_professions_are_pinned_with_the_guardrails(folder: Path, book: PolicyBook) -> None:
    path = folder / "guardrails" / "professions.csv"
    path.write_text(path.read_text().replace("Medical secretary,non", "Medical secretary,oui"))
    with pytest.raises(PolicyError, match="the guardrails changed"):
        PolicyBook.load(folder, book.guardrails_digest)


@pytest.mark.parametrize(
    "file",
    ["hospital.cedarschema", "matrix.csv", "units.csv", "obligations.toml", "rules/10-soins.cedar", "words.toml"],
)
def test_a_changed_file_changes_the_digest(folder: Path, book: PolicyBook, file: str) -> None:
    path = folder / file
    path.write_text(path.read_text() + "\n")
    assert PolicyBook.load(folder).digest != book.digest


def test_the_cases_a_version_was_tried_with_are_part_of_it(folder: Path, book: PolicyBook) -> None:
    (folder / "cases" / "10-soins.yaml").unlink()
    assert PolicyBook.load(folder).digest != book.digest
    assert PolicyBook.load(folder).guardrails_digest == book.guardrails_digest
    assert len(book.digest) == 64


def test_files_kept_elsewhere_make_the_same_version(shipped: Path, book: PolicyBook) -> None:
    files = dict(Sources.read(shipped).files)
    assert PolicyBook.build(Sources(files)).digest == book.digest


def test_a_missing_file_among_files_kept_elsewhere_is_named(
    shipped: Path, with_rules: Callable[[str], Sources]
) -> None:
    files = dict(with_rules("").files)
    del files["matrix.csv"]
    with pytest.raises(PolicyError, match=r"matrix\.csv"):
        PolicyBook.build(Sources(files))
