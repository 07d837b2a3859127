import re

from odoo.tests import HttpCase, tagged
from odoo.tools import file_open, file_path
from odoo.tools.translate import code_translations

from ..controllers.shell import ADDON, SCRIPTS

CALL = re.compile(r'\b_t\("((?:[^"\\]|\\.)*)"')


@tagged("post_install", "-at_install")
class TestWords(HttpCase):
    """The page's words: every one is written into the scripts in the reader's language."""

    def _sources(self):
        for bundle in SCRIPTS.values():
            for path, *_rest in self.env["ir.asset"]._get_asset_paths(bundle, {}):
                if ADDON in path and path.endswith(".js"):
                    with file_open(file_path(path.lstrip("/"))) as file:
                        yield path, file.read()

    def test_each_word_is_said_in_a_way_that_the_server_finds(self):
        """Other quotes, a variable or a sum of texts would stay English on the phone."""
        count = 0
        for path, code in self._sources():
            calls = re.findall(r"(?<!function )\b_t\(", code)
            count += len(calls)
            self.assertEqual(len(calls), len(CALL.findall(code)), path)
        self.assertGreater(count, 80)

    def test_each_word_is_french_in_what_is_served(self):
        found = code_translations.get_web_translations(ADDON, "fr_FR")["messages"]
        french = {term["id"]: term["string"] for term in found}
        company = self.env["res.company"].search([], order="id", limit=1)
        self.env["res.lang"]._activate_lang("fr_FR")
        company.partner_id.lang = "fr_FR"
        served = self._serve()
        words = [word for _path, code in self._sources() for word in CALL.findall(code)]
        for word in words:
            with self.subTest(word):
                self.assertTrue(french.get(word), "no French")
                self.assertIn(french[word].replace('"', '\\"'), served)

    def _serve(self):
        """The text of all scripts, as a phone gets them."""
        page = self.url_open("/intercommunal/field").text
        address = re.search(r'src="(/intercommunal/script/[^"]+/)app\.js"', page)[1]
        return "".join(self.url_open(address + name).text for name in SCRIPTS)
