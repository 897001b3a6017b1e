"""What two versions set differently, in sentences: nothing that people would notice goes without one."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import policies
from policies import Sources
from policies.compared import plain_differences

FILES = dict(Sources.read(Path(policies.__file__).parent).files)
SHIPPED = Sources(FILES)


def changed(file: str, *changes: tuple[str, str]) -> Sources:
    text = FILES[file].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return Sources({**FILES, file: text.encode()})


def settings(*changes: tuple[str, str]) -> Callable[[], Sources]:
    return lambda: changed("settings.toml", *changes)


def test_a_version_has_no_difference_with_itself() -> None:
    assert plain_differences(SHIPPED, SHIPPED) == ()


@pytest.mark.parametrize(
    ("after", "fr", "en"),
    [
        (
            settings(("\nwindow_minutes = 30", "\nwindow_minutes = 20")),
            "durée d'un accès ordinaire : 30 → 20 minutes",
            "window of an ordinary access: 30 → 20 minutes",
        ),
        (
            settings(("within_hours = 24", "within_hours = 48")),
            "validation de l'accès d'un interne ou étudiant : senior, 24 h → senior, 48 h",
            "countersignature of an intern's or student's access: senior, 24 h → senior, 48 h",
        ),
        (
            settings(("other_access = []", 'other_access = ["patient"]')),
            "informés des autres accès : + le patient",
            "told of other accesses: + the patient",
        ),
        (
            settings(('  "infirmier",\n', "")),
            "professions qui peuvent briser la glace : − Infirmier",
            "professions that may break the glass: − Nurse",
        ),
        (
            settings(('enrolled = ["750000018"]', 'enrolled = ["750000026"]')),
            "établissements enrôlés : + 750000026 ; − 750000018",
            "enrolled establishments: + 750000026; − 750000018",
        ),
        (
            settings(("[reasons.other]", "[reasons.else]")),
            "motif ajouté : Autre motif (else)",
            "reason added: Another reason (else)",
        ),
        (
            settings(('fr = "Autre motif"', 'fr = "Un autre"')),
            "motif other, phrase du professionnel, en français : « Autre motif » → « Un autre »",
            "reason other, the professional's sentence, in French: 'Autre motif' → 'Un autre'",
        ),
        (
            settings(("text_at_least = 10", "text_at_least = 20")),
            "motif other, caractères à écrire : 10 → 20",
            "reason other, characters to write: 10 → 20",
        ),
    ],
)
def test_each_setting_that_changes_has_its_sentence(after: Callable[[], Sources], fr: str, en: str) -> None:
    said = plain_differences(SHIPPED, after())
    assert (fr, en) in {(one.fr, one.en) for one in said}
    assert len(said) <= 2  # a reason under another code is one more and one less


def test_the_matrix_is_counted_by_profession() -> None:
    lines = FILES["matrix.csv"].decode().splitlines(keepends=True)
    shut = [place for place, line in enumerate(lines) if ",Infirmier," in line and ",oui," in line][:3]
    for place in shut:
        lines[place] = lines[place].replace(",oui,", ",non,")
    word = next(place for place, line in enumerate(lines) if ",Médecin," in line and ",oui," in line)
    lines[word] = lines[word].replace(",oui,", ",oui,Relu : ").replace('Relu : "', '"Relu : ')
    after = Sources({**FILES, "matrix.csv": "".join(lines).encode()})
    assert {one.fr for one in plain_differences(SHIPPED, after)} == {
        "matrice, Infirmier : 3 types en moins",
        "matrice, Médecin : 1 source changée",
    }
    assert {one.en for one in plain_differences(after, SHIPPED)} == {
        "matrix, Nurse: 3 types more",
        "matrix, Physician: 1 source changed",
    }


def test_a_unit_that_moves_says_from_which_kind_to_which() -> None:
    row = next(line for line in FILES["units.csv"].decode().splitlines() if ",pharmacie," in line)
    after = changed("units.csv", (row, row.replace(",pharmacie,", ",soins,")))
    (said,) = plain_differences(SHIPPED, after)
    assert re.fullmatch(r"unité \w+ : pharmacie → service de soins", said.fr)
