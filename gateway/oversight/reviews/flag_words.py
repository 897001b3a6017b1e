"""The sentence of each flag, in French and English, with its evidence; and of each rule that explains an access."""

from collections.abc import Mapping

FLAG_WORDS: Mapping[str, tuple[str, str]] = {
    "no_admission": (
        "Aucune venue du patient à l'hôpital dans les {hours} h avant ou après l'accès.",
        "No admission of the patient within {hours} h before or after the access.",
    ),
    "same_surname": (
        "La personne qui a ouvert le dossier porte le nom du patient ({which_fr}).",
        "The person who opened the record bears the patient's name ({which_en}).",
    ),
    "same_address": (
        "La personne qui a ouvert le dossier habite à l'adresse du patient.",
        "The person who opened the record lives at the patient's address.",
    ),
    "reader_is_patient": (
        "La personne qui a ouvert le dossier est le patient lui-même.",
        "The person who opened the record is the patient.",
    ),
    "colleague": ("Le patient travaille à l'hôpital.", "The patient works at the hospital."),
    "protected": (
        "Le patient est signalé comme personne à protéger.",
        "The patient is marked as a person under protection.",
    ),
    "repeat_reader": (
        "La même personne avait déjà ouvert ce dossier {times} fois en {days} jours, dans d'autres épisodes.",
        "The same person had opened this record {times} times in {days} days, in other episodes.",
    ),
    "unusual_volume": (
        "{count} accès en urgence par cette personne en 24 h ; la médiane du service est de {median} (score {score}).",
        "{count} emergency accesses by this person in 24 h; the unit's median is {median} (score {score}).",
    ),
    "unusual_hour": (
        "Ouvert vers {hour} h : {near} des {total} accès du service ont eu lieu à une heure près.",
        "Opened around {hour}:00: {near} of the unit's {total} accesses took place within an hour of it.",
    ),
    "contested": ("Le patient conteste cet accès ({times}).", "The patient contests this access ({times})."),
    "other_reason": (
        "Le motif choisi est « autre », à lire.",
        "The reason chosen is “other”, to be read.",
    ),
}

EXPLANATION_RULES: Mapping[str, tuple[str, str]] = {
    "admission_reader_unit": (
        "Le patient a été admis dans le service de la personne qui a ouvert le dossier.",
        "The patient was admitted to the unit of the person who opened the record.",
    ),
    "admission_emergency_unit": (
        "Le patient a été admis aux urgences.",
        "The patient was admitted to the emergency department.",
    ),
    "admission_other_unit": (
        "Le patient a été admis dans un autre service de l'hôpital.",
        "The patient was admitted to another unit of the hospital.",
    ),
}
_NAMES = {"birth_name": ("nom de naissance", "birth name"), "used_name": ("nom utilisé", "used name")}


def sentences_of(code: str, evidence: Mapping[str, int | str]) -> tuple[str, str]:
    """French and English; the code itself where a newer part of the gateway raised it."""
    french, english = FLAG_WORDS.get(code, (code, code))
    values: dict[str, int | str] = dict(evidence)
    if "which" in values:
        values["which_fr"], values["which_en"] = _NAMES.get(str(values["which"]), ("", ""))
    try:
        return french.format(**values), english.format(**values)
    except (KeyError, IndexError):
        return code, code
