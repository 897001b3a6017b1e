"""An import says which files it refused and why, in French or in English, and its exit code says that it did."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.__main__ import main
from gateway.demo.configuration import write_configuration
from tests.worlds import StillWorld


@pytest.mark.parametrize(
    ("lang", "words"), [("fr_FR.UTF-8", "ce n'est pas un document CDA"), ("en_GB.UTF-8", "this is no CDA document")]
)
def test_a_file_that_is_no_cda_is_refused_by_name_in_the_readers_language(
    tmp_path: Path, lang: str, words: str
) -> None:
    config = write_configuration(tmp_path / "demo", 8099, StillWorld().world)
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "facture.xml").write_text("<facture/>")
    environment = {"LANG": lang, "LC_ALL": lang}
    assert CliRunner().invoke(main, ["migrate", "--config", str(config)], env=environment).exit_code == 0
    command = ["patients", "import", str(folder), "--config", str(config)]
    answered = CliRunner().invoke(main, command, env=environment)
    assert answered.exit_code == 1
    assert "facture.xml" in answered.output
    assert words in answered.output
