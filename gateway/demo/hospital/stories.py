"""The stories of the demo hospital: what people of an emergency department are really followed for.

Brands, doses and ATC classes are those of French practice; nobody in particular is told.
"""

from gateway.demo.hospital.clinical import Act, Allergy, Biology, Device, Problem, Stay, Story, Treatment
from gateway.demo.hospital.heart_stories import (
    ATRIAL_FIBRILLATION,
    CORONARY,
    HYPERTENSION,
    MECHANICAL_VALVE,
    PACEMAKER,
    STROKE,
)

PENICILLIN_ANAPHYLAXIS = Allergy("Pénicillines (amoxicilline)", "Choc anaphylactique", True, "J01CA04", years=14)

DIABETES_INSULIN = Story(
    key="diabetes_insulin",
    ages=(40, 90),
    weight=6,
    problems=(
        Problem("Diabète de type 2 insulino-requérant", "E11.9", 15),
        Problem("Rétinopathie diabétique", "H36.0", 4),
        Problem("Maladie rénale chronique, stade 3", "N18.3", 5),
    ),
    treatments=(
        Treatment("LANTUS SOLOSTAR 100 U/ml, stylo prérempli", "A10AE04", "insuline glargine",
                  "24 unités le soir", "Diabète de type 2", 6),
        Treatment("NOVORAPID FLEXPEN 100 U/ml, stylo prérempli", "A10AB05", "insuline asparte",
                  "6 à 8 unités avant chaque repas", "Diabète de type 2", 3),
        Treatment("RAMIPRIL 5 mg, comprimé", "C09AA05", "ramipril", "1 comprimé le matin", "Néphroprotection", 8),
    ),
    attention=("Hypoglycémies nocturnes signalées", "Éviter AINS et produits de contraste iodés"),
    stays=(Stay("Hypoglycémie sévère avec malaise", "Resucrage, adaptation des doses d'insuline du soir.", 0.8,
                "Endocrinologie"),),
    biology=Biology(creatinine=142, potassium=4.9, haemoglobin=11.8, hba1c=8.1),
)  # fmt: skip

TYPE_1_DIABETES = Story(
    key="type_1_diabetes",
    ages=(13, 45),
    weight=3,
    problems=(Problem("Diabète de type 1", "E10.9", 8),),
    treatments=(
        Treatment("HUMALOG 100 U/ml, cartouche", "A10AB04", "insuline lispro", "Pompe, débit de base et bolus",
                  "Diabète de type 1", 5),
    ),
    devices=(Device("Pompe à insuline externe", "Z12040115", 4, "Autonome avec sa pompe"),),
    stays=(Stay("Acidocétose diabétique", "Insulinothérapie intraveineuse, relais par pompe.", 3, "Endocrinologie"),),
    biology=Biology(creatinine=68, hba1c=7.4),
)  # fmt: skip

COPD = Story(
    key="copd",
    ages=(52, 88),
    weight=5,
    problems=(
        Problem("Bronchopneumopathie chronique obstructive, GOLD 3", "J44.9", 9),
        Problem("Tabagisme sevré, 45 paquets-années", "Z87.8", 9),
    ),
    treatments=(
        Treatment("TRIMBOW 87/5/9 µg, solution pour inhalation", "R03AL09", "béclométasone, formotérol, glycopyrronium",
                  "2 bouffées matin et soir", "BPCO", 2),
        Treatment("VENTOLINE 100 µg, suspension pour inhalation", "R03AC02", "salbutamol", "2 bouffées si besoin",
                  "BPCO", 9),
    ),
    devices=(Device("Concentrateur d'oxygène à domicile, 2 L/min", "R060101", 1.5, "Oxygène 15 h par jour"),),
    attention=("Insuffisance respiratoire chronique : objectif SpO2 88-92 %",),
    stays=(Stay("Exacerbation de BPCO", "Ventilation non invasive 48 heures, corticothérapie courte.", 0.5,
                "Pneumologie"),),
    biology=Biology(haemoglobin=15.2, crp=12),
)  # fmt: skip

ASTHMA = Story(
    key="asthma",
    ages=(11, 55),
    weight=5,
    problems=(Problem("Asthme allergique persistant modéré", "J45.0", 7),),
    allergies=(Allergy("Acariens", "Rhinite, sibilants", False, kind="allergie environnementale",
                       kind_code="426232007", years=8),),
    treatments=(
        Treatment("SYMBICORT TURBUHALER 200/6 µg", "R03AK07", "budésonide, formotérol", "1 bouffée matin et soir",
                  "Asthme", 4),
        Treatment("VENTOLINE 100 µg, suspension pour inhalation", "R03AC02", "salbutamol", "2 bouffées si besoin",
                  "Asthme", 7),
    ),
    biology=None,
)  # fmt: skip

EPILEPSY = Story(
    key="epilepsy",
    ages=(12, 70),
    weight=4,
    problems=(Problem("Épilepsie généralisée idiopathique", "G40.3", 9),),
    treatments=(
        Treatment("KEPPRA 500 mg, comprimé pelliculé", "N03AX14", "lévétiracétam", "1 comprimé matin et soir",
                  "Épilepsie", 5),
        Treatment("BUCCOLAM 10 mg, solution buccale", "N05CD08", "midazolam", "1 dose si crise de plus de 5 minutes",
                  "Épilepsie", 2),
    ),
    stays=(Stay("Crise convulsive généralisée, oubli de traitement", "Pas de récidive, scanner normal.", 1.6,
                "Neurologie"),),
)  # fmt: skip

KIDNEY_TRANSPLANT = Story(
    key="kidney_transplant",
    ages=(28, 74),
    weight=2,
    problems=(
        Problem("Greffe rénale fonctionnelle", "Z94.0", 5),
        Problem("Polykystose rénale autosomique dominante", "Q61.2", 25),
    ),
    acts=(Act("Transplantation de rein, par abord direct", "JAEA003", 5),),
    treatments=(
        Treatment("ADVAGRAF 3 mg, gélule à libération prolongée", "L04AD02", "tacrolimus", "1 gélule le matin",
                  "Greffe rénale", 5),
        Treatment("CELLCEPT 500 mg, comprimé pelliculé", "L04AA06", "acide mycophénolique",
                  "1 comprimé matin et soir", "Greffe rénale", 5),
        Treatment("PREDNISONE 5 mg, comprimé", "H02AB07", "prednisone", "1 comprimé le matin", "Greffe rénale", 5),
    ),
    attention=("Immunodépression : toute fièvre est une urgence", "Éviter AINS ; contacter le centre de greffe"),
    biology=Biology(creatinine=135, potassium=4.7, haemoglobin=12.1),
)  # fmt: skip

BREAST_CANCER = Story(
    key="breast_cancer",
    ages=(38, 80),
    sexes="F",
    weight=3,
    problems=(Problem("Cancer du sein droit, traité, en surveillance", "C50.9", 3),),
    acts=(Act("Tumorectomie du sein droit avec ganglion sentinelle", "QEFA004", 3),),
    treatments=(
        Treatment("LÉTROZOLE 2,5 mg, comprimé pelliculé", "L02BG04", "létrozole", "1 comprimé par jour",
                  "Cancer du sein", 2.4),
    ),
    devices=(Device("Chambre à cathéter implantable, jugulaire gauche", "C010104", 3, "Chambre en place"),),
    attention=("Pas de prise de tension ni de ponction au bras droit",),
)  # fmt: skip

PREGNANCY = Story(
    key="pregnancy",
    ages=(20, 42),
    sexes="F",
    weight=3,
    problems=(Problem("Grossesse en cours, deuxième trimestre", "Z34.0", 0.4),),
    treatments=(
        Treatment("TARDYFERON B9, comprimé enrobé", "B03AD03", "sulfate ferreux, acide folique",
                  "1 comprimé par jour", "Grossesse", 0.3),
    ),
    attention=("Grossesse en cours",),
    biology=Biology(creatinine=52, haemoglobin=11.4),
)  # fmt: skip

DEMENTIA = Story(
    key="dementia",
    ages=(74, 99),
    weight=5,
    problems=(
        Problem("Maladie d'Alzheimer à début tardif", "G30.1", 5),
        Problem("Ostéoporose", "M81.0", 9),
        Problem("Fracture du col fémoral droit", "S72.0", 2, active=False),
    ),
    acts=(Act("Remplacement de l'articulation coxofémorale par prothèse totale", "NEKA020", 2),),
    treatments=(
        Treatment("DOLIPRANE 1000 mg, comprimé", "N02BE01", "paracétamol", "1 comprimé jusqu'à 3 fois par jour",
                  "Douleur", 3),
        Treatment("UVEDOSE 100 000 UI, solution buvable", "A11CC05", "colécalciférol", "1 ampoule tous les 3 mois",
                  "Ostéoporose", 6),
    ),
    devices=(Device("Prothèse totale de hanche droite", "P0908", 2),),
    attention=("Troubles cognitifs : s'adresser à la personne de confiance", "Risque de chute"),
    stays=(Stay("Chute à domicile, fracture du col fémoral droit", "Prothèse totale de hanche, reprise de la marche.",
                2, "Chirurgie orthopédique"),),
    biology=Biology(creatinine=88, haemoglobin=11.2),
)  # fmt: skip

RESISTANT_BACTERIA = Story(
    key="resistant_bacteria",
    ages=(60, 92),
    sexes="M",
    weight=2,
    problems=(
        Problem("Portage digestif d'entérobactérie productrice de carbapénémase (EPC)", "Z22.3", 1),
        Problem("Pyélonéphrites récidivantes", "N10", 4),
    ),
    treatments=(
        Treatment("TAMSULOSINE 0,4 mg, comprimé à libération prolongée", "G04CA02", "tamsulosine",
                  "1 comprimé par jour", "Hypertrophie bénigne de la prostate", 5),
    ),
    attention=("Portage de bactérie hautement résistante (EPC) : précautions complémentaires contact",),
    stays=(Stay("Pyélonéphrite obstructive", "Drainage, antibiothérapie adaptée. Portage d'EPC dépisté.", 1,
                "Urologie"),),
    biology=Biology(creatinine=121, crp=22),
)  # fmt: skip

THYROID = Story(
    key="thyroid",
    ages=(25, 85),
    weight=5,
    problems=(Problem("Hypothyroïdie auto-immune", "E06.3", 8),),
    treatments=(
        Treatment("LEVOTHYROX 75 µg, comprimé sécable", "H03AA01", "lévothyroxine", "1 comprimé le matin à jeun",
                  "Hypothyroïdie", 8),
    ),
)  # fmt: skip

DEPRESSION = Story(
    key="depression",
    ages=(19, 78),
    weight=5,
    problems=(Problem("Épisode dépressif récurrent", "F33.1", 3),),
    treatments=(
        Treatment("SERTRALINE 50 mg, gélule", "N06AB06", "sertraline", "1 gélule le matin",
                  "Épisode dépressif", 1.5),
    ),
    biology=None,
)  # fmt: skip

APPENDIX = Story(
    key="appendix",
    ages=(9, 60),
    weight=7,
    problems=(Problem("Appendicite aiguë opérée", "K35.8", 6, active=False),),
    acts=(Act("Appendicectomie, par cœlioscopie", "HHFA016", 6),),
    biology=Biology(),
)

HEALTHY = Story(key="healthy", ages=(0, 60), weight=9, biology=None)

STORIES: tuple[Story, ...] = (
    ATRIAL_FIBRILLATION, MECHANICAL_VALVE, PACEMAKER, CORONARY, DIABETES_INSULIN, TYPE_1_DIABETES, COPD, ASTHMA,
    EPILEPSY, KIDNEY_TRANSPLANT, STROKE, BREAST_CANCER, PREGNANCY, DEMENTIA, RESISTANT_BACTERIA, THYROID, DEPRESSION,
    HYPERTENSION, APPENDIX, HEALTHY,
)  # fmt: skip

COMMON_ALLERGIES: tuple[Allergy, ...] = (
    PENICILLIN_ANAPHYLAXIS,
    Allergy("Amoxicilline", "Éruption maculo-papuleuse", False, "J01CA04", years=9),
    Allergy("Produits de contraste iodés", "Urticaire géante", True, "V08AB", years=5),
    Allergy("Arachide", "Œdème de Quincke", True, kind="allergie alimentaire", kind_code="414285001", years=12),
    Allergy("Latex", "Eczéma de contact", False, kind="allergie à une substance", kind_code="419199007", years=7),
    Allergy("Ibuprofène", "Bronchospasme", True, "M01AE01", years=4),
    Allergy("Codéine", "Vomissements, prurit", False, "R05DA04", kind="intolérance médicamenteuse",
            kind_code="59037007", years=6),
    Allergy("Venin d'hyménoptères", "Choc anaphylactique", True, kind="allergie à une substance",
            kind_code="419199007", years=3),
)  # fmt: skip


def story_named(key: str) -> Story:
    """The story of that key."""
    return next(story for story in STORIES if story.key == key)
