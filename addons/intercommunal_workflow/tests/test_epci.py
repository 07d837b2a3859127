import lzma
from pathlib import Path

from stdnum.fr import siren as siren_number

from odoo.tests import BaseCase, tagged

from ..models.res_partner import INSEE_PATTERN
from ..tools import epci

MAD_ET_MOSELLE = "200070738"


@tagged("post_install", "-at_install")
class TestEpciList(BaseCase):
    """The reader of the official list, without a database."""

    def test_every_line_of_the_list_is_read(self):
        everything = list(epci.iter_all())
        self.assertEqual(len(everything), 1255)
        with lzma.open(epci.PATH, "rt", encoding="utf-8") as stream:
            lines = sum(1 for _line in stream) - 1
        communes = [commune for _epci, members in everything for commune in members]
        self.assertEqual(len(communes), lines)
        self.assertEqual(len({commune.insee for commune in communes}), lines)
        self.assertEqual(len({commune.siren for commune in communes}), lines)
        for commune in communes:
            self.assertRegex(commune.insee, INSEE_PATTERN)
            self.assertTrue(commune.name and commune.department)
            self.assertGreaterEqual(commune.population, 0)

    def test_every_siren_has_its_key(self):
        for found, communes in epci.iter_all():
            for number in (found.siren, *(commune.siren for commune in communes)):
                self.assertTrue(siren_number.is_valid(number), number)

    def test_each_intercommunality_comes_once_with_its_totals(self):
        everything = list(epci.iter_all())
        self.assertEqual(len({found.siren for found, _communes in everything}), 1255)
        for found, communes in everything:
            self.assertEqual(found.commune_count, len(communes))
            self.assertEqual(
                found.population, sum(commune.population for commune in communes)
            )
            self.assertIn(found.type, epci.TYPE_NAMES)

    def test_the_file_stays_small_and_says_whose_it_is(self):
        self.assertLess(epci.PATH.stat().st_size, 1_500_000)
        readme = Path(epci.PATH).parent.parent / "readme" / "DATA.md"
        self.assertIn("Licence Ouverte", readme.read_text(encoding="utf-8"))

    def test_search_ignores_accents_case_and_small_words(self):
        for text in (
            "mad et moselle",
            "MAD ET MOSELLE",
            "Mad Moselle",
            "Communauté de communes du Mad et Moselle",
            "  cc mad-et-mosel ",
        ):
            with self.subTest(text=text):
                self.assertEqual(epci.search(text)[0].siren, MAD_ET_MOSELLE)
        self.assertEqual(epci.search("MÉTROPOLE"), epci.search("metropole"))
        self.assertIn("Métropole du Grand Paris", self._names("MÉTROPOLE"))

    def test_search_by_siren_whole_spaced_or_cut(self):
        for text in (MAD_ET_MOSELLE, "200 070 738", "20007073"):
            with self.subTest(text=text):
                self.assertIn(MAD_ET_MOSELLE, [e.siren for e in epci.search(text)])
        self.assertEqual(epci.search("20"), [], "two digits say nothing")

    def test_search_gives_few_and_nothing_for_nothing(self):
        self.assertEqual(len(epci.search("communauté")), 20)
        self.assertEqual(len(epci.search("communauté", limit=3)), 3)
        for text in ("", "  ", "et de la", "zzz", "mad zzz", "(*", "…"):
            with self.subTest(text=text):
                self.assertEqual(epci.search(text), [])

    def test_the_very_name_comes_first(self):
        everything = [found for found, _communes in epci.iter_all()]
        for found in everything[::97]:
            self.assertEqual(epci.search(found.name)[0].name, found.name)

    def test_communes_of_one_intercommunality(self):
        self.assertEqual(epci.get(MAD_ET_MOSELLE).commune_count, 47)
        communes = epci.communes(MAD_ET_MOSELLE)
        self.assertEqual(len(communes), 47)
        self.assertEqual({c.department for c in communes}, {"54", "57"})
        self.assertIs(epci.communes(MAD_ET_MOSELLE), communes, "read once")
        self.assertEqual(epci.communes("000000000"), ())
        self.assertIsNone(epci.get("000000000"))

    def _names(self, text):
        return [found.name for found in epci.search(text)]
