"""Every actor × model × operation × scope and actor × action × scope of the matrix."""

from rights_cells import Cells
from rights_matrix import load
from rights_transitions import Transitions
from rights_world import ACTORS, RightsCase
from run_counts import count

from odoo.tests import tagged

MATRIX = load()


@tagged("post_install", "-at_install")
class TestRightsCells(RightsCase):
    """The tests of this class are made of the matrix: one a model, one an action."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tries = Cells(cls)
        cls.moves = Transitions(cls)
        cls.addClassCleanup(cls._tally)

    @classmethod
    def _tally(cls):
        for tries, name in ((cls.tries, "cells"), (cls.moves, "transitions")):
            count("Rights", **{name: tries.cells, "denials": tries.denials})

    def test_the_matrix_names_every_row_of_the_world(self):
        self.assertEqual(
            {model: sorted(rows) for model, rows in MATRIX["cells"].items()},
            {
                model: sorted(key for key in rows if not key.startswith("fresh"))
                for model, rows in self.rows.items()
                if any(not key.startswith("fresh") for key in rows)
            },
        )

    def _check_cells(self, model):
        for key, line in MATRIX["cells"][model].items():
            record = self.rows[model][key]
            before = self.tries.snapshot(record)
            for actor, expected in zip(ACTORS, line.split(), strict=True):
                with self.subTest(row=key, actor=actor):
                    found, faults = self.tries.try_record(record, self.users[actor])
                    self.assertEqual(found, expected)
                    self.assertFalse(faults)
            with self.subTest(row=key):
                self.assertEqual(
                    self.tries.snapshot(record), before, "a denial changed something"
                )

    def _check_action(self, model, action):
        expected = MATRIX["transitions"][model][action]
        found, faults = self.moves.try_action(model, action)
        self.assertEqual(found, expected)
        self.assertFalse(faults)


def add_tests():
    """One test a model and one an action, so that a failure names them."""

    def add(name, call, *args):
        method = lambda self: getattr(self, call)(*args)  # noqa: E731
        name = "test_" + name.replace(".", "_")
        method.__name__ = name
        setattr(TestRightsCells, name, method)

    for model in MATRIX["cells"]:
        add(f"cells_{model}", "_check_cells", model)
    for model, actions in MATRIX["transitions"].items():
        for action in actions:
            add(f"{model}_{action}", "_check_action", model, action)


add_tests()
