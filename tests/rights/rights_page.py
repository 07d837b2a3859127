"""Writes docs/droits.md from the matrix: ``python3 tests/rights/rights_page.py``."""

from pathlib import Path

from rights_matrix import load

PAGE = Path(__file__).parents[2] / "docs/droits.md"
ACTORS = {
    "PUB": "personne non connectée",
    "PRT0": "compte du portail sans commune",
    "INT0": "agent interne sans aucun de nos groupes",
    "REQ": "demandeur d'une commune",
    "REF": "référent d'une commune",
    "ELU": "maire ou élu qui valide",
    "SVC": "responsable d'un service commun",
    "LEAD": "chef d'équipe",
    "AGT": "agent de terrain",
    "FIN": "finances",
    "DIR": "direction",
    "ADM": "administrateur fonctionnel",
}
SCOPES = {
    "own": "sa commune, son service, son équipe",
    "commune": "sa commune, un autre service",
    "service": "son service, une autre commune et une autre équipe",
    "team": "son service et son équipe, une autre commune",
    "other": "rien de ce qui le concerne",
    "foreign": "une autre intercommunalité de la même base",
}
HEAD = """# Qui a le droit de quoi

Page écrite par `python3 tests/rights/rights_page.py` à partir de
`tests/rights/matrix.toml` ; ne la modifiez pas à la main. Chaque case est vérifiée par
un test, refus compris : un refus ne change rien, n'envoie rien et ne nomme rien que la
personne n'a pas le droit de lire.

Lettres : R lit, C crée, W modifie, D supprime, - rien. Une décision ne se modifie ni ne
se supprime jamais, par personne, administrateur compris.
"""


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def render(matrix):
    """The whole page, as text."""
    parts = [
        HEAD,
        "## Les douze acteurs\n",
        table(["Sigle", "Qui"], [[k, v] for k, v in ACTORS.items()]),
        "## Les portées\n",
        table(["Nom", "De quoi il s'agit"], [[k, v] for k, v in SCOPES.items()]),
        "## Exceptions et précisions\n",
        "\n".join(f"- {text}" for text in matrix["exceptions"].values()) + "\n",
        "## Lire, créer, modifier, supprimer\n",
    ]
    for model, rows in matrix["cells"].items():
        parts.append(f"### {model}\n")
        lines = [[key, *line.split()] for key, line in rows.items()]
        parts.append(table(["État et portée", *ACTORS], lines))
    parts.append("### Sans enregistrement propre à une portée\n")
    parts.append(table(["Modèle", "Pourquoi"], list(matrix["unscoped"].items())))
    parts.append("## Actions\n")
    for model, actions in matrix["transitions"].items():
        parts.append(f"### {model}\n")
        lines = [
            [f"`{action}`", *(scopes.get(scope, "") for scope in SCOPES)]
            for action, scopes in actions.items()
        ]
        parts.append(table(["Action", *SCOPES], lines))
    parts.append("## Adresses web\n")
    lines = [[f"`{name}`", f"`{route}`"] for name, route in matrix["routes"].items()]
    parts.append(table(["Fonction", "Adresse"], lines))
    parts.append("## Code qui agit avec les droits du système\n")
    lines = [
        [f"`{name}`", str(sum(v for k, v in entry.items() if k != "why")), entry["why"]]
        for name, entry in matrix["sudo"].items()
    ]
    parts.append(table(["Fichier", "Appels", "Pourquoi"], lines))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(render(load()), encoding="utf-8")
