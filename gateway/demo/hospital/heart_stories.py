"""Stories of hearts and vessels: anticoagulants, antiplatelets, implanted devices."""

from gateway.demo.hospital.clinical import Act, Biology, Device, Problem, Stay, Story, Treatment

ATRIAL_FIBRILLATION = Story(
    key="atrial_fibrillation",
    ages=(62, 95),
    weight=7,
    problems=(
        Problem("Fibrillation atriale permanente, CHA2DS2-VASc 4", "I48.2", 6),
        Problem("Hypertension artérielle essentielle", "I10", 18),
        Problem("Insuffisance cardiaque à fraction d'éjection préservée", "I50.0", 3),
    ),
    acts=(Act("Cardioversion électrique externe", "DERP003", 5.5),),
    treatments=(
        Treatment("ELIQUIS 5 mg, comprimé pelliculé", "B01AF02", "apixaban", "1 comprimé matin et soir",
                  "Fibrillation atriale", 5),
        Treatment("BISOPROLOL 5 mg, comprimé sécable", "C07AB07", "bisoprolol", "1 comprimé le matin",
                  "Fibrillation atriale", 6),
        Treatment("FUROSÉMIDE 40 mg, comprimé sécable", "C03CA01", "furosémide", "1 comprimé le matin",
                  "Insuffisance cardiaque", 3),
    ),
    attention=("Traitement anticoagulant au long cours : ne pas interrompre sans avis",),
    stays=(Stay("Décompensation cardiaque sur fibrillation atriale rapide",
                "Évolution favorable sous diurétique intraveineux. Poids de sortie stable.", 1.2, "Cardiologie"),),
    biology=Biology(creatinine=98, potassium=4.4, haemoglobin=12.9),
)  # fmt: skip

MECHANICAL_VALVE = Story(
    key="mechanical_valve",
    ages=(48, 82),
    weight=2,
    problems=(Problem("Rétrécissement aortique opéré, prothèse mécanique", "Z95.2", 9),),
    acts=(Act("Remplacement de la valve aortique par prothèse mécanique, par thoracotomie avec CEC", "DBKA006", 9),),
    treatments=(
        Treatment("COUMADINE 5 mg, comprimé sécable", "B01AA03", "warfarine", "3/4 de comprimé le soir, selon INR",
                  "Prothèse valvulaire mécanique", 9),
        Treatment("ATORVASTATINE 20 mg, comprimé pelliculé", "C10AA05", "atorvastatine", "1 comprimé le soir",
                  "Hypercholestérolémie", 9),
    ),
    devices=(Device("Prothèse valvulaire aortique mécanique", "P07030101", 9, "INR cible 2,5 à 3,5"),),
    attention=("Prothèse valvulaire mécanique : INR cible 2,5 à 3,5, antibioprophylaxie",),
    biology=Biology(inr=2.9, haemoglobin=13.1),
)  # fmt: skip

PACEMAKER = Story(
    key="pacemaker",
    ages=(68, 96),
    weight=4,
    problems=(
        Problem("Bloc auriculo-ventriculaire complet appareillé", "I44.2", 4),
        Problem("Hypertension artérielle essentielle", "I10", 20),
    ),
    acts=(Act("Implantation d'un stimulateur cardiaque double chambre", "DELF005", 4),),
    treatments=(
        Treatment("PÉRINDOPRIL 4 mg, comprimé", "C09AA04", "périndopril", "1 comprimé le matin", "Hypertension", 12),
        Treatment("KARDÉGIC 75 mg, poudre pour solution buvable", "B01AC06", "acide acétylsalicylique",
                  "1 sachet par jour", "Prévention cardiovasculaire", 8),
    ),
    devices=(Device("Stimulateur cardiaque implantable double chambre", "J010103", 4,
                    "IRM sous conditions : contacter la rythmologie"),),
    attention=("Stimulateur cardiaque implanté : IRM sous conditions",),
    biology=Biology(creatinine=91),
)  # fmt: skip

CORONARY = Story(
    key="coronary",
    ages=(50, 88),
    weight=6,
    problems=(
        Problem("Cardiopathie ischémique, infarctus inférieur stenté", "I25.2", 2),
        Problem("Hypercholestérolémie pure", "E78.0", 10),
        Problem("Pneumopathie franche lobaire aiguë", "J18.1", 7, active=False),
    ),
    acts=(Act("Dilatation intraluminale de 2 vaisseaux coronaires avec pose d'endoprothèse", "DDAF004", 2),),
    treatments=(
        Treatment("KARDÉGIC 75 mg, poudre pour solution buvable", "B01AC06", "acide acétylsalicylique",
                  "1 sachet par jour", "Endoprothèse coronaire", 2),
        Treatment("BRILIQUE 90 mg, comprimé pelliculé", "B01AC24", "ticagrélor", "1 comprimé matin et soir",
                  "Endoprothèse coronaire", 0.7),
        Treatment("BISOPROLOL 2,5 mg, comprimé", "C07AB07", "bisoprolol", "1 comprimé le matin", "Infarctus", 2),
        Treatment("ATORVASTATINE 80 mg, comprimé pelliculé", "C10AA05", "atorvastatine", "1 comprimé le soir",
                  "Hypercholestérolémie", 2),
    ),
    stays=(Stay("Syndrome coronarien aigu avec sus-décalage inférieur",
                "Angioplastie de la coronaire droite avec pose de deux endoprothèses actives. Suites simples.", 2,
                "Cardiologie"),),
)  # fmt: skip

STROKE = Story(
    key="stroke",
    ages=(58, 94),
    weight=4,
    problems=(
        Problem("Séquelles d'infarctus cérébral sylvien gauche, aphasie", "I69.3", 3),
        Problem("Hypertension artérielle essentielle", "I10", 16),
    ),
    treatments=(
        Treatment("CLOPIDOGREL 75 mg, comprimé pelliculé", "B01AC04", "clopidogrel", "1 comprimé par jour",
                  "Infarctus cérébral", 3),
        Treatment("AMLODIPINE 5 mg, gélule", "C08CA01", "amlodipine", "1 gélule le matin", "Hypertension", 10),
    ),
    attention=("Aphasie : le patient comprend, il ne peut pas répondre avec des mots",),
    stays=(Stay("Infarctus cérébral sylvien gauche", "Thrombolyse intraveineuse, rééducation.", 3, "Neurologie"),),
)  # fmt: skip

HYPERTENSION = Story(
    key="hypertension",
    ages=(45, 90),
    weight=8,
    problems=(Problem("Hypertension artérielle essentielle", "I10", 9),),
    treatments=(
        Treatment("AMLODIPINE 5 mg, gélule", "C08CA01", "amlodipine", "1 gélule le matin", "Hypertension", 9),
    ),
)  # fmt: skip
