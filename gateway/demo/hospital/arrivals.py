"""Who is in the emergency unit now, and who was there before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.admissions.register import Admission
from gateway.demo.hospital.dice import Dice
from gateway.demo.hospital.people import Person
from gateway.demo.hospital.scenarios import Scenario
from gateway.world import to_epoch_ms

OTHERS_PRESENT = 8

_MOTIVES = (
    "Douleur abdominale", "Traumatisme du poignet", "Malaise", "Fièvre", "Dyspnée", "Plaie de la main", "Lombalgie",
    "Céphalées", "Chute", "Palpitations", "Colique néphrétique", "Réaction allergique",
)  # fmt: skip


def arrivals_of_scenarios(dice: Dice, cast: Sequence[tuple[Scenario, Person]], now: datetime) -> list[Admission]:
    """The named patients, arrived one after the other in the last hours, the first of the table last."""
    return [
        _admission(
            dice, person, number, now - timedelta(minutes=6 + 17 * number), box=scenario.box, motive=scenario.motive
        )
        for number, (scenario, person) in enumerate(cast)
    ]


def arrivals_of_others(dice: Dice, people: Sequence[Person], now: datetime) -> list[Admission]:
    """Some of the others are here too; a third of them came once in the last two years."""
    here = [
        _admission(
            dice,
            person,
            100 + number,
            now - timedelta(minutes=25 + 41 * number),
            box=f"{20 + number}" if number % 4 else "",
            motive=dice.choice(_MOTIVES),
        )
        for number, person in enumerate(people[:OTHERS_PRESENT])
    ]
    before = [
        _admission(
            dice,
            person,
            1000 + number,
            now - timedelta(days=dice.uniform(3, 730)),
            box="",
            motive=dice.choice(_MOTIVES),
            hours=dice.uniform(1.5, 14),
        )
        for number, person in enumerate(people[OTHERS_PRESENT:])
        if dice.chance(0.33)
    ]
    return here + before


def _admission(
    dice: Dice, person: Person, number: int, at: datetime, *, box: str, motive: str, hours: float | None = None
) -> Admission:
    return Admission(
        episode_id=dice.uuid(),
        visit_number=f"VIS{at:%y%m%d}{number:05d}",
        patient_id=person.record.id,
        unit="URG",
        box=box,
        motive=motive,
        admitted_at=to_epoch_ms(at),
        discharged_at=None if hours is None else to_epoch_ms(at + timedelta(hours=hours)),
    )
