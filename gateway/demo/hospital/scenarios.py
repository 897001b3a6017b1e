"""The named patients of the demo: one for each situation the law tells apart, all on the unit's list today.

Hospital numbers are stable: tests, the demo page and people's notes rely on them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One situation. `order` is the last part of the matricule before its key; `born` an ISO date."""

    key: str
    ipp: str
    birth_name: str
    given_names: str
    sex: str
    born: str
    birth_place: str
    order: int
    story: str
    box: str
    motive: str
    label_fr: str
    label_en: str
    try_fr: str
    try_en: str
    used_name: str = ""
    identity_status: str = "QUAL"
    dossier_status: str = "active"
    opposed_break_glass: bool = False
    opposed_centre_15: bool = False
    masked_in_emergency: bool = False


PATIENTE = Scenario(
    key="patiente", ipp="8000000001", birth_name="PAT-TROIS", given_names="DOMINIQUE", sex="F", born="1979-03-28",
    birth_place="51215", order=189, story="coronary", box="1", motive="Douleur thoracique",
    label_fr="La patiente qui peut se connecter", label_en="The patient who can sign in",
    try_fr="Ouvrez en bris de glace, puis connectez-vous comme patiente : qui, quand, pourquoi, et la preuve.",
    try_en="Break the glass, then sign in as the patient: who, when, why, and the proof.",
)  # fmt: skip
UNCONSCIOUS = Scenario(
    key="unconscious", ipp="8000000002", birth_name="BERTHELOT", given_names="Gérard Louis", sex="M",
    born="1952-02-11", birth_place="86194", order=42, story="atrial_fibrillation", box="SAUV1",
    motive="Trouble de la conscience", label_fr="Inconscient, urgence vitale", label_en="Unconscious, vital emergency",
    try_fr="Bris de glace, motif 1 : anticoagulant et allergie grave en tête de synthèse.",
    try_en="Break-glass, reason 1: an anticoagulant and a severe allergy at the top of the summary.",
)  # fmt: skip
OPPOSED_BREAK_GLASS = Scenario(
    key="opposed_break_glass", ipp="8000000003", birth_name="LEFEBVRE-NOËL", given_names="Colette Andrée", sex="F",
    born="1946-07-03", birth_place="59350", order=7, story="stroke", box="4", motive="Chute",
    opposed_break_glass=True, opposed_centre_15=True,
    label_fr="Opposée à l'accès en urgence", label_en="Opposed to emergency access",
    try_fr="Bris de glace : refusé, sans un mot du contenu ; l'accord de la patiente reste possible.",
    try_en="Break-glass: refused, without a word of the content; her agreement remains possible.",
)  # fmt: skip
OPPOSED_CENTRE_15 = Scenario(
    key="opposed_centre_15", ipp="8000000004", birth_name="ROUSSILLON", given_names="Jean-Baptiste", sex="M",
    born="1983-10-19", birth_place="69123", order=311, story="epilepsy", box="6", motive="Convulsions",
    opposed_centre_15=True,
    label_fr="Opposé à l'accès du Centre 15 seulement", label_en="Opposed to access by Centre 15 only",
    try_fr="L'interne ouvre en bris de glace ; le régulateur est refusé.",
    try_en="The intern opens with break-glass; the dispatcher is refused.",
)  # fmt: skip
MASKED_ALLOWED = Scenario(
    key="masked_allowed", ipp="8000000005", birth_name="D'ALENÇON", given_names="Marie-Ève Louise", sex="F",
    born="1991-01-24", birth_place="35238", order=88, story="depression", box="7", motive="Intoxication",
    used_name="Bœuf", masked_in_emergency=True,
    label_fr="Documents masqués, permis en urgence", label_en="Masked documents, allowed in an emergency",
    try_fr="Le document masqué apparaît en bris de glace, pas en accès ordinaire.",
    try_en="The masked document appears with break-glass, not in an ordinary access.",
)  # fmt: skip
MASKED_REFUSED = Scenario(
    key="masked_refused", ipp="8000000006", birth_name="KERVELLA", given_names="Loïc Yann", sex="M",
    born="1987-05-30", birth_place="29019", order=120, story="depression", box="8", motive="Agitation",
    label_fr="Documents masqués, non permis en urgence", label_en="Masked documents, not allowed in an emergency",
    try_fr="Bris de glace : le dossier s'ouvre sans le document masqué, et rien ne dit qu'il existe.",
    try_en="Break-glass: the dossier opens without the masked document, and nothing says that it exists.",
)  # fmt: skip
BLOCKED_PROFESSIONAL = Scenario(
    key="blocked_professional", ipp="8000000007", birth_name="LACASSAGNE", given_names="Hélène Marie", sex="F",
    born="1969-08-14", birth_place="31555", order=54, story="thyroid", box="9", motive="Malaise",
    label_fr="A bloqué une professionnelle", label_en="Has blocked a professional",
    try_fr="L'interne bloquée est refusée, même en urgence ; le médecin senior ouvre.",
    try_en="The blocked intern is refused, even in an emergency; the senior physician opens.",
)  # fmt: skip
MINOR_HIDDEN_ACT = Scenario(
    key="minor_hidden_act", ipp="8000000008", birth_name="MELANGE", given_names="SEBASTIEN", sex="M",
    born="2011-06-19", birth_place="86478", order=184, story="asthma", box="PED2", motive="Crise d'asthme",
    label_fr="Mineur, acte caché à ses représentants légaux", label_en="Minor, act hidden from his representatives",
    try_fr="L'acte caché est lisible ici, mais ni l'avis ni le portail du parent n'en parlent.",
    try_en="The hidden act is readable here, but neither the notice nor the parent's portal speaks of it.",
)  # fmt: skip
CLOSED_DOSSIER = Scenario(
    key="closed_dossier", ipp="8000000009", birth_name="QUÉMÉNEUR", given_names="Yann Hervé", sex="M",
    born="1975-11-11", birth_place="29019", order=13, story="copd", box="10", motive="Dyspnée",
    dossier_status="closed",
    label_fr="Dossier fermé", label_en="Closed dossier",
    try_fr="Aucun accès : un dossier fermé ne s'ouvre plus.", try_en="No access: a closed dossier no longer opens.",
)  # fmt: skip
NO_DOSSIER = Scenario(
    key="no_dossier", ipp="8000000010", birth_name="TRAORÉ", given_names="Awa Fatoumata", sex="F",
    born="1998-04-02", birth_place="99335", order=21, story="healthy", box="11", motive="Entorse de cheville",
    dossier_status="absent",
    label_fr="Pas de dossier", label_en="No dossier",
    try_fr="L'écran le dit, et dit où chercher.", try_en="The screen says so, and says where to look.",
)  # fmt: skip
UNQUALIFIED_IDENTITY = Scenario(
    key="unqualified_identity", ipp="8000000011", birth_name="SANTONI", given_names="Ange Toussaint", sex="M",
    born="1958-09-30", birth_place="2A004", order=77, story="diabetes_insulin", box="12", motive="Hypoglycémie",
    identity_status="RECUP",
    label_fr="Identité non qualifiée (matricule récupéré, pièce d'identité non vue)",
    label_en="Identity not qualified (number recovered, identity paper not seen)",
    try_fr="Aucune ouverture tant que l'identité n'est pas qualifiée : demandez la pièce d'identité.",
    try_en="Nothing opens until the identity is qualified: ask for the identity paper.",
)  # fmt: skip
HOMONYM_1 = Scenario(
    key="homonym_1", ipp="8000000012", birth_name="LE GOFF", given_names="Marie Anne", sex="F", born="1954-05-12",
    birth_place="29019", order=31, story="mechanical_valve", box="13", motive="Épistaxis",
    label_fr="Homonyme (1) : née à Brest, prothèse valvulaire", label_en="Homonym (1): born in Brest, heart valve",
    try_fr="Cherchez « Le Goff Marie 12/05/1954 » : deux réponses, rien n'est choisi pour vous.",
    try_en="Search for “Le Goff Marie 12/05/1954”: two answers, nothing is chosen for you.",
)  # fmt: skip
HOMONYM_2 = Scenario(
    key="homonym_2", ipp="8000000013", birth_name="LE GOFF", given_names="Marie Jeanne", sex="F", born="1954-05-12",
    birth_place="35238", order=402, story="hypertension", box="14", motive="Céphalées",
    label_fr="Homonyme (2) : née à Rennes", label_en="Homonym (2): born in Rennes",
    try_fr="Même nom, même prénom, même date : comparez le lieu de naissance et le matricule.",
    try_en="Same name, given name and date: compare the birthplace and the number.",
)  # fmt: skip
DECEASED = Scenario(
    key="deceased", ipp="8000000014", birth_name="VASSEUR", given_names="Odette Simone", sex="F", born="1931-12-25",
    birth_place="76540", order=9, story="dementia", box="SAUV2", motive="Arrêt cardiorespiratoire",
    label_fr="Patiente décédée", label_en="Deceased patient",
    try_fr="Rien ne s'ouvre : la demande des ayants droit suit sa propre voie (CSP L1110-4 V).",
    try_en="Nothing opens: requests by the heirs follow their own path (CSP L1110-4 V).",
)  # fmt: skip
STAFF_PATIENT = Scenario(
    key="staff_patient", ipp="8000000015", birth_name="LEROY", given_names="Denis Émile", sex="M", born="1977-02-08",
    birth_place="21231", order=66, story="hypertension", box="15", motive="Palpitations",
    label_fr="Le médecin senior, patient lui-même", label_en="The senior physician, a patient himself",
    try_fr="Connecté comme senior, il n'ouvre pas son propre dossier par ici ; un collègue le peut.",
    try_en="Signed in as the senior, he does not open his own dossier this way; a colleague can.",
)  # fmt: skip
INVISIBLE_DOCUMENT = Scenario(
    key="invisible_document", ipp="8000000016", birth_name="HADDAD", given_names="Nadia Inès", sex="F",
    born="1972-06-17", birth_place="99350", order=15, story="breast_cancer", box="16", motive="Fièvre",
    label_fr="Un document pas encore annoncé à la patiente", label_en="A document not yet announced to the patient",
    try_fr="Lisible par l'équipe ; absent de l'avis et du portail jusqu'à l'annonce.",
    try_en="Readable by the team; absent from the notice and the portal until it is announced.",
)  # fmt: skip

SCENARIOS: tuple[Scenario, ...] = (
    PATIENTE, UNCONSCIOUS, OPPOSED_BREAK_GLASS, OPPOSED_CENTRE_15, MASKED_ALLOWED, MASKED_REFUSED,
    BLOCKED_PROFESSIONAL, MINOR_HIDDEN_ACT, CLOSED_DOSSIER, NO_DOSSIER, UNQUALIFIED_IDENTITY, HOMONYM_1, HOMONYM_2,
    DECEASED, STAFF_PATIENT, INVISIBLE_DOCUMENT,
)  # fmt: skip


def scenario_named(key: str) -> Scenario:
    """The scenario of that key."""
    return next(scenario for scenario in SCENARIOS if scenario.key == key)
