"""Delays and reply templates of the demonstration."""

# key: service, type, priority, working hours to take it up, to finish it
DELAYS = {
    "technique": ("TEC", False, False, 16.0, 160.0),
    "technique_urgent": ("TEC", False, "2", 8.0, 24.0),
    "secretariat": ("SEC", False, False, 24.0, 120.0),
    "atsem": ("ATS", "atsem", False, 2.0, 40.0),
    "informatique": ("NUM", False, False, 8.0, 40.0),
}

# key: name, usage, service, reason, text, and the states that it is kept to
REPLIES = {
    "lieu": (
        "Préciser le lieu",
        "ask",
        "TEC",
        False,
        "Bonjour,\n\nÀ propos de « [objet] » : pouvez-vous préciser l'endroit exact"
        " ([site]) et joindre une photo ?\n\nMerci.",
    ),
    "acces": (
        "Accès et clés",
        "ask",
        "TEC",
        False,
        "Bonjour,\n\nQui ouvre à l'équipe, et où prendre les clés ?\n\nMerci.",
    ),
    "dates": (
        "Dates du remplacement",
        "ask",
        "SEC",
        False,
        "Bonjour,\n\nDu premier au dernier jour : quelles demi-journées faut-il"
        " assurer à [commune] ?\n\nMerci.",
    ),
    "hors_competence": (
        "Hors compétence",
        "refuse",
        False,
        "reason_refuse_out_of_scope",
        "Ce type d'intervention ([type]) n'entre pas dans la convention signée avec"
        " [commune].",
    ),
    "passage": (
        "Passage annoncé",
        "message",
        "TEC",
        False,
        "Bonjour,\n\nPour « [objet] » ([référence]), l'équipe passe le [passage]. Merci"
        " de laisser l'accès libre à [site].\n\nBonne journée.",
        ("planned",),
    ),
    "piece": (
        "Pièce commandée",
        "message",
        "TEC",
        False,
        "Bonjour,\n\nUne pièce est commandée pour « [objet] ». Nous reprenons le travail"
        " dès qu'elle arrive et vous tenons au courant.",
        ("accepted", "planned", "in_progress"),
    ),
    "suite": (
        "Nous vous rappelons",
        "message",
        False,
        False,
        "Bonjour,\n\nVotre message sur « [objet] » est bien lu : le service [service]"
        " vous rappelle dans la journée.",
    ),
    "precision": (
        "Précision sur le compte rendu",
        "answer",
        False,
        False,
        "Bonjour,\n\nLe temps indiqué comprend le déplacement et le rangement du"
        " chantier. Dites-nous s'il manque autre chose pour décider.",
    ),
    "reprise": (
        "Demande changée",
        "reconsider",
        False,
        False,
        "La demande change : nous la reprenons avant de la planifier, votre accord sera"
        " demandé de nouveau s'il le faut.",
    ),
}
