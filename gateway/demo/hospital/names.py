"""French names, towns and streets to draw from: particles, hyphens, apostrophes, accents and ligatures included."""

from dataclasses import dataclass

FAMILY_NAMES: tuple[str, ...] = (
    "MARTIN", "BERNARD", "THOMAS", "PETIT", "ROBERT", "RICHARD", "DURAND", "DUBOIS", "MOREAU", "LAURENT", "SIMON",
    "MICHEL", "LEFÈVRE", "LEROY", "ROUX", "DAVID", "BERTRAND", "MOREL", "FOURNIER", "GIRARD", "BONNET", "DUPONT",
    "LAMBERT", "FONTAINE", "ROUSSEAU", "VINCENT", "MÜLLER", "FAURE", "ANDRÉ", "MERCIER", "BLANC", "GUÉRIN", "BOYER",
    "GARNIER", "CHEVALIER", "FRANÇOIS", "LEGRAND", "GAUTHIER", "GARCIA", "PERRIN", "ROBIN", "CLÉMENT", "MORIN",
    "NICOLAS", "HENRY", "ROUSSEL", "MATHIEU", "GAUTIER", "MASSON", "MARCHAND", "DUVAL", "DENIS", "DUMONT", "MARIE",
    "LEMAIRE", "NOËL", "MEYER", "DUFOUR", "MEUNIER", "BRUN", "BLANCHARD", "GIRAUD", "JOLY", "RIVIÈRE", "LUCAS",
    "BRUNET", "GAILLARD", "BARBIER", "ARNAUD", "MARTINEZ", "GÉRARD", "ROCHE", "RENARD", "SCHMITT", "ROY", "LEROUX",
    "COLIN", "VIDAL", "CARON", "PICARD", "ROGER", "FABRE", "AUBERT", "LEMOINE", "RENAUD", "DUMAS", "LACROIX",
    "OLIVIER", "PHILIPPE", "BOURGEOIS", "PIERRE", "BENOÎT", "REY", "LECLERC", "PAYET", "ROLLAND", "LECLERCQ",
    "GUILLAUME", "LECOMTE", "LOPEZ", "JEAN", "DUPUY", "GUILLOT", "HUBERT", "BERGER", "CARPENTIER", "SANCHEZ",
    "DUPUIS", "MOULIN", "LOUIS", "DESCHAMPS", "HUET", "VASSEUR", "PEREZ", "BOUCHER", "FLEURY", "ROYER", "KLEIN",
    "JACQUET", "ADAM", "PARIS", "POIRIER", "MARTY", "AUBRY", "GUYOT", "CARRÉ", "CHARLES", "RENAULT", "CHARPENTIER",
    "MÉNARD", "MAILLARD", "BARON", "BERTIN", "BAILLY", "HERVÉ", "SCHNEIDER", "FERNANDEZ", "LE GALL", "COLLET",
    "LÉGER", "BOUVIER", "JULIEN", "PRÉVOST", "MILLET", "PERROT", "DANIEL", "LE ROUX", "COUSIN", "GERMAIN", "BRETON",
    "BESSON", "LANGLOIS", "RÉMY", "LE GOFF", "PELLETIER", "LÉVÊQUE", "PERRIER", "LEBLANC", "BARRÉ", "LEBRUN",
    "MARCHAL", "WEBER", "MALLET", "HAMON", "BOULANGER", "JACOB", "MONNIER", "MICHAUD", "RODRIGUEZ", "GUICHARD",
    "GILLET", "ÉTIENNE", "GRONDIN", "POULAIN", "TESSIER", "CHEVALLIER", "COLLIN", "CHAUVIN", "DA SILVA", "BOUCHET",
    "GAY", "LEMAÎTRE", "BÉNARD", "MARÉCHAL", "HUMBERT", "REYNAUD", "ANTOINE", "HOARAU", "PERRET", "BARTHÉLEMY",
    "CORDIER", "PICHON", "LEJEUNE", "GILBERT", "LAMY", "DELAUNAY", "PASQUIER", "CARLIER", "LAPORTE", "BENALI",
    "TRAORÉ", "NGUYEN", "DIALLO", "KEÏTA", "HADDAD", "BELKACEM", "FERREIRA", "PEÑA", "KOWALSKI", "ÇELIK",
    "D'HÔTE", "DE LA TOUR", "D'ALMEIDA", "DU BOISGUÉHÉNEUC", "L'HÉRITIER", "LE BŒUF", "VAN DER MEER", "DES ESSARTS",
    "SAINT-MARTIN", "PETIT-JEAN", "LŒUILLET", "BOIS-LE-DUC", "MAC'H", "QUÉMÉNEUR",
)  # fmt: skip
CORSICAN_NAMES: tuple[str, ...] = ("CASANOVA", "SANTONI", "LUCIANI", "PAOLI", "MATTEI", "POGGI-LECA", "GIACOMETTI")

WOMEN_BEFORE_1965: tuple[str, ...] = (
    "Marie", "Jeanne", "Françoise", "Monique", "Jacqueline", "Denise", "Thérèse", "Ginette", "Yvette", "Odette",
    "Simone", "Andrée", "Renée", "Geneviève", "Michèle", "Nicole", "Josette", "Colette", "Éliane", "Régine",
    "Marie-Thérèse", "Anne-Marie", "Bernadette", "Danièle", "Chantal", "Marie-Claude", "Arlette", "Huguette",
)  # fmt: skip
WOMEN_AFTER_1965: tuple[str, ...] = (
    "Nathalie", "Isabelle", "Sylvie", "Valérie", "Céline", "Aurélie", "Stéphanie", "Émilie", "Élodie", "Laëtitia",
    "Zoé", "Chloé", "Inès", "Léa", "Manon", "Anaïs", "Océane", "Jade", "Louise", "Anne-Lise", "Marie-Ève", "Fatima",
    "Aïcha", "Khadija", "Thi-Mai", "Rokhaya", "Noémie", "Gaëlle", "Maëlys", "Lucie", "Camille", "Élise",
)  # fmt: skip
MEN_BEFORE_1965: tuple[str, ...] = (
    "Jean", "Pierre", "Michel", "André", "René", "Jacques", "Bernard", "Gérard", "Roger", "Marcel", "Raymond",
    "Claude", "Jean-Pierre", "Jean-Claude", "Georges", "Henri", "Lucien", "Maurice", "Guy", "Daniel", "Serge",
    "François-Xavier", "Yves", "Joël", "Noël", "Émile", "Jean-Marie", "Rémy",
)  # fmt: skip
MEN_AFTER_1965: tuple[str, ...] = (
    "Christophe", "Stéphane", "Frédéric", "Sébastien", "Jérôme", "Nicolas", "Julien", "Mickaël", "Cédric", "Loïc",
    "Gaël", "Hugo", "Théo", "Léo", "Noé", "Raphaël", "Mathéo", "Mohamed", "Yacine", "Ibrahima", "Jean-Baptiste",
    "Pierre-Yves", "Thibault", "Aurélien", "Kévin", "Benoît", "Grégory", "Adrien", "Anselme", "Éloi",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Town:
    """A birthplace or a home: INSEE code of the commune, its name, a postal code ("" abroad)."""

    insee: str
    name: str
    postal_code: str


TOWNS: tuple[Town, ...] = (
    Town("75056", "Paris", "75013"), Town("69123", "Lyon", "69003"), Town("13055", "Marseille", "13005"),
    Town("31555", "Toulouse", "31000"), Town("44109", "Nantes", "44000"), Town("67482", "Strasbourg", "67000"),
    Town("35238", "Rennes", "35000"), Town("59350", "Lille", "59000"), Town("33063", "Bordeaux", "33000"),
    Town("29019", "Brest", "29200"), Town("38185", "Grenoble", "38000"), Town("21231", "Dijon", "21000"),
    Town("86194", "Poitiers", "86000"), Town("63113", "Clermont-Ferrand", "63000"), Town("51454", "Reims", "51100"),
    Town("76540", "Rouen", "76000"), Town("97411", "Saint-Denis", "97400"), Town("97209", "Fort-de-France", "97200"),
    Town("95018", "Argenteuil", "95100"), Town("93066", "Saint-Denis", "93200"), Town("94028", "Créteil", "94000"),
    Town("92012", "Boulogne-Billancourt", "92100"), Town("78646", "Versailles", "78000"),
)  # fmt: skip
CORSICAN_TOWNS: tuple[Town, ...] = (Town("2A004", "Ajaccio", "20000"), Town("2B033", "Bastia", "20200"))
BIRTHPLACES_ABROAD: tuple[Town, ...] = (
    Town("99352", "Algérie", ""), Town("99350", "Maroc", ""), Town("99139", "Portugal", ""),
    Town("99335", "Mali", ""), Town("99243", "Vietnam", ""),
)  # fmt: skip
STREETS: tuple[str, ...] = (
    "rue des Lilas", "avenue de la République", "boulevard Voltaire", "place de l'Église", "rue Jean-Jaurès",
    "impasse du Puits", "chemin des Écoliers", "rue de l'Hôtel-de-Ville", "allée des Tilleuls", "quai de la Loire",
)  # fmt: skip
