"""Settings as a form that leaves the file's own words alone, and answers explained in words."""

import re
import tomllib

import pytest

from gateway.assembly import Gateway
from gateway.errors import InvalidRequest
from gateway.web import create_web
from gateway.web.it.paris_time import instant
from gateway.web.it.settings_text import NotWritten, with_values
from policies.sources import SETTINGS, Sources
from tests.access.conftest import POLICIES
from tests.web.it_desk import Desk, desk, person

TEXT = Sources.read(POLICIES).text(SETTINGS)
BOX = re.compile(r'<input type="(?:checkbox|radio)" name="([^"]+)" value="([^"]+)" checked(?! disabled)')
FIELD = re.compile(r'<input(?: type="number")? name="([^"]+)" value="([^"]*)"')
AREA = re.compile(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>')


@pytest.fixture
def karim(gateway: Gateway) -> Desk:
    return desk(create_web(gateway), gateway, person("karim", "it"))


def form_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the settings' form if nobody touched it."""
    body = page.partition('name="revision"')[2]
    sent: dict[str, list[str]] = {"revision": [re.findall(r'^ value="(\d+)"', body)[0]]}
    for pattern in (BOX, FIELD, AREA):
        for name, value in pattern.findall(body):
            sent.setdefault(name, []).append(value.replace("&#39;", "'").replace("&amp;", "&"))
    return sent


def settings_of(gateway: Gateway, draft: str) -> str:
    return gateway.publishing.draft(draft.rpartition("/")[2]).files[SETTINGS].decode()


def test_a_form_nobody_touched_changes_no_letter_of_the_file(karim: Desk, gateway: Gateway) -> None:
    draft = karim.start_draft()
    karim.send(f"{draft}/settings", **form_of(karim.read(f"{draft}/settings")))
    assert settings_of(gateway, draft) == TEXT


def test_changed_settings_keep_the_comments_and_are_checked_at_once(karim: Desk, gateway: Gateway) -> None:
    draft = karim.start_draft()
    form = form_of(karim.read(f"{draft}/settings"))
    form["emergency_window_minutes"] = ["15"]
    form["professions"].remove("infirmier")
    form["notice.first_access"] = ["medecin_traitant"]
    form["notice.break_glass"] = []
    saved = karim.send(f"{draft}/settings", **form)
    assert "Aucune faute dans ce fichier" in karim.read(saved.headers["Location"])
    text = settings_of(gateway, draft)
    read = tomllib.loads(text)
    assert read["access"]["emergency_window_minutes"] == 15
    assert "infirmier" not in read["break_glass"]["professions"]
    assert read["notices"]["first_access"] == ["patient", "medecin_traitant"]
    assert read["notices"]["break_glass"] == ["patient", "medecin_traitant"], "the law's notices cannot be unticked"
    comments = [line for line in TEXT.splitlines() if line.startswith("#")]
    assert [line for line in text.splitlines() if line.startswith("#")] == comments
    assert "# bris de glace et SAMU-Centre 15 (1 à 240)" in text


def test_a_fault_of_the_settings_is_told_beside_them(karim: Desk) -> None:
    draft = karim.start_draft()
    form = form_of(karim.read(f"{draft}/settings"))
    assert "Une durée s’écrit en chiffres" in karim.send(f"{draft}/settings", 422, **{**form, "within_hours": "x"}).text
    saved = karim.send(f"{draft}/settings", **{**form, "enrolled": "75000001"})
    assert "n’est pas un numéro FINESS" in karim.read(saved.headers["Location"])


def test_values_are_written_where_they_stand_and_nowhere_else() -> None:
    text = '[a]\nlist = [\n  "x", # why\n  "y",\n]\nkey = "1" # its # comment\n[b]\nkey = 2\n'
    assert with_values(text, {("a", "list"): ["z"], ("a", "key"): 'é "#"'}) == (
        '[a]\nlist = ["z"]\nkey = "é \\"#\\"" # its # comment\n[b]\nkey = 2\n'
    )
    with pytest.raises(NotWritten):
        with_values(text, {("a", "absent"): 1})


def test_a_question_is_answered_with_the_one_condition_that_was_missing(karim: Desk) -> None:
    asked = "/it/explain?asked=1&profession=1.2.250.1.71.1.2.8%7C10&unit=URG&factors=2&named=1&enrolled=1&present=1"
    refused = karim.read(f"{asked}&mode=normal&purpose=care")
    assert "Il ne manquait qu’une condition" in refused
    assert (
        "L&#39;accord du patient n&#39;est pas recueilli" in refused
        or "L’accord du patient n’est pas recueilli" in refused
    )
    allowed = karim.read(f"{asked}&mode=normal&purpose=care&consent=explicit&lang=en")
    assert "URG-01-interne-sans-carte" in allowed.partition('id="answer"')[2]
    assert "Allowed by:" in allowed
    insurer = karim.read(f"{asked}&mode=normal&purpose=insurance&consent=explicit&lang=fr")
    assert "INT-03" in insurer.partition('id="answer"')[2]
    assert "Interdit par" in insurer
    karim.read(f"{asked}&mode=other", 422)
    assert "Aucune décision des règles ne porte ce numéro" in karim.read("/it/explain?entry=00000000")


@pytest.mark.parametrize(
    ("day", "clock", "utc_hour"), [("2026-03-28", "03:30", 2), ("2026-07-01", "03:30", 1), ("2026-10-25", "02:30", 0)]
)
def test_paris_hours_are_instants_and_the_skipped_hour_is_none(day: str, clock: str, utc_hour: int) -> None:
    assert instant(day, clock) // 3_600_000 % 24 == utc_hour
    for nonsense in (("2026-03-29", "02:30"), ("2026-02-30", "10:00"), ("2026-01-01", "10:00+02:00"), ("", "")):
        with pytest.raises(InvalidRequest):
            instant(*nonsense)
