"""The problems of whoever asks for the record (`/fhir/AuditEvent`)."""

from gateway.api.words import Words

LOG_PROBLEMS: dict[str, Words] = {
    "log-not-allowed": Words(
        403, "forbidden",
        "Le registre n'est pas pour votre fonction",
        "Il est lu par le délégué à la protection des données et, pour ce qui le concerne, par chaque patient.",
        "The log is not for your role",
        "It is read by the data protection officer and, as far as it is about them, by each patient.",
    ),
    "date-required": Words(
        422, "required",
        "Période manquante",
        "Donnez la période : `date=ge2026-11-01`, et sa fin si besoin : `date=lt2026-12-01` (UTC).",
        "Period missing",
        "Give the period: `date=ge2026-11-01`, and its end if need be: `date=lt2026-12-01` (UTC).",
    ),
    "date-invalid": Words(
        422, "value",
        "Période invalide",
        "`date` est une date FHIR précédée de ge, gt, le, lt ou eq ; la fin vient après le début.",
        "Invalid period",
        "`date` is a FHIR date after one of ge, gt, le, lt or eq; the end comes after the start.",
    ),
    "page-mark": Words(
        422, "value",
        "Page inconnue",
        "Suivez le lien `next` tel quel, ou refaites la recherche.",
        "Unknown page",
        "Follow the `next` link as it is, or search again.",
    ),
}  # fmt: skip
