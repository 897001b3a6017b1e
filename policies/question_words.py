"""The facts of a question in plain words, French and English: what a counterexample shows to hospital IT at a terminal.

The pages say them in the same words. No identifier of anybody; what is false is left out, but where that is the point.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.question import Mode, Question

Pair = tuple[str, str]  # French, English

LABELS: Mapping[str, Pair] = {
    "action": ("Action", "Action"),
    "actor.category": ("Catégorie", "Category"),
    "actor.factors": ("Connexion prouvée par", "Sign-in proven by"),
    "patient.identity_status": ("Identité INS", "INS identity"),
    "patient.dossier": ("Dossier partagé", "Shared dossier"),
    "circumstances.mode": ("Mode", "Mode"),
    "circumstances.purpose": ("Finalité", "Purpose"),
    "circumstances.consent": ("Accord du patient", "The patient's agreement"),
    "circumstances.reason_code": ("Motif d'urgence", "Emergency reason"),
    "document.class_code": ("Classe", "Class"),
    "document.status": ("État du document", "State of the document"),
    "actor.specialty": ("Spécialité (code)", "Specialty (code)"),
    "actor.unit": ("Unité (code)", "Unit (code)"),
    "actor.establishment": ("Établissement (FINESS)", "Establishment (FINESS)"),
    "actor.profession": ("Profession", "Profession"),
    "document.type_code": ("Type de document", "Type of document"),
}
VALUES: Mapping[str, Mapping[str, Pair]] = {
    "action": {
        "open_dossier": ("ouvrir le dossier", "open the dossier"),
        "read_document": ("lire un document", "read a document"),
        "extend_access": ("prolonger l'accès", "extend the access"),
    },
    "actor.category": {
        "C": ("civil", "civil"),
        "E": ("étudiant", "student"),
        "M": ("agent public", "public agent"),
        "": ("inconnue", "unknown"),
    },
    "actor.factors": {
        "2": ("deux facteurs", "two factors"),
        "1": ("un seul facteur", "one factor only"),
        "0": ("aucun", "none"),
    },
    "patient.identity_status": {
        "QUAL": ("qualifiée", "qualified"),
        "VALI": ("validée", "validated"),
        "RECUP": ("récupérée", "retrieved"),
        "PROV": ("provisoire", "provisional"),
    },
    "patient.dossier": {
        "active": ("actif", "active"),
        "closed": ("fermé", "closed"),
        "absent": ("absent", "absent"),
    },
    "circumstances.mode": {
        "normal": ("accès ordinaire", "ordinary access"),
        "break_glass": ("bris de glace", "break-glass"),
        "centre_15": ("SAMU-Centre 15", "SAMU-Centre 15"),
    },
    "circumstances.purpose": {
        "care": ("soins", "care"),
        "emergency": ("urgence", "emergency"),
        "regulation": ("régulation d'un appel", "regulation of a call"),
        "insurance": ("assurance", "insurance"),
        "employment": ("emploi", "employment"),
        "banking": ("banque", "bank"),
        "pharmaceutical": ("industrie pharmaceutique", "pharmaceutical industry"),
        "occupational_health": ("médecine du travail", "occupational health"),
        "other": ("autre finalité", "another purpose"),
    },
    "circumstances.consent": {
        "none": ("aucun accord", "no agreement"),
        "explicit": ("accord donné à l'instant", "agreement given just now"),
        "care_team": ("équipe de soins", "care team"),
    },
    "circumstances.reason_code": {
        "": ("aucun motif", "no reason"),
        "vital_emergency": ("urgence vitale", "vital emergency"),
        "unable_to_express": ("hors d'état de s'exprimer", "unable to express their will"),
        "immediate_risk": ("risque immédiat", "immediate risk"),
        "regulation": ("régulation d'un appel", "regulation of a call"),
        "other": ("autre motif", "another reason"),
    },
    "document.class_code": {
        "10": ("10 – compte rendu", "10 – report"),
        "11": ("11 – synthèse", "11 – synthesis"),
        "31": ("31 – imagerie", "31 – imaging"),
        "42": ("42 – prescription", "42 – prescription"),
        "43": ("43 – dispensation", "43 – dispensing"),
        "44": ("44 – plan de soins", "44 – care plan"),
        "52": ("52 – certificat, vaccination", "52 – certificate, vaccination"),
        "60": ("60 – remboursement", "60 – reimbursement"),
        "90": ("90 – expression du patient", "90 – the patient's own words"),
        "95": ("95 – document administratif", "95 – administrative document"),
    },
    "document.status": {
        "current": ("en vigueur", "current"),
        "archived": ("archivé", "archived"),
        "obsolete": ("remplacé", "replaced"),
    },
}
TRUE: Mapping[str, Pair] = {
    "actor.named": ("personne nommée (et non un logiciel)", "named person (not software)"),
    "actor.enrolled": (
        "établissement enrôlé pour l'accès sans carte",
        "establishment enrolled for access without a card",
    ),
    "circumstances.access_open": ("un accès à ce dossier est déjà ouvert", "an access to this dossier is already open"),
    "patient.present": ("présent dans l'établissement", "present in the hospital"),
    "patient.in_actor_unit": ("admis dans l'unité du professionnel", "admitted in the professional's unit"),
    "patient.consent_this_episode": (
        "accord déjà recueilli pour cet épisode",
        "agreement already recorded for this episode",
    ),
    "patient.refused_this_episode": ("a refusé pour cet épisode", "refused for this episode"),
    "patient.opposed_break_glass": ("s'est opposé au bris de glace", "opposed break-glass"),
    "patient.opposed_centre_15": ("s'est opposé à l'accès du SAMU-Centre 15", "opposed access by the SAMU-Centre 15"),
    "patient.masked_in_emergency": (
        "laisse ouvrir ses documents masqués en urgence",
        "lets masked documents be opened in an emergency",
    ),
    "patient.blocks_actor": ("a bloqué ce professionnel", "blocked this professional"),
    "patient.is_actor": ("est ce professionnel lui-même", "is this very professional"),
    "patient.deceased": ("est décédé", "is deceased"),
    "document.masked": ("masqué par le patient", "masked by the patient"),
    "document.invisible_to_patient": ("pas encore annoncé au patient", "not yet announced to the patient"),
    "document.invisible_to_representatives": ("caché aux représentants légaux", "hidden from legal representatives"),
    "document.deposited_by_actor": ("déposé par ce professionnel", "deposited by this professional"),
    "circumstances.attests_incapacity_and_risk": (
        "atteste l'incapacité et le risque immédiat",
        "attests incapacity and immediate risk",
    ),
    "circumstances.reason_text_given": (
        "motif écrit en 10 caractères au moins",
        "reason written in 10 characters at least",
    ),
}
WHOSE: Mapping[str, Pair] = {"patient": ("Patient", "Patient"), "document": ("Document", "Document")}
# What a question that opens nothing may lack: worth saying even where it is false.
EVEN_FALSE = ("actor.named", "actor.enrolled")
ATTESTED = "circumstances.attests_incapacity_and_risk"
YES, NO = ("oui", "yes"), ("non", "no")


@dataclass(frozen=True, slots=True)
class Names:
    """What a hospital's own files call its codes: professions by `system|code`, document types by code."""

    professions: Mapping[str, Pair]
    types: Mapping[str, str]


NO_NAMES = Names({}, {})


def question_lines(question: Question, language: str, names: Names = NO_NAMES) -> Iterator[str]:
    """`Mode : bris de glace`, a fact a line; a code without a name is shown as it is."""
    tongue = 0 if language == "fr" else 1
    colon = " : " if language == "fr" else ": "
    yield f"{LABELS['action'][tongue]}{colon}{VALUES['action'][question.action.value][tongue]}"
    key = f"{question.actor.profession_system}|{question.actor.profession_code}"
    yield f"{LABELS['actor.profession'][tongue]}{colon}{plain(names.professions.get(key, (key, key))[tongue])}"
    for fact, value in _facts(question):
        if fact == "document.type_code":
            label = names.types.get(str(value), "")
            yield f"{LABELS[fact][tongue]}{colon}{plain(f'{label} ({value})' if label else str(value))}"
        elif fact in LABELS:
            known = VALUES.get(fact, {}).get(str(value))
            yield f"{LABELS[fact][tongue]}{colon}{known[tongue] if known else plain(str(value))}"
        elif fact in TRUE:
            yield f"{_about(fact, tongue, colon)}{colon}{(YES if value is True else NO)[tongue]}"


def plain(text: str) -> str:
    """Text from a file, without what could disturb a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _facts(question: Question) -> Iterator[tuple[str, object]]:
    """Every fact that is told, but who asks by which profession, in reading order."""
    for part in ("actor", "patient", "circumstances", "document"):
        held = getattr(question, part)
        for name in held.__slots__ if held is not None else ():
            fact, value = f"{part}.{name}", getattr(held, name)
            told = (value is not False and value != "") or _missed(fact, question)
            if told and name not in ("id", "profession_system", "profession_code"):
                yield fact, value


def _missed(fact: str, question: Question) -> bool:
    """Worth saying although it is false: who is nobody, and who breaks the glass without attesting."""
    unattested = fact == ATTESTED and question.circumstances.mode is Mode.BREAK_GLASS
    return fact in EVEN_FALSE or unattested


def _about(fact: str, tongue: int, colon: str) -> str:
    whose = WHOSE.get(fact.partition(".")[0])
    said = TRUE[fact][tongue]
    return f"{whose[tongue]}{colon}{said}" if whose else said
