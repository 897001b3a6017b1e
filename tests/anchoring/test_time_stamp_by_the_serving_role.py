"""`gateway audit timestamp` as an operator runs it beside `gateway serve`: with that role's rights and no more."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.__main__ import main
from gateway.assembly import assemble
from gateway.settings import Settings, load_settings
from gateway.storage.rights import Roles
from gateway.world import real_world
from tests.anchoring.authorities import TimestampAuthority
from tests.anchoring.conftest import Neighbourhood
from tests.storage.months import as_role, migrated, rows, with_roles

pytestmark = pytest.mark.postgresql


@dataclass
class Hospital:
    """A database of three roles, and the file that configures whoever runs a command."""

    url: str
    roles: Roles
    config: Path

    def configure(self, role: str) -> Path:
        """The configuration of the processes of a role."""
        text = self.config.read_text()
        config = self.config.with_name(f"{role}.toml")
        config.write_text(text.replace("sqlite:///gateway.db", as_role(self.url, role)))
        return config

    def stamp(self, role: str) -> tuple[int, str]:
        answer = CliRunner().invoke(main, ["audit", "timestamp", "--json", "--config", str(self.configure(role))])
        return answer.exit_code, answer.output


@pytest.fixture
def hospital(
    postgresql_server: str, demo_hospital: tuple[Settings, Path], tmp_path: Path, neighbourhood: Neighbourhood
) -> Iterator[Hospital]:
    _, file = demo_hospital
    for one in file.parent.iterdir():
        if one.is_file():
            shutil.copyfile(one, tmp_path / one.name)
    url = neighbourhood.serve(TimestampAuthority(tmp_path / "tsa"))
    config = tmp_path / "gateway.toml"
    with config.open("a") as settings:
        settings.write(f'\n[record.timestamp]\nurl = "{url}"\nroots_file = "tsa/roots.pem"\n')
    with migrated(postgresql_server) as owner, with_roles(postgresql_server, owner) as roles:
        yield Hospital(owner, roles, config)


def test_the_role_that_serves_may_have_the_newest_head_stamped_and_signs_none(hospital: Hospital) -> None:
    code, answer = hospital.stamp(hospital.roles.gateway)
    assert (code, rows(hospital.url, "SELECT count(*) FROM audit_checkpoint")) == (1, ["0"]), answer
    worker = assemble(load_settings(hospital.configure(hospital.roles.worker)).settings, real_world())
    head = worker.sequencing.publish_checkpoint()
    worker.close()
    assert head is not None
    code, answer = hospital.stamp(hospital.roles.gateway)
    assert code == 0, answer
    assert json.loads(answer)["size"] == head.size
    assert rows(hospital.url, "SELECT kind FROM audit_anchor") == ["timestamp"]
    # The role of the worker signs what came since, and has that stamped.
    code, answer = hospital.stamp(hospital.roles.worker)
    assert code == 0, answer
    assert json.loads(answer)["size"] > head.size
