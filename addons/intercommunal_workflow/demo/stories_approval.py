"""Requests of the demonstration that show how people decide; `stories` explains the
rows. More words here:

- ``asked``: question of the referent, with the share of the photo that is meant;
- ``reserve``: why a line is not accepted whole, and the minutes that are;
- ``away``: who stands in for the mayor until which day;
- ``contrary``: why it is refused, and ``settled``: the words that settle it.
"""

APPROVALS = (
    # a question, on a corner of a photo
    {
        "commune": "thiaucourt",
        "who": "secretaire",
        "type": "voirie",
        "address": "Carrefour de la Croix-Blanche",
        "name": "Panneau « stop » couché",
        "text": "Une camionnette l'a accroché hier soir en reculant.",
        "priority": "2",
        "answers": {"circulation": "libre"},
        "photo": ("sign_bent", "Le panneau ce matin"),
        "sent": -5,
        "path": "question",
        "job": {
            "team": "verts",
            "day": -3,
            "hour": 8,
            "hours": 2,
            "labour": (("romain", 120), ("julie", 120)),
            "machines": (("fourgon", 120),),
            "km": 24,
            "summary": "Mât redressé et scellé, panneau refixé.",
            "photos": (
                ("before", "sign_bent", "Avant"),
                ("after", "sign", "Le panneau remis"),
            ),
        },
        "asked": {
            "text": "Le pied est-il scellé au béton, ou seulement calé ? On ne le voit"
            " pas bien sur la photo.",
            "area": (0.42, 0.66, 0.2, 0.22),
        },
    },
    # accepted with a reserve, whose job is planned
    {
        "commune": "chambley",
        "who": "secretaire.chambley",
        "type": "verts",
        "site": "stade_chambley",
        "name": "Haie du stade à tailler avant le tournoi",
        "text": "Elle déborde sur le chemin des spectateurs.",
        "answers": {"surface": 80, "dechets": "evacuation"},
        "photo": ("hedge_high", "Le long du chemin"),
        "sent": -11,
        "path": "reserves",
        "job": {
            "team": "verts",
            "day": -7,
            "hour": 8,
            "hours": 4,
            "labour": (("romain", 240), ("julie", 240)),
            "machines": (("broyeur", 120), ("fourgon", 240)),
            "km": 30,
            "summary": "Haie taillée sur 80 m, déchets broyés sur place.",
            "photos": (
                ("before", "hedge_high", "Avant"),
                ("after", "hedge_cut", "Après"),
            ),
        },
        "reserve": {
            "text": "Les vingt derniers mètres, côté vestiaires, ne sont pas taillés.",
            "minutes": 180,
            "words": "Beau travail pour le reste.",
        },
        "lift": {"team": "verts", "day": 2, "hour": 8, "hours": 1},
    },
    # the mayor is away: the deputy decides in his name
    {
        "commune": "thiaucourt",
        "who": "secretaire",
        "type": "batiment",
        "site": "ecole_thiaucourt",
        "name": "Remplacer six fenêtres de l'école",
        "text": "Simple vitrage, les joints ne tiennent plus. Devis de l'an dernier"
        " joint au dossier de la commission.",
        "answers": {"acces": "Concierge de l'école"},
        "photo": ("window_broken", "Côté cour"),
        "sent": -6,
        "path": "delegated",
        "estimate": 4800,
        "due": 20,
        "away": {
            "who": "maire",
            "for": "referent",
            "until": 9,
            "why": "Congés du maire",
        },
    },
    # late: the mayor is asked as well
    {
        "commune": "noveant",
        "who": "accueil.noveant",
        "type": "eclairage",
        "address": "Allée de la Gare",
        "name": "Lampadaire clignotant allée de la Gare",
        "text": "Le troisième depuis le quai s'allume et s'éteint toute la nuit.",
        "answers": {"numero": "G-03"},
        "sent": -17,
        "path": "late",
        "job": {
            "team": "batiments",
            "day": -13,
            "hour": 15,
            "hours": 1,
            "labour": (("mathieu", 60),),
            "machines": (("nacelle", 45),),
            "km": 34,
            "summary": "Amorceur et ampoule remplacés.",
            "photos": (("after", "lamp_on", "Essai à la tombée du jour"),),
        },
    },
    # refused, then settled by the direction
    {
        "commune": "chambley",
        "who": "secretaire.chambley",
        "type": "plomberie",
        "site": "ecole_chambley",
        "name": "Lavabo bouché dans la classe de maternelle",
        "text": "L'eau ne part plus, les enfants vont se laver les mains ailleurs.",
        "answers": {"eau_coupee": "non", "acces": "Directrice de l'école"},
        "photo": ("leak", "Le lavabo"),
        "sent": -19,
        "path": "arbitrated",
        "job": {
            "team": "batiments",
            "day": -15,
            "hour": 9,
            "hours": 2.5,
            "labour": (("agent", 150),),
            "machines": (("fourgon", 150),),
            "supplies": (("joint", 4),),
            "km": 28,
            "summary": "Siphon démonté et débouché ; la colonne était prise sur 3 m.",
            "photos": (("after", "sink", "L'eau part"),),
        },
        "contrary": "Deux heures et demie pour déboucher un lavabo : nous n'avions"
        " demandé que le siphon.",
        "settled": "La colonne de l'école était bouchée : sans elle, le siphon n'aurait"
        " rien changé. Le temps est justifié ; à l'avenir l'équipe appellera avant de"
        " dépasser une heure.",
    },
    # decided from the e-mail, without a login
    {
        "commune": "thiaucourt",
        "who": "secretaire",
        "type": "verts",
        "address": "Monument aux morts",
        "name": "Tonte avant la cérémonie",
        "text": "La cérémonie a lieu à la fin de la semaine.",
        "answers": {"surface": 300, "dechets": "evacuation"},
        "sent": -6,
        "path": "by_link",
        "job": {
            "team": "verts",
            "day": -4,
            "hour": 13.5,
            "hours": 1.5,
            "labour": (("romain", 90),),
            "km": 22,
            "summary": "Pelouse tondue, allée balayée, herbe emportée.",
            "photos": (("after", "grass_cut", "Prêt pour la cérémonie"),),
        },
    },
)
