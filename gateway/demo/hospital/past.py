"""The demo hospital's last days: accesses, messages and reviews, so that what people watch is not empty at first sight.

Nothing is written past the use cases: the gateway is assembled with a clock that stands in the past, and its own parts
open, read, tell, weigh, decide and sign, hour by hour. So every check holds of these entries as of any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from gateway.access.contests import ContestAnswer, ContestForm, ContestWish
from gateway.access.outcome import Granted
from gateway.access.request import AccessRequest, PatientSelector, Reason
from gateway.admissions.register import Admission, admit
from gateway.assembly import Gateway, assemble
from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.catcher.server import Catcher
from gateway.demo.hospital.cast import PARENT_IPP, staff_key
from gateway.demo.hospital.dice import SEED, Dice
from gateway.demo.hospital.scenarios import SCENARIOS
from gateway.demo.personas import persona_named
from gateway.identity.signed_in import SignedIn
from gateway.identity.staff_member import Profession, StaffMember
from gateway.settings import Settings
from gateway.world import World
from policies import Mode

DAYS = 10
_A_DAY = 3  # accesses
_ASKED_ON, _UNJUSTIFIED_ON = (2, 7), 5  # days
_HEAVY = 50  # risk that is not justified in passing
_READERS = ("interne", "senior", "senior", "infirmiere", "regulateur")
_REASONS = ("vital_emergency", "vital_emergency", "unable_to_express", "immediate_risk", "other")
_OTHER_WORDS = "Famille au téléphone, traitement inconnu, patient confus"
# Not those whose stories people are invited to try: their dossiers were never opened.
_PATIENTS = text(
    "SELECT id, ipp FROM patient WHERE identity_status = 'QUAL' AND dossier_status = 'active' ORDER BY ipp"
)


@dataclass
class _Clock:
    """A world whose hour we set; its dice are real ones."""

    world: World
    at: datetime

    def standing(self) -> World:
        return replace(self.world, now=lambda: self.at)


def live_through(settings: Settings, world: World, mailbox: Path) -> int:
    """Let the days before now happen, in a hospital just loaded; how many dossiers were opened. The mails are caught.

    Raises as `assemble` does, and OSError when the mail port is taken.
    """
    dice, clock = Dice(f"{SEED}/past"), _Clock(world, world.now() - timedelta(days=DAYS))
    catcher = Catcher(Mailbox(mailbox, lambda: clock.at), settings.notifications.smtp.port)
    catcher.start()
    try:
        gateway = assemble(settings, clock.standing())
        try:
            return _Days(gateway, clock, dice, settings.identity.staff.issuer).live()
        finally:
            gateway.close()
    finally:
        catcher.stop()


class _Days:
    """Ten days at the emergency department, and of the one who reviews them."""

    def __init__(self, gateway: Gateway, clock: _Clock, dice: Dice, issuer: str) -> None:
        self._gateway = gateway
        self._clock = clock
        self._dice = dice
        self._staff = {name: _member(name, issuer) for name in {*_READERS, "dpo"}}
        self._opened = self._treated = 0
        self._signed_in: set[str] = set()

    def live(self) -> int:
        with self._gateway.database.reading() as connection:
            named = {*(scenario.ipp for scenario in SCENARIOS), PARENT_IPP}
            patients = [row.id for row in connection.execute(_PATIENTS) if row.ipp not in named]
        self._dice.shuffle(patients)
        waiting = iter(patients)
        start = self._clock.at
        for day in range(DAYS):
            self._signed_in.clear()
            for hours in sorted(self._dice.uniform(0, 20) for _ in range(_A_DAY)):
                self._go_to(start + timedelta(days=day, hours=hours))
                self._treat(waiting)
            self._go_to(start + timedelta(days=day, hours=22))
            self._gateway.oversight.minding.round()
            if day < DAYS - 1:  # the last day's cases are left for whoever comes to look
                self._review(day)
            self._seal()
        return self._opened

    def _go_to(self, at: datetime) -> None:
        self._clock.at = max(at, self._clock.at)

    def _pass(self, **step: float) -> None:
        self._clock.at += timedelta(**step)

    def _treat(self, patients: Iterator[str]) -> None:
        """One patient: admitted or not, opened, read, told."""
        patient_id, persona = next(patients), _READERS[self._treated % len(_READERS)]
        self._treated += 1
        # Centre 15 speaks of people who are at home; and now and then somebody opens what nothing explains.
        if persona != "regulateur" and self._treated % 7 != 3:
            self._admit(patient_id)
        staff = self._on_duty(persona)
        mode = Mode.CENTRE_15 if persona == "regulateur" else Mode.BREAK_GLASS
        emergency = mode is Mode.CENTRE_15 or self._treated % 3 > 0
        granted = self._open(staff, patient_id, mode if emergency else Mode.NORMAL)
        if granted is None:
            return
        self._opened += 1
        self._pass(seconds=self._dice.uniform(4, 40))
        if self._dice.chance(0.7):
            self._gateway.reading.summary(staff, granted.access.id)
        self._pass(minutes=self._dice.uniform(2, 20))
        if self._dice.chance(0.5):
            self._gateway.continuing.end(staff, granted.access.id)
        self._gateway.courier.deliver_due()
        if emergency and self._opened == DAYS:  # one of them asks why
            form = ContestForm(ContestWish.NOT_ME, ContestAnswer.PHONE, "Je n'étais pas à l'hôpital ce jour-là.")
            self._gateway.oversight.contesting.contest(patient_id, granted.access.id, form)

    def _open(self, staff: StaffMember, patient_id: str, mode: Mode) -> Granted | None:
        code = "regulation" if mode is Mode.CENTRE_15 else self._dice.choice(_REASONS)
        reason = None if mode is Mode.NORMAL else Reason(code, _OTHER_WORDS if code == "other" else "")
        request = AccessRequest(
            request_id=self._gateway.world.new_id(),
            patient=PatientSelector(patient_id=patient_id),
            mode=mode,
            reason=reason,
            consent_given=mode is Mode.NORMAL,
        )
        outcome = self._gateway.opening.open_dossier(staff, request)
        return outcome if isinstance(outcome, Granted) else None

    def _admit(self, patient_id: str) -> None:
        at = self._gateway.world.epoch_ms()
        arrival = Admission(
            episode_id=self._gateway.world.new_id(),
            visit_number=f"VIS{self._clock.at:%y%m%d}{500 + self._opened:05d}{self._dice.randrange(100):02d}",
            patient_id=patient_id,
            unit="URG",
            box="",
            motive="",
            admitted_at=at - 12 * 60_000,
            discharged_at=at + 45 * 60_000,
        )
        self._gateway.database.transact(lambda tx: admit(tx.connection, arrival))

    def _on_duty(self, persona: str) -> StaffMember:
        staff = replace(self._staff[persona], authenticated_at=self._gateway.world.epoch_ms())
        if persona not in self._signed_in:
            self._signed_in.add(persona)
            signed_in = SignedIn(kind="staff", person=staff, return_to="/", provider_sid="", id_token="")
            self._gateway.sessions.open(signed_in, f"past {persona} {self._clock.at:%d}")
            self._pass(seconds=self._dice.uniform(8, 50))
        return staff

    def _review(self, day: int) -> None:
        """In the evening: what an admission explains is justified; some days one is asked about, or not justified."""
        dpo, reviewing = self._on_duty("dpo"), self._gateway.oversight.reviewing
        undecided = [line for line in reviewing.queue(dpo).cases if line.state.value == "open"]
        for line in undecided:
            self._pass(seconds=30)
            if line.proposal is not None and line.risk < _HEAVY:
                reviewing.justify(dpo, line.access_id)
        unexplained = [line for line in undecided if line.proposal is None]
        if unexplained and day == _UNJUSTIFIED_ON:
            reviewing.unjustify(dpo, unexplained[-1].access_id, "Aucun soin retrouvé, ni venue, ni appel au service.")
        of_regulation = [line for line in unexplained if line.staff.unit == "SAMU"]
        if of_regulation and day in _ASKED_ON:
            reviewing.ask(dpo, of_regulation[0].access_id, "Pour quel appel ce dossier a-t-il été ouvert ?")

    def _seal(self) -> None:
        while self._gateway.sequencing.publish_checkpoint() is not None:
            pass


def _member(name: str, issuer: str) -> StaffMember:
    persona = persona_named(name)
    assert persona is not None, name
    system, _, code = persona.profession.partition("|")
    return StaffMember(
        key=staff_key(name, issuer),
        issuer=issuer,
        subject=persona.subject,
        name=f"{persona.given_name} {persona.family_name}",
        profession=Profession(system=system, code=code) if code else None,
        specialty=persona.specialty,
        category=persona.category,
        unit=persona.unit,
        establishment=persona.establishment,
        rpps=persona.rpps,
        roles=frozenset(persona.roles),
        named=True,
        factors=2,
        amr=("pwd", "otp"),
        authenticated_at=0,
    )
