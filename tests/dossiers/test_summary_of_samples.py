"""Every file of the public French samples, read by eye: which lines its narrative shows, section by section.

The table was written from the documents, not from the program. `lines` are the words a reader sees (each must be found
in an item of its own), `more` counts administrative lines that are shown as well (« Identifiant du diagnostic »...).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.dossiers.cda.describe import describe_cda, load_document_types
from gateway.dossiers.connector import DocumentReference
from gateway.dossiers.summary import EmergencySummary, SectionKey, SectionState, UnreadReason, summarise
from gateway.dossiers.summary.wording import fold

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)

ALLERGIES, TREATMENTS, PROBLEMS = SectionKey.ALLERGIES, SectionKey.TREATMENTS, SectionKey.PROBLEMS
HISTORY, DEVICES, DIRECTIVES = SectionKey.HISTORY, SectionKey.DEVICES, SectionKey.ADVANCE_DIRECTIVES
VACCINATIONS, ALERTS, RESULTS = SectionKey.VACCINATIONS, SectionKey.VITAL_ALERTS, SectionKey.KEY_RESULTS

STENT = "vaisseaux coronaires avec pose d'endoprothèse"


@dataclass(frozen=True)
class Shown:
    """What one section of the summary must hold of one file. `kinds` narrows it to those of the file's sections."""

    file: str
    key: SectionKey
    lines: tuple[str, ...]
    more: int = 0
    kinds: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.file[:18]}-{self.key.value}-{'-'.join(self.kinds)}"


TABLE = (
    # --- ANEST-CR-ANEST: 18610-6 (3 rows), 46264-8 (9 + 1 rows), 29554-3 (1 + 12 rows)
    Shown("ANEST-CR-ANEST_2022.01", TREATMENTS, ("AMOXICILLINE ET INHIBITEUR", "LIDOCAÏNE", "ISOFLURANE")),
    Shown("ANEST-CR-ANEST_2022.01", DEVICES, (
        "SETS DE PÉRIDURALE", "VEINEUX PÉRIPHÉRIQUES", "VEINEUX CENTRAUX", "CATHETERS ARTERIELS",
        "MASQUES ET TUBES LARYNGÉS", "MASQUES ET TUBES LARYNGÉS", "SONDES D'INTUBATION", "TRACHEOTOMIE",
        "SONDES NASO-GASTRIQUES", "CHAMBRE CATHETER IMPLANTABLE")),
    Shown("ANEST-CR-ANEST_2022.01", HISTORY, (
        "Accouchement par césarienne", "Anesthésie générale", "péridurale ou épidurale",
        "cathéter veineux périphérique", "cathéter veineux central",
        "cathéter intra-artériel", "Ventilation au masque", "dispositif supraglottique",
        "Intubation", "Trachéotomie", "sonde nasogastrique", "DM préalablement posé",
        "Transfusion de produit sanguin"), kinds=("act",)),
    # --- AVC-EUNV: 29554-3 (5 rows), key biology of 18719-5, 18720-3, 18723-7
    Shown("AVC-EUNV_2022.01", HISTORY, (
        "Endartériectomie", "Angioplastie", "Crâniectomie", "Evacuation hématome", "Pose Valve"), kinds=("act",)),
    Shown("AVC-EUNV_2022.01", RESULTS, ("Créatininémie", "Créatininémie"), kinds=("creatinine",)),
    Shown("AVC-EUNV_2022.01", RESULTS, ("Hémoglobinémie", "Hémoglobine [Masse"), kinds=("haemoglobin",)),
    Shown("AVC-EUNV_2022.01", RESULTS, ("INR", "INR"), kinds=("inr",)),
    Shown("AVC-EUNV_2022.01", RESULTS, ("Plaquettes", "Thrombocytes"), kinds=("platelets",)),
    # --- AVC-PAVC: 11450-4 (18 rows, of which 3 are not « non »)
    Shown("AVC-PAVC_2022.01", PROBLEMS, ("Infarctus", "Risque de récidive", "HTA")),
    # --- AVC-SUNV: 11535-2 (1), 18776-5 (1 medicine)
    Shown("AVC-SUNV_2022.01", PROBLEMS, ("Infarctus cérébral",)),
    Shown("AVC-SUNV_2022.01", TREATMENTS, ("PLAVIX 75 mg",)),
    # --- biology and rapid tests
    Shown("BIO-CR-BIO_2024.01_CRP_non_LOINC", RESULTS, ("CRP",)),
    Shown("BIO-CR-BIO_2024.01_TSH_1", RESULTS, ("TSH", "FT4")),
    Shown("BIO-TROD_2024.01_Angine", RESULTS, ("Angine (S. pyogenes) : négatif",), more=1),
    Shown("BIO-TROD_2024.01_COVID-19", RESULTS, ("SARS-CoV2 : négatif",), more=1),
    # --- CANCER-FRCP: 72135-7 (1 tumour), 11450-4 (2, narrated only), 11348-0 (1, narrated only), 29554-3 (2)
    Shown("CANCER-FRCP_2022.01_Transversale", PROBLEMS, ("Tumeur maligne", "Diabète sucré", "Epilepsie"), more=2),
    Shown("CANCER-FRCP_2022.01_Transversale", HISTORY, ("Mastectomie",), kinds=("history",)),
    Shown("CANCER-FRCP_2022.01_Transversale", HISTORY, ("Surveillance active", "(Texte libre)"), kinds=("act",)),
    Shown("CANCER-FRCP_2022.01_Transversale", HISTORY, (
        "Radiothérapie", "Autre traitement XYZ", "Chimiothérapie"), kinds=("planned_act",)),
    # --- cardiology sheets: AVK, PPV, PSC
    Shown("CARD-F-PRC-AVK_2022.01", PROBLEMS, ("Accident ischémique cérébral transitoire", "Angine de poitrine")),
    Shown("CARD-F-PRC-AVK_2022.01", ALLERGIES, ("ofloxacine", "DIAMICRON 30mg", "colestyramine", "PARACETAMOL")),
    Shown("CARD-F-PRC-AVK_2022.01", TREATMENTS, ("COUMADINE 5mg", "PLAVIX 75mg", "Médicament (Spécialité)")),
    Shown("CARD-F-PRC-AVK_2022.01", RESULTS, ("INR", "INR", "INR"), kinds=("inr",)),
    Shown("CARD-F-PRC-PPV_2022.01", PROBLEMS, (
        "Accident ischémique cérébral transitoire", "Angine de poitrine instable", "Insuffisance aortique sévère")),
    Shown("CARD-F-PRC-PPV_2022.01", TREATMENTS, ("COUMADINE 5mg", "PLAVIX 75mg")),
    Shown("CARD-F-PRC-PPV_2022.01", HISTORY, ("Remplacement de la valve aortique",)),
    Shown("CARD-F-PRC-PPV_2022.01", DEVICES, ("Prothèse valvulaire",)),
    Shown("CARD-F-PRC-PPV_2022.01", RESULTS, ("INR", "INR", "INR"), kinds=("inr",)),
    Shown("CARD-F-PRC-PSC_2022.01", PROBLEMS, ("Bloc auriculoventriculaire complet", "Angine de poitrine instable")),
    Shown("CARD-F-PRC-PSC_2022.01", HISTORY, ("Implantation d'un stimulateur cardiaque",)),
    Shown("CARD-F-PRC-PSC_2022.01", DEVICES, (
        "Pacemaker", "Sonde auriculaire", "Sonde Ventricule Droit", "Sonde Ventricule Gauche")),
    # --- CNAM-HR: 10160-0 (3), 11369-6 (3), 46264-8 (2), 46240-8 (2), 29554-3 (8 + 3 + 4)
    Shown("CNAM-HR_2021.01", TREATMENTS, ("LUDEAL", "CRESTOR 5MG", "PRODUIT HOMEOPATHIQUE")),
    Shown("CNAM-HR_2021.01", VACCINATIONS, ("VACCIN TETANIQUE", "HBVAXPRO", "VACCIN TETANIQUE")),
    Shown("CNAM-HR_2021.01", DEVICES, ("COMPRESSES ACIDE", "PANSEMENTS HYDROCELLULAIRES")),
    Shown("CNAM-HR_2021.01", HISTORY, ("l'intestin grêle", "accès vasculaires"), kinds=("stay",)),
    Shown("CNAM-HR_2021.01", HISTORY, (
        *("CONSULTATION MEDECINE GENERALE",) * 5, "FORFAIT TECHNIQUE REDUIT", "Restaur 1 prémol", "motricité oculaire",
        "suppl. imagerie", "remno sein", "sup pour archivage", "T.S.H.", "T.S.H.", "FORFAIT DE SECURITE",
        "GLYCEMIE"), kinds=("act",)),
    # --- DLU-EHPAD: urgent liaison, and its return sheet
    Shown("DLU-EHPAD-DLU_2022.01", PROBLEMS, ("Bronchite chronique simple",)),
    Shown("DLU-EHPAD-DLU_2022.01", HISTORY, ("Infarctus aigu du myocarde",), kinds=("history",)),
    Shown("DLU-EHPAD-DLU_2022.01", ALLERGIES, ("mollusques et crustacés", "Paracétamol")),
    Shown("DLU-EHPAD-DLU_2022.01", TREATMENTS, ("AMPICILLINE PANPHARMA 500 mg",)),
    Shown("DLU-EHPAD-DLU_2022.01", DIRECTIVES, ("Directives anticipées : oui",)),
    Shown("DLU-EHPAD-DLU_2022.01", VACCINATIONS, ("Tétanos", "Grippe", "Pneumocoque")),
    Shown("DLU-EHPAD-FLUDR_2022.01", PROBLEMS, ("Bronchite chronique simple",)),
    Shown("DLU-EHPAD-FLUDR_2022.01", TREATMENTS, ("AMPICILLINE PANPHARMA 500 mg",)),
    Shown("DLU-EHPAD-FLUDR_2022.01", DEVICES, (
        "Lunettes", "Prothèse dentaire (Haut)", "Prothèse dentaire (bas)", "Prothèse auditive (droite)",
        "Prothèse auditive (gauche)", "Autres dispositifs ou objets personnels")),
    # --- imaging: 11329-0 (3, two of them the same words: one line counted twice), 46264-8 (1)
    Shown("IMG_CR_IMG_2024.01", HISTORY, ("(texte libre)", "actuellement enceinte")),
    Shown("IMG_CR_IMG_2024.01", DEVICES, ("INJECTEURS DE PRODUITS DE CONTRASTE",)),
    # --- IPS: the patient summary
    Shown("IPS-FR_2024.01_DLU", PROBLEMS, (
        "Thyroïdite auto-immune", "Diabète insulino-dépendant", "Epilepsie", "Angiœdème bradykinique",
        "Autre problème")),
    Shown("IPS-FR_2024.01_DLU", HISTORY, (
        "Accident Ischémique Cérébral Transitoire", "Pyélonéphrite aiguë"), kinds=("history",)),
    Shown("IPS-FR_2024.01_DLU", HISTORY, ("Soins palliatifs", STENT, "Autre acte"), kinds=("act",)),
    Shown("IPS-FR_2024.01_DLU", HISTORY, (
        "Soins pallatifs", "prothèse auditive implantable", "Autre acte"), kinds=("planned_act",)),
    Shown("IPS-FR_2024.01_DLU", ALLERGIES, ("Paracétamol",), kinds=("allergy",)),
    Shown("IPS-FR_2024.01_DLU", ALLERGIES, ("AMOXICILLINE EG 1G",), kinds=("adverse_effect",)),
    Shown("IPS-FR_2024.01_DLU", TREATMENTS, (
        "LEVOTHYROX 75", "COUMADINE 5mg", "PARACETAMOL MYLAN 500 mg"), kinds=("current",)),
    Shown("IPS-FR_2024.01_DLU", TREATMENTS, ("ROSUVASTATINE EG 5 mg", "Autre traitement"), kinds=("planned",)),
    Shown("IPS-FR_2024.01_DLU", DEVICES, ("STIMULATEUR CARDIAQUE IMPLANTABLE", "Autre DM")),
    Shown("IPS-FR_2024.01_DLU", DIRECTIVES, (
        "artificiel en vie : Non autorisé", "Assistance respiratoire : Non autorisé",
        "hydratation artificielles : Non autorisé", "Dialyse rénale : Autorisé",
        "Réanimation cardiaque et respiratoire : Non autorisé", "Intervention chirurgicale : Autorisé",
        "Sédation profonde et continue associée à un traitement de la douleur : Autorisé", "Directives anticipées")),
    Shown("IPS-FR_2024.01_DLU", VACCINATIONS, ("REVAXIS", "REVAXIS"), kinds=("vaccination",)),
    Shown("IPS-FR_2024.01_DLU", VACCINATIONS, ("antituberculeux", "Autre vaccin"), kinds=("planned",)),
    Shown("IPS-FR_2024.01_DLU", ALERTS, ("(texte libre)",), kinds=("attention",)),
    # --- liaison letters, entry and discharge
    Shown("LDL-EES_2022.01", PROBLEMS, ("Episode psychotique",)),
    Shown("LDL-EES_2022.01", TREATMENTS, ("SOLIAN 100 mg",)),
    Shown("LDL-EES_2022.01", ALLERGIES, ("Paracétamol",)),
    Shown("LDL-EES_2022.01", HISTORY, ("Pyélonéphrite aiguë", STENT)),
    Shown("LDL-SES_2022.01", PROBLEMS, ("Episode psychotique",)),
    Shown("LDL-SES_2022.01", TREATMENTS, ("SOLIAN 100 mg", "LEPONEX 100 mg")),
    Shown("LDL-SES_2022.01", DEVICES, ("STIMULATEUR CARDIAQUE IMPLANTABLE TRIPLE CHAMBRE",)),
    Shown("LDL-SES_2022.01", HISTORY, ("Angioscanner thoracique",), kinds=("planned_act",)),
    # --- rare disease set: codes and words disagree, the words are kept
    Shown("SDM-MR_2022.01", PROBLEMS, (
        "Acromégalie et gigantisme", "Consanguinité", "Leucémie lymphoblastique"), more=1),
    Shown("SDM-MR_2022.01", TREATMENTS, ("Decitabine",)),
    Shown("SDM-MR_2022.01", HISTORY, ("procréation",), kinds=("act",)),
    # --- telemedicine request
    Shown("TLM-DA_2022.01_TCG", PROBLEMS, ("Accident ischémique cérébral transitoire",)),
    Shown("TLM-DA_2022.01_TCG", HISTORY, ("Pyélonéphrite aiguë",), kinds=("history",)),
    Shown("TLM-DA_2022.01_TCG", HISTORY, (STENT,), kinds=("act",)),
    Shown("TLM-DA_2022.01_TCG", ALLERGIES, ("bêta-lactamines",)),
    Shown("TLM-DA_2022.01_TCG", TREATMENTS, ("PLAVIX 75mg",)),
    Shown("TLM-DA_2022.01_TCG", DEVICES, ("STENTS CORONAIRES",)),
    Shown("VAC-NOTE_2023.01", VACCINATIONS, ("VACCIN TETANIQUE PASTEUR",)),
    # --- VSM: the synthesis of the médecin traitant
    Shown("VSM_1.4_2022.01", PROBLEMS, ("Accident ischémique cérébral transitoire", "Angine de poitrine instable")),
    Shown("VSM_1.4_2022.01", HISTORY, ("Pyélonéphrite aiguë", "Infarctus transmural inférieur"), kinds=("history",)),
    Shown("VSM_1.4_2022.01", HISTORY, (STENT,), kinds=("act",)),
    Shown("VSM_1.4_2022.01", ALLERGIES, ("Paracétamol",)),
    Shown("VSM_1.4_2022.01", TREATMENTS, ("PLAVIX 75mg", "COUMADINE 5mg")),
    Shown("VSM_1.4_2022.01", ALERTS, ("Hémibloc antérieur", "VG non dilaté", "VLDL élevés"), kinds=("attention",)),
    # --- prescription and dispensing
    Shown("eDISP-MED_2024.01", TREATMENTS, ("PARACETAMOL VIATRIS 500 mg", "Préparation magistrale")),
    Shown("eP-MED-DM_2024.01_PosoStruct", TREATMENTS, ("PARACETAMOL MYLAN 500 mg", "Préparation magistrale")),
    Shown("eP-MED-DM_2024.01_PosoStruct", DEVICES, ("Lit médical",)),
)  # fmt: skip

NARROWED = {shown.file for shown in TABLE}
WRAPPED = ("BIO-CR-BIO_2021.01_CDA-R2-Niveau-1", "DOC_NON_STRUCTURE_CDA-R2-N1", "IMG_CR_IMG_2024.01_CDA-R2-Niveau-1")


@pytest.fixture(scope="module")
def dossier(samples: Path) -> dict[str, tuple[DocumentReference, bytes]]:
    """The sample files by name, each with its reference."""
    types = load_document_types()
    found = {}
    for number, file in enumerate(sorted((samples / "cda-fr").glob("*.xml"))):
        content = file.read_bytes()
        described = describe_cda(content, document_id=f"d{number}", patient_id="p", received=NOW, types=types)
        found[file.stem] = (described.reference, content)
    return found


@pytest.fixture(scope="module")
def alone(dossier: dict[str, tuple[DocumentReference, bytes]]) -> dict[str, EmergencySummary]:
    """The summary of each file alone."""
    return {name: summarise([pair], NOW) for name, pair in dossier.items()}


@pytest.fixture(scope="module")
def together(dossier: dict[str, tuple[DocumentReference, bytes]]) -> EmergencySummary:
    """The summary of the whole dossier."""
    return summarise(dossier.values(), NOW)


def plain(text: str) -> str:
    return fold(text).replace(" ", "")


def found_in(texts: list[str], line: str) -> str | None:
    return next((text for text in texts if plain(line) in plain(text)), None)


@pytest.mark.parametrize("shown", TABLE, ids=str)
def test_every_line_a_reader_sees_is_an_item(shown: Shown, alone: dict[str, EmergencySummary]) -> None:
    items = alone[shown.file].section(shown.key).items
    texts = [item.text for item in items if not shown.kinds or item.kind in shown.kinds]
    if shown.key is ALERTS:
        texts = [item.text for item in items if item.kind == "attention"]
    left = list(texts)
    for line in shown.lines:
        text = found_in(left, line)
        assert text is not None, f"{line!r} is not among {left}"
        left.remove(text)
    assert len(left) == shown.more, left


@pytest.mark.parametrize("shown", TABLE, ids=str)
def test_no_line_is_lost_when_the_whole_dossier_is_merged(shown: Shown, together: EmergencySummary) -> None:
    items = together.section(shown.key).items
    for line in shown.lines:
        if shown.key is not RESULTS:  # there the last three values are kept
            assert found_in([item.text for item in items], line), line


def test_the_table_speaks_of_every_structured_file(dossier: dict[str, tuple[DocumentReference, bytes]]) -> None:
    assert NARROWED | set(WRAPPED) == set(dossier)


def test_files_that_only_wrap_a_pdf_are_named_as_not_summarised(together: EmergencySummary) -> None:
    assert [one.reason for one in together.not_summarised] == [UnreadReason.NOT_STRUCTURED] * len(WRAPPED)
    assert len(together.summarised) == len(NARROWED)


def test_a_section_the_table_gives_no_line_for_holds_none(alone: dict[str, EmergencySummary]) -> None:
    bedside = (ALLERGIES, TREATMENTS, PROBLEMS, DEVICES, DIRECTIVES, VACCINATIONS)
    spoken = {(shown.file, shown.key) for shown in TABLE}
    extra = {("AVC-PAVC_2022.01", TREATMENTS)}  # « Prévoir : SSIAD » stands under the heading « Traitement »
    for name, summary in alone.items():
        for key in bedside:
            if (name, key) not in spoken | extra:
                assert summary.section(key).items == (), (name, key)


def test_the_discharge_letter_says_that_no_allergy_was_found(alone: dict[str, EmergencySummary]) -> None:
    section = alone["LDL-SES_2022.01"].section(ALLERGIES)
    assert (section.state, section.items) == (SectionState.NONE_KNOWN, ())
    assert section.none_known_by[0].detail == "Aucune allergie / intolérance identifiée pendant le séjour"


def test_in_the_whole_dossier_that_letter_contradicts_the_others(together: EmergencySummary) -> None:
    section = together.section(ALLERGIES)
    assert section.state is SectionState.LISTED
    [contradiction] = section.contradictions
    assert [source.title for source in contradiction.none_known_by] == [
        "Lettre de liaison à la sortie de l'établissement de santé"
    ]
    assert len(contradiction.listed_by) >= 6


def test_paracetamol_is_one_allergy_of_five_documents(together: EmergencySummary) -> None:
    [paracetamol] = [item for item in together.section(ALLERGIES).items if "parac" in item.text.lower()]
    assert len({source.document_id for source in paracetamol.sources}) == 5
    assert paracetamol.occurrences == 5
    assert paracetamol.disputed  # active in some, inactive in others


def test_words_and_codes_that_disagree_are_marked(alone: dict[str, EmergencySummary]) -> None:
    carriage = alone["IPS-FR_2024.01_DLU"].section(RESULTS)
    [item] = [item for item in carriage.items if "multirésistante" in item.text]
    assert item.text.endswith("Oui")  # the words; the code says false
    assert item.disputed
    [stroke] = [item for item in alone["AVC-PAVC_2022.01"].section(PROBLEMS).items if item.text == "Infarctus"]
    assert stroke.disputed  # the words list it; the code negates it


def test_what_a_document_denies_is_kept_apart(alone: dict[str, EmergencySummary]) -> None:
    denied = [item.text for item in alone["AVC-PAVC_2022.01"].section(PROBLEMS).denied]
    assert "Diabète : non" in denied
    assert len(denied) == 12


@pytest.mark.parametrize(
    ("file", "kind", "words"),
    [
        ("VSM_1.4_2022.01", "anticoagulant", "COUMADINE"),
        ("VSM_1.4_2022.01", "antiplatelet", "PLAVIX"),
        ("AVC-SUNV_2022.01", "antiplatelet", "PLAVIX"),
        ("IPS-FR_2024.01_DLU", "anticoagulant", "COUMADINE"),
        ("IPS-FR_2024.01_DLU", "implanted_device", "STIMULATEUR"),
        ("IPS-FR_2024.01_DLU", "resistant_bacteria", "Oui"),
        ("IPS-FR_2024.01_DLU", "advance_directives", "Directives"),
        ("LDL-SES_2022.01", "resistant_bacteria", "Streptococcus pneumoniae"),
        ("CARD-F-PRC-PPV_2022.01", "implanted_device", "Prothèse valvulaire"),
        ("CARD-F-PRC-PSC_2022.01", "implanted_device", "Pacemaker"),
        ("TLM-DA_2022.01_TCG", "implanted_device", "STENTS"),
    ],
)
def test_the_vital_strip_shows_what_changes_the_next_gesture(
    file: str, kind: str, words: str, alone: dict[str, EmergencySummary]
) -> None:
    assert any(words in item.text for item in alone[file].section(ALERTS).items if item.kind == kind)


@pytest.mark.parametrize("file", ["DLU-EHPAD-DLU_2022.01", "CNAM-HR_2021.01", "DLU-EHPAD-FLUDR_2022.01"])
def test_the_vital_strip_raises_no_false_alarm(file: str, alone: dict[str, EmergencySummary]) -> None:
    kinds = {item.kind for item in alone[file].section(ALERTS).items}
    assert kinds <= {"advance_directives"}  # no carriage (« non »), no implant among glasses and dressings


def test_an_old_pregnancy_is_no_alert_and_a_recent_one_is(dossier: dict[str, tuple[DocumentReference, bytes]]) -> None:
    pair = dossier["eP-MED-DM_2024.01_PosoStruct"]
    soon, late = datetime(2024, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    assert [item.kind for item in summarise([pair], soon).section(ALERTS).items] == ["pregnancy"]
    assert summarise([pair], late).section(ALERTS).items == ()


def test_the_people_to_call_come_from_the_headers(together: EmergencySummary) -> None:
    people = {(item.kind, item.text): item.telecom for item in together.section(SectionKey.CONTACTS).items}
    assert people["trusted_person", "Sophie NESSI"] == ("tel:0647150100",)
    assert people["emergency_contact", "Sophie NESSI"] == ("tel:0647150100",)
    assert "tel:0147150000" in people["general_practitioner", "DR Stéphane MEDIONI"]
