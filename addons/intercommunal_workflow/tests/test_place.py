from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal import PortalCase


@tagged("post_install", "-at_install")
class TestPlace(PortalCase):
    """A phone says where it stands better than an address does."""

    def test_a_position_is_kept_shown_and_repeated(self):
        self._new(latitude="48.954321", longitude="5.876543")
        request = self._find("Broken door")
        self.assertEqual(request.state, "submitted")
        self.assertAlmostEqual(request.latitude, 48.954321, 6)
        self.assertIn("mlat=48.954321&mlon=5.876543", request.map_url)
        page = self._get(f"/my/requests/{request.id}", self.referent)
        self.assertIn("mlat=48.954321&amp;mlon=5.876543", page.text)
        self._act(request, "repeat", self.requester)
        again = self._find("Broken door") - request
        self.assertAlmostEqual(again.longitude, 5.876543, 6)
        page = self._get(f"/my/requests/{again.id}/edit")
        self.assertRegex(page.text, 'name="latitude" value="48.954321')

    def test_no_position_is_no_point_in_the_sea(self):
        self._new()
        self.assertFalse(self._find("Broken door").map_url)

    def test_a_forged_position_is_named_and_the_rest_kept(self):
        for latitude, longitude in (
            ("north", "5"),
            ("148", "5"),
            ("nan", "5"),
            ("4", ""),
        ):
            with self.subTest(latitude=latitude):
                page = self._new(
                    name=f"At {latitude}", latitude=latitude, longitude=longitude
                )
                self.assertIn("be read: take it again, or write the place.", page.text)
                self.assertEqual(self._find(f"At {latitude}").state, "draft")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._new_request(latitude=91.0, longitude=5.0)

    def test_what_was_agreed_on_is_at_the_place_that_was_read(self):
        plain, placed = self._new_request(), self._new_request(latitude=48.9)
        self.assertNotIn("position", plain._get_validation_payload())
        self.assertEqual(
            placed._get_validation_payload()["position"], ["48.9000000", "0.0000000"]
        )
