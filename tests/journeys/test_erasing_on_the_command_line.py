"""`gateway audit erase`: the DPO orders, IT confirms, and both learn what no program can take back."""

import json

from click.testing import CliRunner
from sqlalchemy import create_engine, text

from gateway.__main__ import main
from gateway.demo.token import fetch_demo_token
from gateway.settings import load_settings
from tests.journeys.conftest import DemoServer


def test_an_erasure_by_two_people_says_what_remains_of_it(demo_server: DemoServer) -> None:
    engine = create_engine(load_settings(demo_server.config).settings.database.url)
    with engine.connect() as connection:
        ipp = connection.execute(text("SELECT ipp FROM patient ORDER BY ipp LIMIT 1")).scalar_one()
        month = connection.execute(text("SELECT strftime('%Y-%m', 'now')")).scalar_one()
    engine.dispose()

    def run(*words: str, who: str, language: str = "en_GB") -> str:
        token = fetch_demo_token(demo_server.url, who)
        command = ["audit", "erase", *words, "--config", str(demo_server.config)]
        done = CliRunner().invoke(main, command, env={"GATEWAY_TOKEN": token, "LANG": language, "LC_ALL": language})
        assert done.exit_code == 0, done.output
        return done.output

    words = ("order", "--ipp", ipp, "--through", month, "--reason", "request", "--json")
    first, second = (json.loads(run(*words, who="dpo")) for _ in range(2))
    assert "remains" not in first
    told = run("confirm", first["id"], who="informatique")
    assert "erased" in told
    assert "earlier backups" in told
    assert "master key" in told
    done = json.loads(run("confirm", second["id"], "--json", who="informatique", language="fr_FR"))
    assert done["state"] == "done"
    assert "sauvegardes d'avant" in done["remains"]
