"""Services, teams, products and request types of the demonstration."""

# code: name, sequence, colour, managers
SERVICES = {
    "TEC": ("Services techniques", 10, 4, ("technique",)),
    "SEC": ("Secrétariat de mairie", 20, 3, ("secretariat",)),
    "ATS": ("ATSEM et vie scolaire", 30, 2, ("scolaire",)),
    "NUM": ("Informatique", 40, 9, ("informatique",)),
}

# key: name, service, leader, members, colour
TEAMS = {
    "batiments": ("Équipe bâtiments", "TEC", "chef", ("chef", "agent", "mathieu"), 4),
    "verts": (
        "Équipe espaces verts et voirie",
        "TEC",
        "chef.vert",
        ("chef.vert", "romain", "julie"),
        10,
    ),
    "secretaires": (
        "Secrétaires itinérantes",
        "SEC",
        "chef.secretariat",
        ("chef.secretariat", "audrey"),
        3,
    ),
    "atsem": ("ATSEM remplaçantes", "ATS", "chef.atsem", ("chef.atsem", "emilie"), 2),
    "informatique": ("Assistance informatique", "NUM", "informatique", (), 9),
}

# key: name, unit (xml id in uom), type
PRODUCTS = {
    "fourgon": ("Fourgon benne", "product_uom_hour", "service"),
    "minipelle": ("Mini-pelle 1,8 t", "product_uom_hour", "service"),
    "broyeur": ("Broyeur de branches", "product_uom_hour", "service"),
    "tondeuse": ("Tondeuse autoportée", "product_uom_hour", "service"),
    "nacelle": ("Nacelle 12 m", "product_uom_hour", "service"),
    "joint": ("Joint fibre 15/21", "product_uom_unit", "consu"),
    "flexible": ("Flexible sanitaire 50 cm", "product_uom_unit", "consu"),
    "robinet": ("Robinet d'arrêt 15/21", "product_uom_unit", "consu"),
    "ampoule": ("Luminaire à LED 40 W", "product_uom_unit", "consu"),
    "peinture": ("Peinture acrylique blanche", "product_uom_litre", "consu"),
    "enrobe": ("Enrobé à froid, sac de 25 kg", "product_uom_unit", "consu"),
    "panneau": ("Panneau de signalisation B14", "product_uom_unit", "consu"),
    "vitrage": ("Double vitrage 60 × 90", "product_uom_unit", "consu"),
    "gouttiere": ("Gouttière en zinc", "product_uom_meter", "consu"),
    "serrure": ("Serrure à larder", "product_uom_unit", "consu"),
    "km": ("Déplacement", "product_uom_km", "service"),
}


def _choice(name, label, *options):
    return {
        "name": name,
        "string": label,
        "type": "selection",
        "selection": [list(option) for option in options],
    }


def _field(name, label, kind):
    return {"name": name, "string": label, "type": kind}


# key: service, name, help, hours, questions ("*": an answer is required), checklist,
# products
TYPES = {
    "plomberie": (
        "TEC",
        "Plomberie, fuite d'eau",
        "Fuite, chauffe-eau, sanitaires. En cas d'inondation, coupez l'eau au compteur.",
        2.0,
        (
            _choice(
                "eau_coupee",
                "L'eau est-elle coupée ? *",
                ("oui", "Oui"),
                ("non", "Non"),
                ("partie", "En partie"),
            ),
            _field("acces", "Où prendre la clé", "char"),
        ),
        "Couper l'eau\nProtéger le sol\nEssai sous pression\nRemettre en eau",
        ("joint", "flexible", "robinet", "fourgon"),
    ),
    "batiment": (
        "TEC",
        "Petite réparation de bâtiment",
        "Portes, fenêtres, gouttières, peinture.",
        3.0,
        (
            _field("acces", "Où prendre la clé", "char"),
            _field("securite", "Il y a un danger pour le public", "boolean"),
        ),
        "Baliser\nNettoyer en partant",
        ("serrure", "vitrage", "gouttiere", "peinture", "fourgon"),
    ),
    "eclairage": (
        "TEC",
        "Éclairage et électricité",
        "Éclairage public et des bâtiments. Ne touchez à rien s'il y a un danger.",
        2.0,
        (
            _field("numero", "Numéro du candélabre", "char"),
            _field("securite", "Il y a un danger pour le public", "boolean"),
        ),
        "Consigner\nVérifier l'absence de tension\nEssai",
        ("ampoule", "nacelle"),
    ),
    "voirie": (
        "TEC",
        "Voirie et signalisation",
        "Nids-de-poule, panneaux, marquage.",
        4.0,
        (
            _field("surface", "Surface (m²)", "integer"),
            _choice(
                "circulation",
                "Circulation *",
                ("libre", "Peut rester libre"),
                ("alternee", "À alterner"),
                ("coupee", "À couper"),
            ),
        ),
        "Arrêté de circulation affiché\nSignalisation temporaire\nBalayage",
        ("enrobe", "panneau", "minipelle", "fourgon"),
    ),
    "verts": (
        "TEC",
        "Espaces verts",
        "Tonte, taille, élagage, arbre tombé.",
        6.0,
        (
            _field("surface", "Surface (m²)", "integer"),
            _choice(
                "dechets",
                "Déchets verts",
                ("broyage", "À broyer sur place"),
                ("evacuation", "À évacuer"),
            ),
        ),
        "Protections individuelles\nPas de passants à moins de 10 m",
        ("tondeuse", "broyeur", "fourgon"),
    ),
    "remplacement": (
        "SEC",
        "Remplacement de secrétaire",
        "Congé, maladie, formation : une secrétaire itinérante tient la mairie.",
        7.0,
        (
            _field("debut", "Premier jour *", "date"),
            _field("fin", "Dernier jour *", "date"),
            _choice(
                "motif",
                "Motif",
                ("conge", "Congés"),
                ("maladie", "Maladie"),
                ("formation", "Formation"),
            ),
        ),
        "Consignes de la secrétaire lues\nRegistres à jour",
        ("km",),
    ),
    "renfort": (
        "SEC",
        "Renfort ponctuel",
        "Budget, paie, urbanisme, état civil, élections.",
        7.0,
        (
            _choice(
                "domaine",
                "Domaine *",
                ("budget", "Budget"),
                ("paie", "Paie"),
                ("urbanisme", "Urbanisme"),
                ("etat_civil", "État civil"),
                ("elections", "Élections"),
            ),
            _field("jours", "Nombre de jours", "integer"),
        ),
        "",
        ("km",),
    ),
    "atsem": (
        "ATS",
        "Remplacement d'ATSEM",
        "Prévenez dès que possible : la veille avant 16 h, ou le matin par téléphone.",
        8.0,
        (
            _field("jour", "Jour *", "date"),
            _field("horaires", "Horaires", "char"),
            _choice(
                "classe",
                "Classe *",
                ("ps", "Petite section"),
                ("ms", "Moyenne section"),
                ("gs", "Grande section"),
            ),
        ),
        "Fiche de la classe lue\nAllergies vérifiées avec l'enseignante",
        ("km",),
    ),
    "periscolaire": (
        "ATS",
        "Renfort du périscolaire",
        "Cantine, garderie, sortie.",
        3.0,
        (_field("enfants", "Nombre d'enfants", "integer"),),
        "",
        ("km",),
    ),
    "poste": (
        "NUM",
        "Panne de poste ou de messagerie",
        "Ordinateur, imprimante, messagerie, sauvegarde.",
        1.5,
        (
            _field("poste", "Numéro du poste", "char"),
            _field("bloquant", "Plus personne ne peut travailler", "boolean"),
        ),
        "Sauvegarde vérifiée",
        ("km",),
    ),
}

# An approval before work, so that the demonstration shows one
CIRCUIT_NAME = "Accord du maire au-dessus de 3 000 €"
CIRCUIT_DOMAIN = "[('estimated_cost', '>', 3000)]"
CIRCUIT_STEP = "Maire de la commune"

# What the technical services report: the referent, then the mayor when it is late; the
# direction settles what was refused, or sent back twice.
REPORT_CIRCUIT_NAME = "Travaux des services techniques"
REPORT_CIRCUIT_STEPS = (
    {
        "name": "Référent de la commune",
        "resolver": "commune_role",
        "commune_role": "referent",
        "delay_days": 5,
        "reminder_days": 2,
        "escalation_resolver": "commune_role",
        "escalation_commune_role": "mayor",
    },
    {
        "name": "Arbitrage de la direction",
        "resolver": "service_role",
        "service_role": "director",
        "is_arbitration": True,
        "delay_days": 5,
    },
)
