"""What the demo's people did before anybody looked: through the gateway's own parts, at hours that are over."""

from pathlib import Path

from sqlalchemy import text

from audit import Verifier
from gateway.assembly import Gateway
from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.hospital.past import live_through
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.oversight.completeness.check import CompletenessCheck


def test_the_past_is_whole_in_the_record_and_touches_no_story_people_are_to_try(
    gateway: Gateway, tmp_path: Path
) -> None:
    world, mailbox = gateway.world, tmp_path / "mailbox.db"
    now = world.epoch_ms()
    opened = live_through(gateway.settings, world, mailbox)
    assert opened >= 20
    with gateway.database.reading() as connection:
        seen = set(
            connection.execute(text("SELECT p.ipp FROM access_grant g JOIN patient p ON p.id = g.patient_id")).scalars()
        )
        latest = connection.execute(text("SELECT MAX(opened_at) FROM access_grant")).scalar_one()
        states = {row[0] for row in connection.execute(text("SELECT DISTINCT state FROM review"))}
        unsealed = connection.execute(text("SELECT COUNT(*) FROM audit_pending")).scalar_one()
    while gateway.sequencing.publish_checkpoint() is not None:
        pass
    verifier = Verifier(gateway.sequencing.verifier_key)
    report = CompletenessCheck(database=gateway.database, log=gateway.log, verifier=verifier).run()
    assert report.complete, report.findings
    assert not seen & {scenario.ipp for scenario in SCENARIOS}
    assert latest < now
    assert {"open", "asked", "justified", "unjustified"} <= states
    assert unsealed <= 2
    assert len(Mailbox(mailbox, world.now).newest(100)) > opened / 2
