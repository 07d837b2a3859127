"""Where the demonstration takes place. The communes are real, the people are not.

Phone numbers are those that the French regulator keeps for fiction.
"""

EPCI_SIREN = "200070738"
EPCI_EMAIL = "contact@demo.example"

# key: INSEE code, what the official list does not say
COMMUNES = {
    "thiaucourt": (
        "54518",
        {"street": "Place de l'Hôtel de Ville", "phone": "03 53 01 10 10"},
    ),
    "chambley": ("54112", {"street": "Rue de la Mairie", "phone": "03 53 01 10 20"}),
    "noveant": ("57515", {"street": "Rue Foch", "phone": "03 53 01 10 30"}),
    "essey": ("54182", {"street": "Rue de l'Église", "phone": "03 53 01 10 40"}),
}

# key: commune, name, kind, address, latitude, longitude
SITES = {
    "ecole_thiaucourt": (
        "thiaucourt",
        "École primaire du Rupt de Mad",
        "school",
        "Rue des Écoles",
        48.9561,
        5.8622,
    ),
    "maternelle_thiaucourt": (
        "thiaucourt",
        "École maternelle Les Coquelicots",
        "school",
        "Rue des Écoles",
        48.9564,
        5.8629,
    ),
    "mairie_thiaucourt": (
        "thiaucourt",
        "Mairie de Thiaucourt-Regniéville",
        "town_hall",
        "Place de l'Hôtel de Ville",
        48.9553,
        5.8604,
    ),
    "salle_thiaucourt": (
        "thiaucourt",
        "Salle polyvalente",
        "hall",
        "Rue de Metz",
        48.9578,
        5.8651,
    ),
    "route_thiaucourt": (
        "thiaucourt",
        "Route de Regniéville",
        "road",
        "Route de Regniéville",
        48.9502,
        5.8688,
    ),
    "ecole_chambley": (
        "chambley",
        "Groupe scolaire de Chambley",
        "school",
        "Rue du Stade",
        49.0489,
        5.8987,
    ),
    "mairie_chambley": (
        "chambley",
        "Mairie de Chambley-Bussières",
        "town_hall",
        "Rue de la Mairie",
        49.0502,
        5.9005,
    ),
    "stade_chambley": (
        "chambley",
        "Stade municipal",
        "hall",
        "Rue du Stade",
        49.0478,
        5.8969,
    ),
    "ecole_noveant": (
        "noveant",
        "École Les Tilleuls",
        "school",
        "Rue des Tilleuls",
        49.0243,
        6.0471,
    ),
    "gare_noveant": (
        "noveant",
        "Parking de la gare",
        "road",
        "Rue de la Gare",
        49.0229,
        6.0502,
    ),
    "parc_noveant": (
        "noveant",
        "Parc des bords de Moselle",
        "green",
        "Quai de la Moselle",
        49.0251,
        6.0518,
    ),
    "mairie_noveant": (
        "noveant",
        "Mairie de Novéant-sur-Moselle",
        "town_hall",
        "Rue Foch",
        49.0247,
        6.0483,
    ),
    "salle_essey": (
        "essey",
        "Salle des fêtes d'Essey",
        "hall",
        "Grande Rue",
        48.9187,
        5.7925,
    ),
    "cimetiere_essey": (
        "essey",
        "Cimetière d'Essey-et-Maizerais",
        "green",
        "Chemin du Cimetière",
        48.9199,
        5.7948,
    ),
}
