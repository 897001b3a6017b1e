"""A hospital in which people reviewed, contested, chose, agreed to rules, erased and anchored; and who tampers."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import psycopg
from sqlalchemy import insert

from audit.cosignature import Cosigner
from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.access.recorders import AccessRecorder
from gateway.anchoring.kept import MAIL, WITNESS, keep
from gateway.identity.staff_member import PatientHolder
from gateway.oversight.completeness.anchored import Outsiders
from gateway.oversight.completeness.check import CompletenessCheck
from gateway.oversight.completeness.finding import CompletenessReport
from gateway.oversight.erasure import ErasureReason, Erasures
from gateway.patients.directory import find_by_id
from gateway.patients.safety import AddressWay, UnsafeReason
from gateway.portal.addresses import Addresses
from gateway.portal.blocking import Blocking
from gateway.portal.choices import EmergencySetting, NoticePreferences
from gateway.portal.choosing import Choosing
from gateway.portal.people import People
from gateway.portal.recorder import PortalRecorder, signed_in
from gateway.portal.standing import Person, Right, Role
from gateway.rulebook.kept_versions import find_version
from gateway.rulebook.recorder import RulebookRecorder
from gateway.storage.database import Database
from gateway.storage.journal import Journal, history_is_counted, patient_subject
from gateway.storage.log_store import SqlLogStore
from gateway.storage.shards import place
from gateway.storage.tables import anchor_duty, audit_disclosure, audit_key
from policies import PolicyBook
from tests.access.conftest import build_hospital
from tests.oversight.completeness.conftest import SIGNER, Dump, Past
from tests.oversight.conftest import Watched, watch
from tests.rulebook.conftest import Process, Rulebook
from tests.worlds import StillWorld

WITNESS_KEY = Cosigner.from_seed("witness.example/w", bytes(32))
HOLDER = PatientHolder(
    key="sub:https://fc.test|holder", issuer="https://fc.test", subject="holder", birth_name="DURAND",
    given_names="Alix", birth_date="1979-03-28", sex="F", authenticated_at=0,
)  # fmt: skip


@dataclass
class Lived:
    """Five patients: whose accesses were justified, found wrong, contested and answered, closed; who chose; who was
    erased. Two versions of the rules, one agreed to and activated, one scheduled and called off. Three anchors."""

    past: Past
    watched: Watched
    accesses: dict[str, str] = field(default_factory=dict)
    contest: str = ""
    order: str = ""
    before_erasure: Dump = field(default_factory=dict)

    def check(self) -> CompletenessReport:
        """The completeness check, which knows the witness."""
        checker = CompletenessCheck(
            database=self.past.database,
            log=self.past.hospital.log,
            verifier=SIGNER.verifier,
            outsiders=Outsiders({"w": WITNESS_KEY.verifier}),
        )
        return checker.run()

    # ---- what people do

    def review(self) -> None:
        """Each case gets a step of its own kind."""
        watched, now = self.watched, self.past.hospital.still
        for number, name in enumerate(("just", "wrong", "contested", "asked", "chosen", "gone"), 1):
            self.accesses[name] = self.past.open(number)
            now.pass_time(minutes=1)
        reviewing, dpo = watched.oversight.reviewing, watched.dpo
        reviewing.justify(dpo, self.accesses["just"], "vu avec le chef de service")
        reviewing.undo(dpo, self.accesses["just"])
        reviewing.justify(dpo, self.accesses["just"], "vu avec le chef de service")
        reviewing.unjustify(dpo, self.accesses["wrong"], "aucune raison retrouvée")
        reviewing.ask(dpo, self.accesses["asked"], "pourquoi cet accès ?")
        watched.oversight.answering.explain(self.past.hospital.intern, self.accesses["asked"], "le patient était seul")
        form = ContestForm(ContestWish.NOT_ME, ContestAnswer.LETTER, "ce n'était pas moi")
        patient = self.past.patients[2]
        contesting = watched.oversight.contesting
        self.contest = contesting.contest(patient, self.accesses["contested"], form, by=HOLDER).id
        contesting.answer(dpo, self.contest, "nous avons vérifié, voici ce qui s'est passé")
        rule = reviewing.rules(dpo)[0]
        reviewing.set_rule(dpo, rule.rule, "propose" if rule.effect != "propose" else "off")

    def choose(self) -> None:
        """A patient shuts a professional out, lets them in, shuts them out again, opposes, and says how to be told."""
        hospital, world = self.past.hospital, self.past.hospital.still.world
        journal = Journal(hospital.log, world)
        with self.past.database.reading() as connection:
            record = find_by_id(connection, self.past.patients[4])
        assert record is not None
        person = Person(record, Role.ADULT, frozenset(Right))
        parts: dict[str, Any] = {
            "database": self.past.database,
            "world": world,
            "people": cast(People, None),
            "recorder": PortalRecorder(journal),
            "access_recorder": AccessRecorder(journal),
        }
        blocking, choosing = Blocking(**parts), Choosing(**parts, channels=("email", "sms"))
        hand = signed_in(HOLDER)
        for _ in range(2):
            blocking.block_for(person, hand, self.accesses["chosen"])
            assert blocking.unblock_all_for(person, hand) == 1
        blocking.block_for(person, hand, self.accesses["chosen"])
        for allowed in (False, True, False):
            choosing.set_for(person, hand, EmergencySetting.SAMU, allowed)
        for language in ("fr", "en"):
            choosing.prefer_for(person, hand, NoticePreferences(channels=("sms", "email"), language=language))
        addresses = Addresses(database=self.past.database, world=world, people=parts["people"], journal=journal)
        addresses.add_for(person, hand, {AddressWay.EMAIL: UnsafeReason.SHARED})
        addresses.set_for(person, hand, {AddressWay.PHONE: UnsafeReason.PRESSURE})

    def erase(self) -> None:
        """The DPO orders, another person confirms; another order is set aside."""
        world = self.past.hospital.still.world
        erasures = Erasures(database=self.past.database, world=world, journal=Journal(self.past.hospital.log, world))
        self.before_erasure = self.past.dump()
        reason, month = ErasureReason.REQUEST, world.now().strftime("%Y-%m")
        self.past.hospital.still.pass_time(days=31)
        self.order = erasures.order(self.watched.dpo, self.past.patients[5], month, reason).id
        erasures.confirm(self.watched.other_dpo, self.order)
        erasures.refuse(self.watched.dpo, erasures.order(self.watched.dpo, self.past.patients[0], month, reason).id)

    def rule(self, rulebook: Rulebook) -> None:
        """A version is staged, agreed to, activated, rolled back; another waits and is called off."""
        process = rulebook.start()
        for note in ("un", "deux"):
            number = str(self._staged(rulebook, process, note))
            process.publishing.approve(rulebook.karim, number)
            at = None if note == "un" else rulebook.still.world.epoch_ms() + 60_000
            activation = process.publishing.activate(rulebook.ines, number, at)
        process.publishing.cancel(rulebook.karim, activation.id)
        process.publishing.rollback(rulebook.karim)

    def _staged(self, rulebook: Rulebook, process: Process, note: str) -> int:
        version = rulebook.added(process, note)
        recorder = RulebookRecorder(Journal(rulebook.log, rulebook.still.world))
        rulebook.database.transact(
            lambda tx: recorder.staged(
                tx, rulebook.ines, find_version(tx.connection, version.number), rulebook.still.world.new_id(), 1, 1
            )
        )
        return version.number

    def anchor(self) -> None:
        """The newest head is cosigned, mailed, and said to be stamped by nobody."""
        world = self.past.hospital.still.world
        self.past.seal()
        with self.past.database.reading() as connection:
            head = SqlLogStore(connection).head()
        assert head is not None
        line = WITNESS_KEY.cosign(head.note, 1_800_000_000)
        number = place(head.shard, head.size)

        def unit(tx: Any) -> None:
            SqlLogStore(tx.connection).cosign(replace(head, note=head.note + line), 1)
            keep(tx.connection, world, WITNESS, "w", number, line.encode())
            keep(tx.connection, world, MAIL, "dpo", number, head.note.encode())
            for kind, name in ((WITNESS, "w"), (MAIL, "dpo")):
                tx.connection.execute(insert(anchor_duty), {"kind": kind, "name": name, "head": number})

        self.past.database.transact(unit)

    # ---- what a database administrator does

    @contextmanager
    def tampered(self, *statements: str, **values: object) -> Iterator[None]:
        """The statements hold inside the block; afterwards everything is as it was. No key, trigger or right stops
        whoever owns the tables."""
        before = self.past.dump()
        self._run(statements, values)
        try:
            yield
        finally:
            after = self.past.dump()
            changed = [name for name in before if before[name] != after[name]]
            self._put_back({name: before[name] for name in changed})

    def bring_back_what_was_erased(self) -> None:
        """The erased values and their key, out of a backup from before."""
        subject = patient_subject(self.past.patients[5])
        for table in (audit_key, audit_disclosure):
            rows = [row for row in self.before_erasure[table.name] if row["subject"] == subject]
            assert rows
            with self.past.database.engine.begin() as connection:
                connection.execute(insert(table), rows)

    def _run(self, statements: Sequence[str], values: Mapping[str, object]) -> None:
        with self._unhindered() as (execute, mark):
            for statement in statements:
                given = {name: value for name, value in values.items() if f":{name}" in statement}
                for name in given:
                    statement = statement.replace(f":{name}", mark(name))
                assert execute(statement, given) != 0, statement

    def _put_back(self, tables: Mapping[str, list[dict[str, Any]]]) -> None:
        with self._unhindered() as (execute, mark):
            for name, rows in tables.items():
                execute(f"DELETE FROM {name}", {})
                for row in rows:
                    columns = ", ".join(row)
                    execute(f"INSERT INTO {name} ({columns}) VALUES ({', '.join(map(mark, row))})", row)

    @contextmanager
    def _unhindered(self) -> Iterator[Any]:
        url = self.past.database.engine.url
        if self.past.database.dialect == "sqlite":
            with sqlite3.connect(str(url.database)) as lite:
                yield lambda statement, given: lite.execute(statement, given).rowcount, lambda name: f":{name}"
            lite.close()
        else:
            address = url.set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(address) as connection:
                connection.execute("SET session_replication_role = replica")
                yield (
                    lambda statement, given: connection.execute(statement.encode(), given or None).rowcount,
                    lambda name: f"%({name})s",
                )


def lived_in(database: Database, still: StillWorld, book: PolicyBook, rulebook: Rulebook) -> Lived:
    """The whole past."""
    hospital = build_hospital(database, still, book, history_is_counted)
    lived = Lived(Past(hospital), watch(hospital))
    rulebook.log = hospital.log
    lived.rule(rulebook)
    lived.review()
    lived.choose()
    lived.erase()
    lived.anchor()
    return lived
