"""What can be reached is what the matrix lists: nothing appears unseen."""

from rights_matrix import load
from rights_page import PAGE, render
from rights_surface import find_methods, find_models, find_routes, find_sudo
from run_counts import count

from odoo.tests import TransactionCase, tagged

MATRIX = load()
TABLES = ("_transitions", "_moves", "_sources", "_actors")


def plain(value):
    """Tables of the code as TOML can say them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple) else value


@tagged("post_install", "-at_install")
class TestRightsSurface(TransactionCase):
    maxDiff = None

    def test_every_model_is_listed(self):
        listed = set(MATRIX["cells"]) | set(MATRIX["unscoped"])
        self.assertEqual(sorted(listed), find_models(self.registry))

    def test_every_public_method_is_listed(self):
        found = find_methods(self.registry)
        count("Rights", methods=sum(map(len, found.values())))
        self.assertEqual(found, MATRIX["methods"])

    def test_every_route_is_listed(self):
        found = find_routes()
        count("Rights", routes=len(found))
        self.assertEqual(found, MATRIX["routes"])

    def test_every_sudo_is_listed_with_its_reason(self):
        found = find_sudo()
        count("Rights", sudo=sum(sum(counts.values()) for counts in found.values()))
        listed = {name: dict(entry) for name, entry in MATRIX["sudo"].items()}
        for name, entry in listed.items():
            with self.subTest(file=name):
                self.assertTrue(entry.pop("why", "").strip(), "say why")
        self.assertEqual(found, listed)

    def test_states_and_actors_of_the_code_are_those_of_the_matrix(self):
        for model, tables in MATRIX["legality"].items():
            for name in TABLES:
                with self.subTest(model=model, table=name):
                    found = plain(getattr(self.registry[model], name))
                    # a move that keeps its state has no target: TOML has no null
                    found = {key: value or "-" for key, value in found.items()}
                    self.assertEqual(
                        found,
                        {k: v or "-" for k, v in tables.get(name, {}).items()},
                    )

    def test_no_model_with_transitions_is_forgotten(self):
        self.assertEqual(
            sorted(MATRIX["legality"]),
            sorted(
                name
                for name, model in self.registry.items()
                if name.startswith("intercommunal.") and getattr(model, "_moves", None)
            ),
        )

    def test_every_action_is_tried_or_explained(self):
        for model, tables in MATRIX["legality"].items():
            tried = set(MATRIX["transitions"].get(model, ()))
            self.assertEqual(set(tables["_actors"]) - tried, set(), model)

    def test_no_model_is_open_to_everybody(self):
        """An access line without a group is one for whoever has no login."""
        access = self.env["ir.model.access"].search(
            [("model_id.model", "=like", "intercommunal.%"), ("group_id", "=", False)]
        )
        self.assertFalse(access.mapped("name"))

    def test_the_page_is_up_to_date(self):
        self.assertEqual(
            PAGE.read_text(encoding="utf-8"),
            render(MATRIX),
            "The page of rights is out of date: python3 tests/rights/rights_page.py",
        )
