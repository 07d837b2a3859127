"""The benchmark's own sums: figures, ratios, tables and recorded calls."""

import sys
import unittest
from pathlib import Path

BENCH = Path(__file__).parent / "bench"


def setUpModule():
    sys.path.insert(0, str(BENCH))


def tearDownModule():
    sys.path.remove(str(BENCH))
    for name in ("calls", "table"):
        sys.modules.pop(name, None)


class Thing:
    """What stands for a subject, a work or a figure."""

    def __init__(self, **values):
        self.__dict__.update(values)


def figure(milliseconds, queries=1):
    return Thing(milliseconds=milliseconds, queries=queries)


class TestTable(unittest.TestCase):
    def setUp(self):
        import table

        self.table = table
        self.ours = Thing(model="ours")
        self.fast = Thing(model="fast")
        self.slow = Thing(model="slow")
        self.subjects = (self.ours, self.fast, self.slow)
        self.work = Thing(label="open the board")

    def test_ratio_is_to_the_best_peer(self):
        figures = {
            self.ours: figure(20),
            self.slow: figure(400),
            self.fast: figure(80),
        }
        self.assertEqual(self.table.ratio(figures, self.ours), "0.25")

    def test_no_ratio_without_a_peer_or_without_us(self):
        for figures in ({self.ours: figure(20)}, {self.fast: figure(20)}, {}):
            with self.subTest(figures=len(figures)):
                self.assertEqual(self.table.ratio(figures, self.ours), "–")

    def test_three_significant_figures_without_exponent(self):
        for number, text in (
            (0, "0"),
            (0.041234, "0.0412"),
            (1.0249, "1.02"),
            (18.0, "18"),
            (862.4, "862"),
            (12437, "12400"),
        ):
            with self.subTest(number=number):
                self.assertEqual(self.table.significant(number), text)

    def test_a_peer_without_such_a_thing_has_an_empty_cell(self):
        figures = {self.work: {self.ours: figure(20, 18), self.slow: figure(80, 10)}}

        rows = self.table.comparison(200000, figures, self.subjects).splitlines()

        self.assertEqual(rows[0], "### 200,000 records of each")
        cells = [cell.strip() for cell in rows[4].strip("|").split("|")]
        self.assertEqual(
            cells, ["open the board", "20 ms, 18 q", "–", "80 ms, 10 q", "0.25"]
        )
        self.assertEqual(len({len(row) for row in rows[2:]}), 1, "columns line up")

    def test_growth_goes_from_small_to_big(self):
        results = {
            size: {self.work: {self.ours: figure(milliseconds)}}
            for size, milliseconds in ((1000000, 60), (1000, 10))
        }

        rows = self.table.growth(results, self.ours).splitlines()

        self.assertIn("1,000 ", rows[2])
        self.assertLess(rows[2].index("1,000 "), rows[2].index("1,000,000"))
        self.assertLess(rows[4].index("10 ms"), rows[4].index("60 ms"))


class TestCalls(unittest.TestCase):
    def setUp(self):
        import calls

        self.calls = calls

    def test_a_call_seen_in_one_database_is_made_in_another(self):
        seen = {
            "domain": ["&", ["project_id", "=", 7], ["create_uid", "=", 12]],
            "context": {"uid": 12, "lang": "fr_FR", "active_id": 7, "bin_size": True},
            "limit": 80,
        }

        general = self.calls.generalise(dict(seen))
        context, kwargs = self.calls.replay(general, uid=3, active_id=99)

        self.assertEqual(context, {"bin_size": True})
        self.assertEqual(
            kwargs["domain"], ["&", ["project_id", "=", 99], ["create_uid", "=", 3]]
        )
        self.assertEqual(kwargs["limit"], 80)

    def test_every_subject_has_its_board_and_its_list(self):
        for model, recorded in self.calls.load().items():
            with self.subTest(model=model):
                self.assertLessEqual({"board", "list"}, recorded.keys())
                self.assertEqual(recorded["board"]["unfold_read_default_limit"], 80)
