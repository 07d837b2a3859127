"""Rates of the demonstration: invented, of a plausible size."""

# code: name, service, kind, unit, price, step, minimum, products (keys), default
RATES = {
    "AGT-TECH": ("Agent technique", "TEC", "labour", "hour", 38.50, 15, 30, (), True),
    "AGT-SECR": (
        "Secrétaire de mairie",
        "SEC",
        "labour",
        "hour",
        34.80,
        30,
        60,
        (),
        True,
    ),
    "AGT-ATSEM": ("ATSEM remplaçante", "ATS", "labour", "hour", 29.60, 15, 0, (), True),
    "AGT-INFO": (
        "Assistance informatique",
        "NUM",
        "labour",
        "hour",
        45.20,
        15,
        30,
        (),
        True,
    ),
    "FOURGON": (
        "Fourgon benne",
        "TEC",
        "equipment",
        "hour",
        18.00,
        15,
        0,
        ("fourgon",),
        False,
    ),
    "ENGIN": (
        "Mini-pelle et nacelle",
        "TEC",
        "equipment",
        "hour",
        62.00,
        15,
        0,
        ("minipelle", "nacelle"),
        False,
    ),
    "VERT": (
        "Tondeuse et broyeur",
        "TEC",
        "equipment",
        "hour",
        24.50,
        15,
        0,
        ("tondeuse", "broyeur"),
        False,
    ),
    "JOINT": (
        "Petite plomberie",
        "TEC",
        "material",
        "unit",
        4.20,
        0,
        0,
        ("joint", "flexible", "robinet"),
        False,
    ),
    "ELEC": (
        "Luminaire à LED",
        "TEC",
        "material",
        "unit",
        58.90,
        0,
        0,
        ("ampoule",),
        False,
    ),
    "PEINT": (
        "Peinture, litre",
        "TEC",
        "material",
        "unit",
        9.75,
        0,
        0,
        ("peinture",),
        False,
    ),
    "ENROBE": (
        "Enrobé à froid, sac",
        "TEC",
        "material",
        "unit",
        11.40,
        0,
        0,
        ("enrobe",),
        False,
    ),
    "FOURN": (
        "Autres fournitures",
        "TEC",
        "material",
        "unit",
        46.00,
        0,
        0,
        ("panneau", "vitrage", "gouttiere", "serrure"),
        False,
    ),
    "KM-TEC": ("Kilomètre", "TEC", "travel", "km", 0.62, 0, 0, (), True),
    "KM-SEC": ("Kilomètre", "SEC", "travel", "km", 0.50, 0, 0, (), True),
    "KM-ATS": ("Kilomètre", "ATS", "travel", "km", 0.50, 0, 0, (), True),
    "KM-NUM": ("Kilomètre", "NUM", "travel", "km", 0.50, 0, 0, (), True),
}
# Nature of the public accounts, by kind: to confirm with an accountant.
M57 = {"labour": "70845", "equipment": "70875", "material": "70875", "travel": "70875"}
M57_FUNCTION = "020"
# What a financial software of the demonstration reads: invented
TITRE_MAP = {
    "name": "Logiciel financier de la démonstration",
    "encoding": "iso-8859-1",
    "date_format": "ymd",
    "sequence": 10,
}
DELIBERATION = "2025-12-18/07"

# What the agreements of a service say besides, such as what each commune set aside for
# the year
AGREEMENTS = {
    "TEC": {"period": "month", "budget_amount": 4_000, "budget_hours": 90},
    "SEC": {"budget_amount": 2_500, "budget_hours": 70},
}

# Flat sums of each agreement of a service
CHARGES = {
    "NUM": {
        "name": "Forfait d'infogérance",
        "amount": 480.00,
        "amount_basis": "year",
        "period": "quarter",
        "m57_nature": "70875",
        "kind": "material",
    },
}
# A cost of the technical services that the communes share
KEY = "Population municipale"
SHARED = {
    "name": "Carburant et entretien des véhicules",
    "amount": 1_000.01,
    "kind": "equipment",
    "m57_nature": "70875",
}
# The worksheet of next year's hour of a technical agent: nature, name, account, last
# accounts, update by the budget; then the units of use
UNIT_COSTS = {
    "AGT-TECH": (
        (
            ("staff", "Rémunérations et charges", "64", 148_200, 2_960),
            ("supplies", "Carburant et petites fournitures", "606", 9_850, 450),
            ("renewal", "Amortissement du fourgon", "6811", 7_400, 0),
            ("contracts", "Assurance et entretien", "6156", 5_120, 180),
        ),
        4_300,
    ),
}
UNIT_COSTS_SOURCE = "Compte administratif de l'année passée, actualisé par le budget"
# Hours that each commune foresees of a rate; one of them uses more
FORECASTS = {
    "AGT-TECH": {"thiaucourt": 36, "chambley": 20, "noveant": 24, "essey": 28},
    "AGT-SECR": {"thiaucourt": 21, "chambley": 14, "noveant": 14, "essey": 10},
}
CONTEST = "Un seul agent était présent le matin : la feuille de la mairie le montre."
