"""What each problem says to people, French first: its title, and what to do next. One table, by stable code.

A code is the last part of a problem's `type`, and the `details.coding` of an OperationOutcome. `issue` is that
outcome's IssueType (https://hl7.org/fhir/R4/valueset-issue-type.html).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """HTTP status, FHIR issue type, then title and detail in French and in English."""

    status: int
    issue: str
    title_fr: str
    detail_fr: str
    title_en: str
    detail_en: str

    def title(self, language: str) -> str:
        """The title in `fr` or `en`."""
        return self.title_en if language == "en" else self.title_fr

    def detail(self, language: str) -> str:
        """What to do next in `fr` or `en`."""
        return self.detail_en if language == "en" else self.detail_fr


PROBLEMS: dict[str, Words] = {
    "access-refused": Words(
        403, "forbidden",
        "Accès refusé",
        "Les règles de l'établissement n'ouvrent pas ce dossier. Voyez `rules`, `near_misses` et `possible`.",
        "Access refused",
        "The hospital's rules do not open this dossier. See `rules`, `near_misses` and `possible`.",
    ),
    "access-not-open": Words(
        403, "forbidden",
        "Cet accès n'est plus ouvert",
        "Il a expiré ou a été terminé. Demandez-en un nouveau avec un nouveau `request_id`.",
        "This access is no longer open",
        "It has expired or was ended. Ask for a new one with a new `request_id`.",
    ),
    "access-required": Words(
        403, "forbidden",
        "Aucun accès ouvert à ce dossier",
        "Ouvrez d'abord un accès par POST /api/v1/accesses, puis recommencez.",
        "No open access to this dossier",
        "First open an access with POST /api/v1/accesses, then try again.",
    ),
    "not-allowed": Words(
        403, "forbidden",
        "Cet appel n'est pas pour votre fonction",
        "Appelez avec le jeton d'un membre de l'équipe soignante de l'établissement.",
        "This call is not for your role",
        "Call with the token of a member of the hospital's care staff.",
    ),
    "log-not-allowed": Words(
        403, "forbidden",
        "Le registre n'est pas pour votre fonction",
        "Il est lu par le délégué à la protection des données et, pour ce qui le concerne, par chaque patient.",
        "The log is not for your role",
        "It is read by the data protection officer and, as far as it is about them, by each patient.",
    ),
    "not-signed-in": Words(
        401, "login",
        "Jeton d'accès absent ou refusé",
        "Demandez un jeton d'accès au fournisseur d'identité de l'établissement et envoyez-le dans Authorization.",
        "Access token missing or refused",
        "Get an access token from the hospital's identity provider and send it in Authorization.",
    ),
    "cookies-refused": Words(
        400, "invalid",
        "Les cookies sont refusés ici",
        "Retirez l'en-tête Cookie : seul un jeton d'accès (Bearer) ouvre cet appel.",
        "Cookies are refused here",
        "Remove the Cookie header: only a bearer access token opens this call.",
    ),
    "not-found": Words(
        404, "not-found",
        "Introuvable",
        "Rien n'existe à cette adresse, ou rien que vous puissiez connaître.",
        "Not found",
        "Nothing exists at this address, or nothing you may know of.",
    ),
    "patient-unknown": Words(
        404, "not-found",
        "Patient inconnu",
        "Aucun patient de l'établissement ne porte cet identifiant. Vérifiez-le, ou cherchez par GET /api/v1/patients.",
        "Patient unknown",
        "No patient of the hospital has this identifier. Check it, or search with GET /api/v1/patients.",
    ),
    "document-not-found": Words(
        404, "not-found",
        "Document introuvable",
        "Ce document n'est pas dans la liste que cet accès permet de lire.",
        "Document not found",
        "This document is not in the list that this access may read.",
    ),
    "document-unreadable": Words(
        502, "exception",
        "Document illisible",
        "Les octets reçus du dossier ne sont pas ceux qu'il annonce ; rien n'a été transmis.",
        "Document unreadable",
        "The bytes received from the store are not those it announces; nothing was passed on.",
    ),
    "method-not-allowed": Words(
        405, "not-supported",
        "Méthode refusée",
        "Cette adresse existe, avec les méthodes de l'en-tête Allow.",
        "Method not allowed",
        "This address exists, with the methods of the Allow header.",
    ),
    "content-type": Words(
        415, "not-supported",
        "Type de contenu refusé",
        "Envoyez un corps application/json, en UTF-8, non compressé.",
        "Content type refused",
        "Send an application/json body, in UTF-8, not compressed.",
    ),
    "form-content-type": Words(
        415, "not-supported",
        "Type de contenu refusé",
        "Une recherche se poste en application/x-www-form-urlencoded.",
        "Content type refused",
        "A search is posted as application/x-www-form-urlencoded.",
    ),
    "too-large": Words(
        413, "too-long",
        "Corps trop grand",
        "Le corps de la demande dépasse la limite ; il n'a pas été lu.",
        "Body too large",
        "The request's body exceeds the limit; it was not read.",
    ),
    "length-required": Words(
        411, "invalid",
        "Longueur du corps absente",
        "Annoncez la longueur du corps par l'en-tête Content-Length.",
        "Body length missing",
        "Announce the length of the body in the Content-Length header.",
    ),
    "malformed-json": Words(
        400, "structure",
        "JSON mal formé",
        "Le corps doit être un seul objet JSON (RFC 8259) en UTF-8.",
        "Malformed JSON",
        "The body must be one JSON object (RFC 8259) in UTF-8.",
    ),
    "duplicate-member": Words(
        400, "structure",
        "Donnée répétée",
        "Un membre ou un paramètre est donné deux fois : donnez-le une fois.",
        "Repeated member",
        "A member or parameter is given twice: give it once.",
    ),
    "too-deep": Words(
        400, "structure",
        "JSON trop imbriqué",
        "Le corps est imbriqué au-delà de ce qu'un appel demande.",
        "JSON nested too deeply",
        "The body is nested beyond what any call needs.",
    ),
    "unwanted-characters": Words(
        400, "structure",
        "Caractères refusés",
        "Un texte contient des caractères de contrôle ou des demi-codets isolés : retirez-les.",
        "Characters refused",
        "A text holds control characters or lone surrogates: remove them.",
    ),
    "bad-request": Words(
        400, "invalid",
        "Demande incomprise",
        "La demande n'est pas du HTTP bien formé.",
        "Request not understood",
        "The request is not well-formed HTTP.",
    ),
    "invalid-request": Words(
        422, "invalid",
        "Demande invalide",
        "Corrigez ce que nomme `errors`, selon /api/v1/openapi.json.",
        "Invalid request",
        "Mend what `errors` names, by /api/v1/openapi.json.",
    ),
    "unknown-member": Words(
        422, "invalid",
        "Membre inconnu",
        "Cet appel ne prend pas ce membre : retirez-le.",
        "Unknown member",
        "This call does not take this member: remove it.",
    ),
    "patient-unclear": Words(
        422, "invalid",
        "Patient mal désigné",
        "Désignez le patient d'une seule façon : `ins` et `oid`, ou `ipp`, ou (recherche) nom, prénom et naissance.",
        "Patient not clearly named",
        "Name the patient in exactly one way: `ins` and `oid`, or `ipp`, or (search) family, given and birthdate.",
    ),
    "query-birth-date": Words(
        422, "invalid",
        "Date de naissance invalide",
        "Donnez une date qui existe, AAAA-MM-JJ.",
        "Invalid birth date",
        "Give a date that exists, YYYY-MM-DD.",
    ),
    "ins-length": Words(
        422, "invalid",
        "Matricule INS : longueur",
        "Un matricule INS a 15 caractères, clé comprise.",
        "INS number: length",
        "An INS number has 15 characters, key included.",
    ),
    "ins-characters": Words(
        422, "invalid",
        "Matricule INS : caractères",
        "Un matricule INS ne contient que des chiffres, ou 2A et 2B pour la Corse.",
        "INS number: characters",
        "An INS number holds digits only, or 2A and 2B for Corsica.",
    ),
    "ins-key": Words(
        422, "invalid",
        "Matricule INS : clé",
        "La clé ne correspond pas aux 13 premiers caractères : un chiffre est sans doute faux.",
        "INS number: key",
        "The key does not match the first 13 characters: a digit is probably wrong.",
    ),
    "ins-oid-unknown": Words(
        422, "invalid",
        "Matricule INS : OID",
        "L'OID doit être un de ceux de l'INS : 1.2.250.1.213.1.4.8, .9, .10 ou .11.",
        "INS number: OID",
        "The OID must be one of the INS's: 1.2.250.1.213.1.4.8, .9, .10 or .11.",
    ),
    "ins-oid-forbidden": Words(
        422, "invalid",
        "Matricule INS : OID refusé ici",
        "Un matricule de test n'est pas accepté en production, ni un vrai en démonstration.",
        "INS number: OID refused here",
        "A test number is not accepted in production, nor a real one in the demo.",
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
    "reason-required": Words(
        422, "required",
        "Motif manquant",
        "Un accès d'urgence demande un motif : `reason.code`.",
        "Reason missing",
        "An emergency access needs a reason: `reason.code`.",
    ),
    "reason-unknown": Words(
        422, "code-invalid",
        "Motif inconnu",
        "Les motifs que les règles en vigueur proposent sont dans `reasons`.",
        "Unknown reason",
        "The reasons that the rules in force offer are in `reasons`.",
    ),
    "reason-text-required": Words(
        422, "required",
        "Motif à préciser",
        "Ce motif demande un texte : sa longueur est dans `reasons`.",
        "Reason text missing",
        "This reason needs a text: how long is in `reasons`.",
    ),
    "reason-text-too-long": Words(
        422, "too-long",
        "Motif trop long",
        "Le texte du motif a 500 caractères au plus.",
        "Reason text too long",
        "The text of a reason has at most 500 characters.",
    ),
    "reason-unexpected": Words(
        422, "invalid",
        "Motif inattendu",
        "Un accès ordinaire ne prend pas de motif : il repose sur le consentement.",
        "Unexpected reason",
        "A normal access takes no reason: it rests on consent.",
    ),
    "consent-unexpected": Words(
        422, "invalid",
        "Consentement inattendu",
        "Un accès d'urgence suppose un patient hors d'état de s'exprimer : demandez `normal`, ou retirez `consent`.",
        "Unexpected consent",
        "An emergency access supposes a patient unable to answer: ask for `normal`, or remove `consent`.",
    ),
    "request-id-reused": Words(
        409, "conflict",
        "Identifiant de demande déjà utilisé",
        "Ce `request_id` a servi à une autre demande : rien n'a été ouvert. Prenez-en un nouveau.",
        "Request id already used",
        "This `request_id` served another request: nothing was opened. Take a new one.",
    ),
    "record-unavailable": Words(
        503, "transient",
        "Enregistrement impossible",
        "L'accès n'a pas pu être inscrit au registre : rien n'a été ouvert. Réessayez avec le même `request_id`.",
        "Recording impossible",
        "The access could not be recorded in the log: nothing was opened. Try again with the same `request_id`.",
    ),
    "dossier-unavailable": Words(
        503, "transient",
        "Dossier injoignable",
        "Le dossier n'a pas répondu à temps. L'accès reste ouvert : réessayez.",
        "Dossier out of reach",
        "The dossier store did not answer in time. The access stays open: try again.",
    ),
    "identity-provider-unavailable": Words(
        503, "transient",
        "Fournisseur d'identité injoignable",
        "Les clés du fournisseur d'identité ne peuvent pas être obtenues : réessayez.",
        "Identity provider out of reach",
        "The identity provider's keys cannot be had: try again.",
    ),
    "unavailable": Words(
        503, "transient",
        "Momentanément indisponible",
        "Un élément nécessaire ne répond pas : réessayez dans un instant.",
        "Unavailable for the moment",
        "Something needed does not answer: try again in a moment.",
    ),
    "unexpected": Words(
        500, "exception",
        "Erreur inattendue",
        "Donnez la référence à l'informatique de l'établissement.",
        "Unexpected error",
        "Give the reference to the hospital's IT.",
    ),
}  # fmt: skip
