"""How emergency accesses are reviewed: deadlines, habits and weights, as the hospital sets them in `[reviews]`."""

from typing import Literal

from pydantic import Field

from gateway.settings.section import Section


class ReviewWeights(Section):
    """What each flag of an access adds to its risk; 0 switches a flag off."""

    no_admission: int = Field(40, ge=0, le=1000, description="No admission of the patient around the access.")
    same_surname: int = Field(60, ge=0, le=1000, description="The reader bears the patient's birth or used name.")
    same_address: int = Field(60, ge=0, le=1000, description="The reader lives at the patient's address.")
    reader_is_patient: int = Field(100, ge=0, le=1000, description="The reader is the patient.")
    colleague: int = Field(50, ge=0, le=1000, description="The patient works here.")
    protected: int = Field(60, ge=0, le=1000, description="The patient is marked as a person under protection.")
    repeat_reader: int = Field(30, ge=0, le=1000, description="The same reader opened this dossier in other episodes.")
    unusual_volume: int = Field(25, ge=0, le=1000, description="More accesses in a day than the unit's readers make.")
    unusual_hour: int = Field(15, ge=0, le=1000, description="An hour at which the unit hardly opens a dossier.")
    contested: int = Field(80, ge=0, le=1000, description="The patient contests the access.")
    other_reason: int = Field(30, ge=0, le=1000, description="The reason given is `other`.")


class ReminderMailSettings(Section):
    """The day's reminder of what is late by e-mail to the privacy officer, through notifications.smtp."""

    to: str = Field("", description="Who is reminded, an address; empty: no e-mail. The mail names nobody.")
    hour: int = Field(8, ge=0, le=23, description="Hour (Paris) from which the day's reminder is sent.")


class ReviewSettings(Section):
    """How emergency accesses are reviewed."""

    decide_days: int = Field(15, ge=1, le=365, description="A case is to be decided within, days.")
    explain_days: int = Field(7, ge=1, le=90, description="A member of staff answers within, days.")
    remind_days: int = Field(2, ge=1, le=30, description="Both are reminded that long before the end, days.")
    contest_days: int = Field(30, ge=1, le=30, description="A patient's contest is answered within, days.")
    undo_minutes: int = Field(10, ge=1, le=1440, description="The reviewer can take a decision back for, minutes.")
    admission_hours: int = Field(24, ge=1, le=168, description="An admission that near explains an access, hours.")
    admission_effect: Literal["off", "propose", "close"] = Field(
        "propose", description="What an admission that explains an access does until the DPO says otherwise, per rule."
    )
    close_below: int = Field(30, ge=0, le=1000, description="No case whose other flags weigh that much closes itself.")
    repeat_days: int = Field(90, ge=1, le=730, description="How far back other episodes of a reader count, days.")
    habit_days: int = Field(90, ge=7, le=730, description="How far back the habits of a unit are learnt, days.")
    habit_least: int = Field(50, ge=10, le=10_000, description="Accesses a unit needs before it has habits.")
    volume_score: float = Field(3.5, ge=1, le=20, description="Modified z-score above which a volume is unusual.")
    hour_share: float = Field(0.02, ge=0, le=0.5, description="Share of a unit's accesses below which an hour is rare.")
    share_weeks: int = Field(8, ge=4, le=52, description="Weeks that make the usual share of a unit's accesses.")
    share_volume: int = Field(20, ge=5, le=10_000, description="Accesses in a week below which no share is judged.")
    share_width: float = Field(3.0, ge=1, le=10, description="Half width of the usual band, standard deviations.")
    mail: ReminderMailSettings = Field(
        default_factory=ReminderMailSettings, description="The reminder by e-mail of what is late or soon will be."
    )
    weights: ReviewWeights = Field(default_factory=ReviewWeights, description="Weights of the flags.")
