"""One message or photo that never passes holds nothing else back, and is not forgotten."""

from browsing import PHONE
from test_field_page import API, FIELD, UNDO, FieldPage

from odoo.tests import tagged

KEPT = """() => odoo.loader.modules.get("@intercommunal_mobile/field_send/db")
    .all("items").then((items) => items.map((item) => item.state))"""
PHOTOS = """() => odoo.loader.modules.get("@intercommunal_mobile/field_send/db")
    .all("photos").then((photos) => photos.map((photo) => photo.uuid))"""


@tagged("post_install", "-at_install")
class TestFieldStuck(FieldPage):
    def _spoil_always(self, page, url, is_meant):
        """A proxy answers 502 to the calls that are meant; returns those it met."""
        met = []

        def answer(route):
            if not is_meant(route.request):
                return route.continue_()
            met.append(route)
            return route.fulfill(status=502, body="Bad gateway")

        page.route(url, answer)
        return met

    def _turn(self, page, ms, times=1):
        """Time passes on the phone."""
        for _time in range(times):
            page.clock.fast_forward(ms)
            self.settle(page)

    def test_a_photo_that_always_fails_holds_nothing_back(self):
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1", shots=3)
            hashes = self.hashes(page)
            # the first one: the others are behind it
            stuck = page.evaluate(PHOTOS)[0]
            self.finish(page)
            met = self._spoil_always(
                page, API + "photo/**", lambda call: call.url.endswith(stuck)
            )
            self.write(page, "Fuite 2", shots=0)
            self.finish(page)
            self._turn(page, UNDO)
            self._turn(page, 6000, times=3)
            self.assertEqual(len(met), 3)
            self.assertEqual(sorted(page.evaluate(KEPT)), ["complete", "received"])
            page.get_by_text("photos 2 sur 3").wait_for()
            # it has a back-off of its own, which who asks to send does not wait for
            self._turn(page, 20_000, times=2)
            self.assertEqual(len(met), 3)
            self.push(page)
            self.settle(page)
            self.assertEqual(len(met), 4)
            page.unroute(API + "photo/**")
            self._turn(page, 150_000)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0], 3, hashes)
        self.assert_arrived(self.jobs[1], 0)

    def test_a_message_that_always_fails_holds_nothing_back(self):
        first = []

        def is_first(call):
            uuid = call.post_data_json["params"]["uuid"]
            first.append(uuid)
            return uuid == first[0]

        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            page.clock.install()
            self.write(page, "Fuite 1")
            self.finish(page)
            met = self._spoil_always(page, API + "submit", is_first)
            self.write(page, "Fuite 2")
            self.finish(page)
            self._turn(page, UNDO)
            self._turn(page, 6000, times=3)
            self.assertEqual(len(met), 3)
            self.assertEqual(sorted(page.evaluate(KEPT)), ["complete", "queued"])
            page.unroute(API + "submit")
            self._turn(page, 70_000)
            self.wait_sent(page)
        self.assert_arrived(self.jobs[0])
        self.assert_arrived(self.jobs[1])
