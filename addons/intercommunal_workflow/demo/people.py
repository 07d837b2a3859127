"""The cast of the demonstration; every person is invented.

Their logins end in demo.fr and share one password; their e-mail addresses are in a
domain that can't exist, so that no message ever leaves.
"""

PASSWORD = "demo"  # noqa: S105  shown on the screen: it protects nothing
LOGIN_DOMAIN = "demo.fr"
MAIL_DOMAIN = "demo.example"

_OURS = "intercommunal_workflow.group_intercommunal_"
ADMIN, DIRECTION, FINANCE = f"{_OURS}admin", f"{_OURS}direction", f"{_OURS}finance"
MANAGER, LEADER, AGENT = f"{_OURS}service_manager", f"{_OURS}leader", f"{_OURS}agent"
PORTAL = "base.group_portal"
# works at the desk of the mairie with the office screens
OFFICE = f"{_OURS}requester"

# the communes' councils took office then
TERM_START = "2026-03-29"

# login before the @: name, groups, function
STAFF = {
    "admin": (
        "Claire Fontaine",
        (ADMIN,),
        "Chargée de la mutualisation",
    ),
    "direction": ("Philippe Marchal", (DIRECTION,), "Directeur général des services"),
    "finance": ("Isabelle Vautrin", (FINANCE,), "Responsable des finances"),
    "technique": (
        "Thierry Masson",
        (MANAGER,),
        "Responsable des services techniques",
    ),
    "secretariat": (
        "Nathalie Perrin",
        (MANAGER,),
        "Responsable du secrétariat mutualisé",
    ),
    "scolaire": (
        "Céline Humbert",
        (MANAGER,),
        "Coordinatrice des ATSEM",
    ),
    "informatique": (
        "Hugo Lambert",
        (MANAGER, LEADER),
        "Technicien informatique",
    ),
    "chef": ("Karim Benali", (LEADER,), "Chef de l'équipe bâtiments"),
    "chef.vert": (
        "Sylvain Colin",
        (LEADER,),
        "Chef de l'équipe espaces verts et voirie",
    ),
    "chef.secretariat": ("Sandrine Leroy", (LEADER,), "Secrétaire itinérante"),
    "chef.atsem": ("Valérie Poirot", (LEADER,), "ATSEM référente"),
    "agent": ("Lucas Henry", (AGENT,), "Agent technique, plombier"),
    "mathieu": ("Mathieu Gérard", (AGENT,), "Agent technique, électricien"),
    "romain": ("Romain Schmitt", (AGENT,), "Agent des espaces verts"),
    "julie": ("Julie Noël", (AGENT,), "Agente de voirie"),
    "audrey": ("Audrey Simon", (AGENT,), "Secrétaire itinérante"),
    "emilie": ("Émilie Thomas", (AGENT,), "ATSEM"),
}

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
