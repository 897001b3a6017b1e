"""The words for every code a page shows: one table a subject, French here, English through the catalogue.

Templates write `{{ "break_glass" | word("mode") }}`. A code that is not in its table is shown as it is, so that a
newer part of the gateway never makes a page fail.
"""

from collections.abc import Mapping

from gateway.identity.staff_member import TRE_G15, TRE_G16, StaffMember
from gateway.web.language import _, in_language, later
from gateway.web.parts import gateway

_MODES = {
    "normal": later("accès ordinaire"),
    "break_glass": later("accès en urgence (bris de glace)"),
    "centre_15": later("accès en urgence (SAMU-Centre 15)"),
}
_CONSENTS = {
    "care_team": later("accord recueilli par l'équipe de soins"),
    "explicit": later("accord oral du patient"),
    "none": later("sans accord"),
}
_SECTIONS = {
    "vital_alerts": later("Alertes vitales"),
    "allergies": later("Allergies et intolérances"),
    "treatments": later("Traitements"),
    "problems": later("Problèmes actifs"),
    "history": later("Antécédents et actes"),
    "devices": later("Dispositifs implantés"),
    "advance_directives": later("Directives anticipées"),
    "contacts": later("Personnes à joindre"),
    "recent_documents": later("Derniers documents"),
    "key_results": later("Biologie et constantes"),
    "vaccinations": later("Vaccinations"),
}
# What "none" is said of, in the gender and number each section's subject takes.
_NONE_KNOWN = {
    "vital_alerts": later("Aucune alerte"),
    "allergies": later("Aucune allergie connue"),
    "treatments": later("Aucun traitement en cours"),
    "problems": later("Aucun problème actif connu"),
    "history": later("Aucun antécédent connu"),
    "devices": later("Aucun dispositif implanté"),
    "advance_directives": later("Aucune directive anticipée rédigée"),
    "contacts": later("Personne à joindre : aucune"),
    "recent_documents": later("Aucun document"),
    "key_results": later("Aucun résultat"),
    "vaccinations": later("Aucune vaccination"),
}
_ALERTS = {
    "allergy": later("Allergie grave"),
    "anticoagulant": later("Anticoagulant"),
    "antiplatelet": later("Antiagrégant"),
    "insulin": later("Insuline"),
    "immunosuppression": later("Immunodépression"),
    "implanted_device": later("Dispositif implanté (IRM)"),
    "pregnancy": later("Grossesse"),
    "resistant_bacteria": later("Bactérie résistante"),
    "advance_directives": later("Directives anticipées"),
    "attention": later("Point de vigilance"),
}
_LINE_KINDS = {
    "adverse_effect": later("effet indésirable"),
    "admission": later("à l'entrée"),
    "discharge": later("à la sortie"),
    "administered": later("administré"),
    "prescribed": later("prescrit"),
    "dispensed": later("délivré"),
    "stopped": later("arrêté"),
    "planned": later("prévu"),
    "discharge_diagnosis": later("diagnostic de sortie"),
    "admission_diagnosis": later("diagnostic d'entrée"),
    "tumour": later("tumeur"),
    "reason": later("motif de venue"),
    "act": later("acte"),
    "stay": later("séjour"),
    "event": later("événement"),
    "pregnancy": later("grossesse"),
    "family": later("familial"),
    "lifestyle": later("mode de vie"),
    "occupational": later("professionnel"),
    "functional_status": later("état fonctionnel"),
    "vital_sign": later("constante"),
}
_RESULTS = {
    "creatinine": later("Créatinine"),
    "egfr": later("DFG estimé"),
    "potassium": later("Potassium"),
    "haemoglobin": later("Hémoglobine"),
    "platelets": later("Plaquettes"),
    "inr": later("INR"),
    "hba1c": later("HbA1c"),
    "blood_group": later("Groupe sanguin"),
}
_CONTACTS = {
    "medecin_traitant": later("Médecin traitant"),
    "general_practitioner": later("Médecin traitant"),
    "trusted_person": later("Personne de confiance"),
    "emergency_contact": later("À prévenir en urgence"),
    "contact": later("À prévenir"),
    "legal_representative": later("Représentant légal"),
    "guardian": later("Représentant légal"),
    "referring_physician": later("Médecin référent"),
    "caregiver": later("Aidant"),
    "relative": later("Proche"),
    "patient": later("Patient"),
}
_UNREAD = {
    "not_fetched": later("n'a pas répondu à temps"),
    "unreadable": later("illisible par le programme"),
    "too_large": later("trop volumineux"),
    "not_structured": later("document à lire (non structuré)"),
    "replaced": later("remplacé par une version plus récente"),
}
_SEXES = {"M": later("masculin"), "F": later("féminin"), "U": later("sexe inconnu")}
_STATUSES = {
    "QUAL": later("qualifiée"),
    "VALI": later("validée"),
    "RECUP": later("récupérée"),
    "PROV": later("provisoire"),
}
_CLASSES = {
    "10": later("comptes rendus"),
    "11": later("synthèses"),
    "31": later("imagerie"),
    "42": later("prescriptions"),
    "43": later("médicaments délivrés"),
    "44": later("plans de soins"),
    "52": later("certificats et vaccinations"),
    "60": later("remboursements"),
    "90": later("vos propres documents (volontés, directives)"),
    "95": later("documents administratifs"),
}
_POSSIBLE = {
    "ask_patient": later("Demander son accord au patient : l'accès ordinaire est alors possible."),
    "break_glass": later("Ouvrir en urgence, si le patient est hors d'état de répondre et court un risque immédiat."),
    "hospital_record": later("Consulter le dossier de l'hôpital : il n'est pas concerné par ce refus."),
    "medecin_traitant": later("Appeler le médecin traitant."),
    "trusted_person": later("Joindre la personne de confiance."),
    "verify_identity": later("Faire vérifier l'identité (INS) par le bureau des admissions."),
    "ask_when_awake": later("Demander au patient lui-même dès qu'il peut répondre."),
    "call_it": later("Appeler l'informatique de l'hôpital : les règles n'ont pas pu être appliquées."),
    "patient_portal": later("Consulter votre propre dossier par votre espace patient, comme tout patient."),
}
_DOCUMENT_STATES = {"current": later("en vigueur"), "archived": later("archivé"), "obsolete": later("remplacé")}
_NOTICES = {
    "": later("aucun message dû"),
    "pending": later("message en attente"),
    "sending": later("message en cours d'envoi"),
    "sent": later("message envoyé"),
    "held": later("message retenu"),
    "person": later("message à remettre par une personne"),
    "delivered": later("message arrivé"),
    "escalated": later("message en attente du canal suivant"),
    "closed": later("message clos sans destinataire"),
}
_EFFECTS = {"permit": later("autorise"), "forbid": later("interdit")}
_CHECKS = {
    "database": later("base de données"),
    "policies": later("règles"),
    "checkpoints": later("journal signé"),
    "notices": later("messages aux patients"),
}
_PROFESSIONS = {
    (TRE_G15, "10"): later("Médecin"),
    (TRE_G15, "21"): later("Pharmacien"),
    (TRE_G15, "40"): later("Chirurgien-dentiste"),
    (TRE_G15, "50"): later("Sage-femme"),
    (TRE_G15, "60"): later("Infirmier"),
    (TRE_G15, "70"): later("Masseur-kinésithérapeute"),
    (TRE_G16, "10"): later("Médecin en formation (interne)"),
    (TRE_G16, "21"): later("Pharmacien en formation"),
    (TRE_G16, "50"): later("Sage-femme en formation"),
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "mode": _MODES,
    "consent": _CONSENTS,
    "section": _SECTIONS,
    "none_known": _NONE_KNOWN,
    "alert": _ALERTS,
    "line": _LINE_KINDS,
    "result": _RESULTS,
    "contact": _CONTACTS,
    "unread": _UNREAD,
    "sex": _SEXES,
    "identity_status": _STATUSES,
    "class": _CLASSES,
    "possible": _POSSIBLE,
    "document_state": _DOCUMENT_STATES,
    "notice": _NOTICES,
    "effect": _EFFECTS,
    "check": _CHECKS,
}


def word(code: object, table: str) -> str:
    """The words of a code of this table, in the reader's language; the code itself where there are none."""
    known = TABLES[table].get(str(code))
    return _(known) if known is not None else str(code)


def reason(code: str) -> str:
    """The reason of an emergency access as a professional reads it, in the words of the rules in force."""
    known = gateway().rules.current().settings.reason(code)
    return in_language(known.label_fr, known.label_en) if known is not None else code


def reason_for_patient(code: str) -> str:
    """The same reason as its patient reads it."""
    known = gateway().rules.current().settings.reason(code)
    return in_language(known.patient_fr, known.patient_en) if known is not None else code


def has_word(code: object, table: str) -> bool:
    """Whether the table knows the code."""
    return str(code) in TABLES[table]


def profession(person: StaffMember) -> str:
    """`Médecin`, `Médecin en formation (interne)`: code and code system together, since codes collide."""
    held = person.profession
    known = _PROFESSIONS.get((held.system, held.code)) if held is not None else None
    return _(known) if known is not None else _("Professionnel")
