"""The law and this hospital's rules once more, by hand, from DOMAIN.md: no Cedar, no z3, nothing of the product's rules
room but the shape of a question. It reads the tables itself, with readers of its own.
"""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path

from policies import Question

PHYSICIAN, INTERN = "1.2.250.1.71.1.2.7|10", "1.2.250.1.71.1.2.8|10"
CARE_PURPOSES = {"care", "emergency"}
LEGAL_PURPOSES = CARE_PURPOSES | {"regulation"}
OCCUPATIONAL_SPECIALTIES = {"SM25", "SCH35", "C41"}
KNOWN_STATUSES = {"current", "archived", "obsolete"}


@dataclass(frozen=True)
class Tables:
    """What the hospital wrote in its sheets."""

    mother: dict[str, str]  # of a profession in training: the key of the one it acts as
    ids: dict[str, str]  # key -> id
    care: set[str]
    training: set[str]
    reads: dict[str, set[str]]
    units: dict[str, str]
    glass: set[str]  # ids
    reasons: dict[str, dict[str, object]]


def read_tables(folder: Path) -> Tables:
    """The sheets of a folder of rules."""
    with (folder / "guardrails" / "professions.csv").open(encoding="utf-8-sig", newline="") as sheet:
        people = list(csv.DictReader(sheet))
    with (folder / "units.csv").open(encoding="utf-8-sig", newline="") as sheet:
        units = {row["code"]: row["kind"] for row in csv.DictReader(sheet)}
    reads: dict[str, set[str]] = {}
    with (folder / "matrix.csv").open(encoding="utf-8-sig", newline="") as sheet:
        for row in csv.DictReader(sheet):
            if row["read"] == "oui":
                reads.setdefault(row["profession"], set()).add(row["type_code"])
    settings = tomllib.loads((folder / "settings.toml").read_text(encoding="utf-8"))
    keys = {row["id"]: f"{row['system']}|{row['code']}" for row in people}
    return Tables(
        mother={keys[row["id"]]: keys[row["acts_as"]] for row in people if row["acts_as"]},
        ids={key: name for name, key in keys.items()},
        care={keys[row["id"]] for row in people if row["care"] == "oui"},
        training={keys[row["id"]] for row in people if row["in_training"] == "oui"},
        reads=reads,
        units=units,
        glass=set(settings["break_glass"]["professions"]),
        reasons=settings["reasons"],
    )


class Oracle:
    """Answers questions by reading the law from top to bottom."""

    def __init__(self, folder: Path) -> None:
        self._tables = read_tables(folder)

    def allows(self, question: Question) -> bool:
        """What the hospital's rules answer."""
        return not self.never(question) and self._granted(question)

    def allows_with_everything_permitted(self, question: Question) -> bool:
        """What they answer once somebody has written `permit(principal, action, resource);`."""
        return not self.never(question)

    def never(self, question: Question) -> list[str]:
        """Everything the law or the patient holds against it, whatever the hospital permits."""
        who, patient, how = question.actor, question.patient, question.circumstances
        kind = self._tables.units.get(who.unit, "")
        against = {
            "nobody named": not who.named,
            "one factor": who.factors < 2,
            "insurer, employer, bank, laboratory or other": how.purpose.value not in LEGAL_PURPOSES,
            "occupational medicine": kind == "sante_au_travail" or who.specialty in OCCUPATIONAL_SPECIALTIES,
            "identity": patient.identity_status != "QUAL",
            "dossier": patient.dossier != "active",
            "not enrolled": not who.enrolled,
            "blocked": patient.blocks_actor,
            "own dossier": patient.is_actor,
            "deceased": patient.deceased,
            "refused": patient.refused_this_episode and how.mode.value != "centre_15",
            "opposed to break-glass": patient.opposed_break_glass and how.mode.value == "break_glass",
            "opposed to centre 15": patient.opposed_centre_15 and how.mode.value == "centre_15",
            "no care profession": self._key(question) not in self._tables.care,
            "firefighters": kind == "incendie_secours"
            and question.action.value != "read_document"
            and (how.mode.value, how.consent.value) != ("normal", "explicit"),
            "no open access": question.action.value != "open_dossier" and not how.access_open,
            "masked": self._masked(question),
            **self._against_the_mode(question, kind),
        }
        return [name for name, true in against.items() if true]

    def _against_the_mode(self, question: Question, kind: str) -> dict[str, bool]:
        """What the law asks of each mode of opening: L1111-17 I al. 1 and 2, and III."""
        how = question.circumstances
        opens, mode = question.action.value != "read_document", how.mode.value
        reason = self._tables.reasons.get(how.reason_code)
        offered = reason is not None and mode in reason["modes"]  # type: ignore[operator]
        return {
            "nothing attested": opens and mode == "break_glass" and not how.attests_incapacity_and_risk,
            "no reason": opens and mode == "break_glass" and not offered,
            "no agreement": opens and mode == "normal" and how.consent.value == "none",
            "no physician regulates": mode == "centre_15" and self._key(question) != PHYSICIAN,
            "no regulation unit": mode == "centre_15" and kind != "samu_centre_15",
        }

    def _masked(self, question: Question) -> bool:
        document = question.document
        if document is None or not document.masked or document.deposited_by_actor:
            return False
        return question.circumstances.mode.value == "normal" or not question.patient.masked_in_emergency

    def _granted(self, question: Question) -> bool:
        if question.document is not None:
            return self._reads(question)
        mode = question.circumstances.mode.value
        if mode == "normal":
            return self._ordinary(question)
        if not self._reason(question):
            return False
        if mode == "centre_15":
            return self._regulates(question)
        return (
            question.circumstances.purpose.value == "emergency"
            and question.circumstances.attests_incapacity_and_risk
            and self._tables.ids[self._key(question)] in self._tables.glass
        )

    def _ordinary(self, question: Question) -> bool:
        patient, how = question.patient, question.circumstances
        agreed = how.consent.value == "explicit" or (
            how.consent.value == "care_team" and patient.consent_this_episode and patient.in_actor_unit
        )
        return agreed and how.purpose.value in CARE_PURPOSES and bool(self._types(question))

    def _reads(self, question: Question) -> bool:
        document, how = question.document, question.circumstances
        assert document is not None
        if document.type_code not in self._types(question) or document.status not in KNOWN_STATUSES:
            return False
        if how.mode.value == "centre_15":
            return self._regulates(question)
        return how.purpose.value in ({"emergency"} if how.mode.value == "break_glass" else CARE_PURPOSES)

    def _regulates(self, question: Question) -> bool:
        unit = self._tables.units.get(question.actor.unit)
        purpose = question.circumstances.purpose.value
        return self._key(question) == PHYSICIAN and unit == "samu_centre_15" and purpose == "regulation"

    def _reason(self, question: Question) -> bool:
        how = question.circumstances
        reason = self._tables.reasons.get(how.reason_code)
        if reason is None or how.mode.value not in reason["modes"]:  # type: ignore[operator]
            return False
        return how.reason_text_given or reason["text_at_least"] == 0

    def _types(self, question: Question) -> set[str]:
        key = self._key(question)
        return self._tables.reads.get(self._tables.mother.get(key, key), set())

    def _key(self, question: Question) -> str:
        key = f"{question.actor.profession_system}|{question.actor.profession_code}"
        return key if key in self._tables.ids else "|"
