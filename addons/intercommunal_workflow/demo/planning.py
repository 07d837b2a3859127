"""What helps to plan: where the depot and the communes are, skills, a round."""

# town halls, to a hundredth of a degree
DEPOT = (48.9553, 5.8604)
POSITIONS = {
    "thiaucourt": (48.9553, 5.8604),
    "chambley": (49.0502, 5.9005),
    "noveant": (49.0247, 6.0483),
    "essey": (48.9187, 5.7925),
}

# key: name, login of who has it, type that needs it
SKILLS = {
    "nacelle": ("CACES R486 (nacelle)", ("romain",), ("verts",)),
    "electricite": ("Habilitation électrique B0", ("mathieu",), ()),
}

# names of the stories that are one round
ROUND = (
    "Monter la scène pour la fête de l'école",
    "Robinets de la cour qui gouttent",
)
ROUND_KM = 46.0
RELAYED = ("Plaque d'égout qui claque", "Mme Odile Ferry", "06 39 98 00 17")

# state: words of the e-mail
WORDS = {
    "accepted": "Votre demande {reference} est prise en charge par {service}. Vous"
    " saurez la date dès qu'elle sera planifiée.",
    "planned": "L'équipe passera le {date}. Pensez à laisser l'accès libre.",
}
