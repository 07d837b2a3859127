"""The cast of the demonstration; every person is invented.

Their logins end in demo.fr and share one password; their e-mail addresses are in a
domain that can't exist, so that no message ever leaves.
"""

PASSWORD = "demo"  # noqa: S105  shown on the screen: it protects nothing
LOGIN_DOMAIN = "demo.fr"
MAIL_DOMAIN = "demo.example"

# login before the @: name, groups of ours, function
STAFF = {
    "admin": (
        "Claire Fontaine",
        ("admin",),
        "Chargée de la mutualisation",
    ),
    "direction": ("Philippe Marchal", ("direction",), "Directeur général des services"),
    "finance": ("Isabelle Vautrin", ("finance",), "Responsable des finances"),
    "technique": (
        "Thierry Masson",
        ("service_manager",),
        "Responsable des services techniques",
    ),
    "secretariat": (
        "Nathalie Perrin",
        ("service_manager",),
        "Responsable du secrétariat mutualisé",
    ),
    "scolaire": (
        "Céline Humbert",
        ("service_manager",),
        "Coordinatrice des ATSEM",
    ),
    "informatique": (
        "Hugo Lambert",
        ("service_manager", "leader"),
        "Technicien informatique",
    ),
    "chef": ("Karim Benali", ("leader",), "Chef de l'équipe bâtiments"),
    "chef.vert": (
        "Sylvain Colin",
        ("leader",),
        "Chef de l'équipe espaces verts et voirie",
    ),
    "chef.secretariat": ("Sandrine Leroy", ("leader",), "Secrétaire itinérante"),
    "chef.atsem": ("Valérie Poirot", ("leader",), "ATSEM référente"),
    "agent": ("Lucas Henry", ("agent",), "Agent technique, plombier"),
    "mathieu": ("Mathieu Gérard", ("agent",), "Agent technique, électricien"),
    "romain": ("Romain Schmitt", ("agent",), "Agent des espaces verts"),
    "julie": ("Julie Noël", ("agent",), "Agente de voirie"),
    "audrey": ("Audrey Simon", ("agent",), "Secrétaire itinérante"),
    "emilie": ("Émilie Thomas", ("agent",), "ATSEM"),
}

PORTAL = "base.group_portal"
# works at the desk of the mairie with the office screens
OFFICE = "intercommunal_workflow.group_intercommunal_requester"

# login before the @: name, home commune, function, group
COMMUNE_PEOPLE = {
    "secretaire": ("Martine Jacquot", "thiaucourt", "Secrétaire de mairie", PORTAL),
    "referent": ("Alain Didier", "thiaucourt", "Adjoint aux travaux", PORTAL),
    "maire": ("Bernard Thouvenin", "thiaucourt", "Maire", PORTAL),
    "secretaire.chambley": ("Sophie Aubry", "chambley", "Secrétaire de mairie", PORTAL),
    "referent.chambley": ("Jean-Luc Mathis", "chambley", "Conseiller délégué", PORTAL),
    "maire.chambley": ("Monique Barthélemy", "chambley", "Maire", PORTAL),
    "accueil.noveant": (
        "Émeline Schneider",
        "noveant",
        "Agente d'accueil",
        OFFICE,
    ),
    "referent.noveant": (
        "Didier Klein",
        "noveant",
        "Directeur général des services",
        PORTAL,
    ),
    "maire.noveant": ("Hervé Muller", "noveant", "Maire", PORTAL),
    "maire.essey": ("Patrick Lhuillier", "essey", "Maire", PORTAL),
}

# who, commune, role: a small commune's mayor follows everything; its secretary is
# shared with the neighbour
ROLES = (
    ("secretaire", "thiaucourt", "requester"),
    ("referent", "thiaucourt", "referent"),
    ("referent", "thiaucourt", "deputy"),
    ("maire", "thiaucourt", "mayor"),
    ("secretaire.chambley", "chambley", "requester"),
    ("referent.chambley", "chambley", "referent"),
    ("maire.chambley", "chambley", "mayor"),
    ("accueil.noveant", "noveant", "requester"),
    ("referent.noveant", "noveant", "referent"),
    ("referent.noveant", "noveant", "dgs"),
    ("maire.noveant", "noveant", "mayor"),
    ("secretaire.chambley", "essey", "requester"),
    ("maire.essey", "essey", "referent"),
    ("maire.essey", "essey", "mayor"),
)

# What ./run prints: role, login before the @
SHOWN = (
    ("Administratrice", "admin"),
    ("Direction", "direction"),
    ("Finances", "finance"),
    ("Responsable des services techniques", "technique"),
    ("Responsable du secrétariat", "secretariat"),
    ("Chef d'équipe", "chef"),
    ("Agent", "agent"),
    ("Secrétaire de mairie, Thiaucourt", "secretaire"),
    ("Référent, Thiaucourt", "referent"),
    ("Maire, Thiaucourt", "maire"),
    ("Secrétaire de mairie, Chambley et Essey", "secretaire.chambley"),
    ("Référent, Chambley", "referent.chambley"),
    ("Accueil de mairie (interne), Novéant", "accueil.noveant"),
)
