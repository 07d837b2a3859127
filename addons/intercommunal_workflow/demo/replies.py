"""Delays and reply templates of the demonstration."""

# key: service, type, priority, working hours to take it up, to finish it
DELAYS = {
    "technique": ("TEC", False, False, 16.0, 160.0),
    "technique_urgent": ("TEC", False, "2", 8.0, 24.0),
    "secretariat": ("SEC", False, False, 24.0, 120.0),
    "atsem": ("ATS", "atsem", False, 2.0, 40.0),
    "informatique": ("NUM", False, False, 8.0, 40.0),
}

# key: name, usage, service, reason, text
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
}
