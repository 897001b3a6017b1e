"""A question's facts as lines for people who look at one: no identifier of anybody, and what is false left out."""

import dataclasses

from policies import Question


def facts_of(question: Question) -> tuple[tuple[str, str], ...]:
    """(fact, value) in reading order: `actor.unit`, `URG`; a fact that is true has the value `true`."""
    told = [("action", question.action.value)]
    for part in ("actor", "patient", "circumstances", "document"):
        facts = getattr(question, part)
        if facts is None:
            continue
        for field in dataclasses.fields(facts):
            value = getattr(facts, field.name)
            if field.name != "id" and value is not False and value != "":
                told.append((f"{part}.{field.name}", "true" if value is True else str(value)))
    return tuple(told)
