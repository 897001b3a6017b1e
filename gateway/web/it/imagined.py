"""A question nobody asked yet: the facts of a form, made into one `Question` for the rules. No person is behind it.

Everything comes from the address, so that a question can be kept as a bookmark and sent to a colleague.
"""

from collections.abc import Mapping

from gateway.errors import InvalidRequest
from gateway.web.language import _, later
from policies import Action, Actor, Circumstances, ConsentBasis, Document, Mode, Patient, Purpose, Question

Choices = tuple[tuple[str, str], ...]  # (value, words in the reader's language)

# The situation the form starts from: an intern without a card and a patient who cannot answer.
FIRST: Mapping[str, str] = {
    "action": "open_dossier",
    "profession": "1.2.250.1.71.1.2.8|10",
    "unit": "URG",
    "category": "E",
    "specialty": "",
    "factors": "2",
    "mode": "break_glass",
    "purpose": "emergency",
    "consent": "none",
    "reason": "vital_emergency",
    "identity_status": "QUAL",
    "dossier": "active",
    "type": "11490-0",
    "class": "10",
    "status": "current",
    "named": "1",
    "enrolled": "1",
    "attests": "1",
    "present": "1",
    "in_actor_unit": "1",
}
_LONGEST = 60
ACTOR_FACTS: Choices = (
    ("named", later("personne nommée (et non un logiciel)")),
    ("enrolled", later("établissement enrôlé pour l'accès sans carte")),
)
ASKING_FACTS: Choices = (
    ("attests", later("atteste l'incapacité et le risque immédiat")),
    ("reason_text", later("motif écrit en 10 caractères au moins")),
    ("access_open", later("un accès à ce dossier est déjà ouvert")),
)
PATIENT_FACTS: Choices = (
    ("present", later("présent dans l'établissement")),
    ("in_actor_unit", later("admis dans l'unité du professionnel")),
    ("consent_this_episode", later("accord déjà recueilli pour cet épisode")),
    ("refused_this_episode", later("a refusé pour cet épisode")),
    ("opposed_break_glass", later("s'est opposé au bris de glace")),
    ("opposed_centre_15", later("s'est opposé à l'accès du SAMU-Centre 15")),
    ("masked_in_emergency", later("laisse ouvrir ses documents masqués en urgence")),
    ("blocks_actor", later("a bloqué ce professionnel")),
    ("is_actor", later("est ce professionnel lui-même")),
    ("deceased", later("est décédé")),
)
DOCUMENT_FACTS: Choices = (
    ("masked", later("masqué par le patient")),
    ("invisible_to_patient", later("pas encore annoncé au patient")),
    ("invisible_to_representatives", later("caché aux représentants légaux")),
    ("deposited_by_actor", later("déposé par ce professionnel")),
)
_CHOICES: Mapping[str, Choices] = {
    "action": (
        ("open_dossier", later("ouvrir le dossier")),
        ("read_document", later("lire un document")),
        ("extend_access", later("prolonger l'accès")),
    ),
    "mode": (
        ("normal", later("accès ordinaire")),
        ("break_glass", later("bris de glace")),
        ("centre_15", later("SAMU-Centre 15")),
    ),
    "purpose": (
        ("care", later("soins")),
        ("emergency", later("urgence")),
        ("regulation", later("régulation d'un appel")),
        ("insurance", later("assurance")),
        ("employment", later("emploi")),
        ("banking", later("banque")),
        ("pharmaceutical", later("industrie pharmaceutique")),
        ("occupational_health", later("médecine du travail")),
        ("other", later("autre finalité")),
    ),
    "consent": (
        ("none", later("aucun accord")),
        ("explicit", later("accord donné à l'instant")),
        ("care_team", later("équipe de soins")),
    ),
    "reason": (
        ("", later("aucun motif")),
        ("vital_emergency", later("urgence vitale")),
        ("unable_to_express", later("hors d'état de s'exprimer")),
        ("immediate_risk", later("risque immédiat")),
        ("regulation", later("régulation d'un appel")),
        ("other", later("autre motif")),
    ),
    "identity_status": (
        ("QUAL", later("qualifiée")),
        ("VALI", later("validée")),
        ("RECUP", later("récupérée")),
        ("PROV", later("provisoire")),
    ),
    "dossier": (("active", later("actif")), ("closed", later("fermé")), ("absent", later("absent"))),
    "category": (
        ("C", later("civil")),
        ("E", later("étudiant")),
        ("M", later("agent public")),
        ("", later("inconnue")),
    ),
    "status": (
        ("current", later("en vigueur")),
        ("archived", later("archivé")),
        ("obsolete", later("remplacé")),
    ),
    "factors": (("2", later("deux facteurs")), ("1", later("un seul facteur")), ("0", later("aucun"))),
    "class": (
        ("10", later("10 – compte rendu")),
        ("11", later("11 – synthèse")),
        ("31", later("31 – imagerie")),
        ("42", later("42 – prescription")),
        ("43", later("43 – dispensation")),
        ("44", later("44 – plan de soins")),
        ("52", later("52 – certificat, vaccination")),
        ("60", later("60 – remboursement")),
        ("90", later("90 – expression du patient")),
        ("95", later("95 – document administratif")),
    ),
}


def choices() -> dict[str, Choices]:
    """What each list of the form offers, in the reader's language."""
    return {name: tuple((value, _(text)) for value, text in offered) for name, offered in _CHOICES.items()}


def facts_of(form: Mapping[str, str]) -> dict[str, str]:
    """The form's fields at their known lengths; the first situation where nothing was asked yet.

    Raises `InvalidRequest` naming the first field whose word is not one of those offered.
    """
    if form.get("asked") != "1":
        return {**FIRST, **{name: form[name][:_LONGEST] for name in FIRST if name in form}}
    facts = {name: value.strip()[:_LONGEST] for name, value in form.items()}
    for name, offered in _CHOICES.items():
        if facts.setdefault(name, FIRST[name]) not in {value for value, _text in offered}:
            raise InvalidRequest("not one of the words offered", field=name)
    return facts


def question_of(facts: Mapping[str, str], establishment: str) -> Question:
    """The question these facts make, put from an establishment (FINESS)."""
    action = Action(facts["action"])
    system, _bar, code = facts.get("profession", "").rpartition("|")
    return Question(
        action=action,
        actor=Actor(
            id="imagined",
            profession_system=system,
            profession_code=code,
            specialty=facts.get("specialty", ""),
            category=facts["category"],
            unit=facts.get("unit", ""),
            establishment=establishment,
            named=_yes(facts, "named"),
            factors=int(facts["factors"]),
            enrolled=_yes(facts, "enrolled"),
        ),
        patient=_patient(facts),
        circumstances=Circumstances(
            mode=Mode(facts["mode"]),
            purpose=Purpose(facts["purpose"]),
            consent=ConsentBasis(facts["consent"]),
            attests_incapacity_and_risk=_yes(facts, "attests"),
            reason_code=facts["reason"],
            reason_text_given=_yes(facts, "reason_text"),
            # A document is only ever read under an open access.
            access_open=_yes(facts, "access_open") or action is Action.READ_DOCUMENT,
        ),
        document=_document(facts) if action is Action.READ_DOCUMENT else None,
    )


def _patient(facts: Mapping[str, str]) -> Patient:
    return Patient(
        id="imagined",
        identity_status=facts["identity_status"],
        dossier=facts["dossier"],
        opposed_break_glass=_yes(facts, "opposed_break_glass"),
        opposed_centre_15=_yes(facts, "opposed_centre_15"),
        masked_in_emergency=_yes(facts, "masked_in_emergency"),
        blocks_actor=_yes(facts, "blocks_actor"),
        is_actor=_yes(facts, "is_actor"),
        refused_this_episode=_yes(facts, "refused_this_episode"),
        consent_this_episode=_yes(facts, "consent_this_episode"),
        in_actor_unit=_yes(facts, "in_actor_unit"),
        present=_yes(facts, "present"),
        deceased=_yes(facts, "deceased"),
    )


def _document(facts: Mapping[str, str]) -> Document:
    return Document(
        id="imagined",
        type_code=facts.get("type", ""),
        class_code=facts["class"],
        masked=_yes(facts, "masked"),
        invisible_to_patient=_yes(facts, "invisible_to_patient"),
        invisible_to_representatives=_yes(facts, "invisible_to_representatives"),
        status=facts["status"],
        deposited_by_actor=_yes(facts, "deposited_by_actor"),
    )


def _yes(facts: Mapping[str, str], name: str) -> bool:
    return facts.get(name) == "1"
