"""What the field page costs on a slow network: bytes and requests, counted on the wire."""

from browsing import PHONE
from phone_case import PhoneCase
from test_field_page import FIELD

from odoo.tests import tagged

from odoo.addons.intercommunal_mobile.tools.packing import pack

# Bytes and requests until the day's jobs are on screen for the first time, and until
# the phone has all it needs without network.
COLD = 50_000
REQUESTS = 6
WHOLE = 62_000
LATER = "later.js"


@tagged("post_install", "-at_install")
class TestBudget(PhoneCase):
    def setUp(self):
        super().setUp()
        self.proxy.packed = True
        self.addCleanup(setattr, self.proxy, "packed", False)

    def _open_counted(self, page, again=False):
        """Open the page; returns what came, as (path, bytes) in order."""
        page.goto("about:blank")
        # what the page before asks for late, as its icon
        page.wait_for_timeout(1000)
        del self.proxy.weights[:]
        page.goto(FIELD)
        page.locator("button.card").first.wait_for()
        if not again:
            self.open_worker(page)
        self.settle(page)
        return list(self.proxy.weights)

    def open_worker(self, page):
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_timeout(500)

    def test_a_cold_start_is_light(self):
        with self.as_user("chef-equipe", PHONE, "/web/health") as page:
            came = self._open_counted(page)
            warm = self._open_counted(page, again=True)
        first = [item for item in came if LATER not in item[0]]
        weight = sum(size for _path, size in first)
        whole = sum(size for _path, size in came)
        told = "\n".join(f"{size:>7} B  {path}" for path, size in came)
        print(  # noqa: T201  the figures are the output
            f"\nField page, cold: {weight} B to see the jobs, {whole} B with all the"
            f" screens, {len(came)} requests\n{told}\nwarm: {warm}"
        )
        self.assertLessEqual(weight, COLD, told)
        self.assertLessEqual(whole, WHOLE, told)
        self.assertLessEqual(len(came), REQUESTS, told)
        # opened again: the jobs alone
        self.assertEqual([path for path, _size in warm], ["/intercommunal/api/pull"])

    def test_the_jobs_are_there_before_the_other_screens(self):
        with self.as_user("chef-equipe", PHONE, "/web/health") as page:
            blocked = self.spoil(page, "**/later.js", None)
            page.goto(FIELD)
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_text("arrivera avec le réseau").wait_for()
            self.assertTrue(blocked)
            page.unroute("**/later.js")
            page.get_by_role("button", name="Retour").click()
            page.locator("button.card", has_text="Fuite 1").click()
            page.get_by_label("Note").wait_for()

    def test_who_reads_no_gzip_is_served_as_well(self):
        self.env.cr.flush()
        shell = self.url_open(FIELD, headers={"Accept-Encoding": "identity"})
        self.assertNotIn("Content-Encoding", shell.headers)
        script = shell.text.partition('src="')[2].partition('"')[0]
        plain = self.url_open(script, headers={"Accept-Encoding": "identity"})
        self.assertNotIn("Content-Encoding", plain.headers)
        sizes = []
        for asked, encoding in (("gzip, deflate", "gzip"), ("gzip, br", "br")):
            packed = self.url_open(script, headers={"Accept-Encoding": asked})
            self.assertEqual(packed.headers["Content-Encoding"], encoding)
            self.assertEqual(plain.text, packed.text)
            self.assertIn("immutable", packed.headers["Cache-Control"])
            self.assertEqual(packed.headers["Vary"], "Accept-Encoding")
            sizes.append(len(pack(plain.content, encoding)))
        self.assertLess(sizes[1], sizes[0] * 0.95)
        # nor does who has no Brotli wait longer than was promised
        self.assertLess(sizes[0], COLD)
        old = self.url_open(script.replace("/script/", "/script/0"))
        self.assertEqual(old.status_code, 404)
        self.assertNotIn("immutable", old.headers.get("Cache-Control", ""))
