import base64
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import OperationalError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import billing_run_background
from .common import CRON, BackgroundCase
from .test_workbook import read, table


@tagged("post_install", "-at_install")
class TestBillingExport(BackgroundCase):
    """The files of a large run are written in the background, and are the same ones."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.lang = "en_US"

    def _invoiced(self):
        self.run_.action_invoice()
        self._work()
        self.assertEqual(self.run_.state, "invoiced")
        return self.run_

    def _export_at_once(self, run, action="action_export_xlsx"):
        with patch.object(billing_run_background, "BACKGROUND_ABOVE", 1000):
            return getattr(run, action)()

    def _download(self, action):
        """The bytes that a download action leads to."""
        self.assertEqual(action["type"], "ir.actions.act_url")
        export_id = int(action["url"].split("/")[4])
        export = self.env["intercommunal.billing.export"].browse(export_id)
        return base64.b64decode(export.file)

    # ------------------------------------------------------------------- story

    def test_the_workbook_is_written_while_finance_does_something_else(self):
        run = self._invoiced()
        action = run.action_export_xlsx()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual((run.state, run.busy_task), ("invoiced", "workbook"))
        self.assertFalse(run.export_ids)
        self.assertFalse(run.busy_by_commune, "there is nothing to count")

        self._work()

        self.assertEqual((run.state, run.busy_since), ("exported", False))
        self.assertEqual(
            (run.ready_kind, run.ready_at), ("workbook", run.export_ids.create_date)
        )
        content = self._download(run.action_download_ready())
        self.assertEqual(len(table(read(content)["Detail"], "Source")), 12)
        message = self._get_messages()[:1]
        self.assertIn("the workbook is ready", message.body)
        self.assertIn(run.export_ids.action_download()["url"], message.body)
        # asked for again, it is there
        self.assertEqual(self._download(run.action_export_xlsx()), content)
        self.assertFalse(run.busy_since)

    def test_the_same_bytes_are_written_in_front_of_the_page(self):
        """A preview is written anew each time; the same one is kept once."""
        self._export_at_once(self.run_)
        export = self.run_.export_ids
        self.run_.action_export_xlsx()
        self._work()
        self.assertEqual(self.run_.export_ids, export)
        self.assertEqual(self.run_.ready_export_id, export)
        self.assertEqual(self.run_.state, "checked")
        self.assertFalse(export.is_final)

    def test_the_file_of_titres_too(self):
        run = self._invoiced()
        action = run.action_export_titres()
        self.assertEqual(action["tag"], "display_notification")
        self._work()
        self.assertEqual((run.state, run.ready_kind), ("exported", "titres"))
        self.assertIn("file of titres is ready", self._get_messages()[:1].body)
        content = self._download(run.action_download_ready())
        self.assertEqual(content.count(b"\r\n"), 4, "a header and three titres")
        self.assertEqual(self._download(run.action_export_titres()), content)

    def test_what_was_ready_is_not_once_the_run_goes_on(self):
        self.run_.action_export_xlsx()
        self._work()
        self.assertTrue(self.run_.ready_export_id)
        self._invoiced()
        self.assertFalse(self.run_.ready_export_id)
        self.assertFalse(self.run_.action_download_ready())

    # ------------------------------------------------------------------- faults

    def test_meanwhile_nothing_moves_under_it(self):
        self.run_.action_export_xlsx()
        busy = "The workbook of .* is being written in the background"
        other_map = self.run_.titre_map_id.copy()
        for refused in (
            self.run_.action_check,
            self.run_.action_invoice,
            self.run_.action_cancel,
            self.run_.action_export_xlsx,
            lambda: self.run_.write({"titre_map_id": other_map.id}),
            lambda: self.run_.write(
                {"date_invoice": self.run_.date_invoice - timedelta(days=1)}
            ),
        ):
            with self.assertRaisesRegex(UserError, busy):
                refused()
        self._work()
        self.run_.action_check()

    def test_no_one_says_by_hand_which_file_is_ready(self):
        self._export_at_once(self.run_)
        with self.assertRaises(UserError):
            self.run_.ready_export_id = self.run_.export_ids

    def test_killed_meanwhile_it_is_written_again(self):
        run = self._invoiced()
        run.action_export_xlsx()
        run_class = self.registry["intercommunal.billing.run"]
        with (
            patch.object(run_class, "_make_workbook", side_effect=OperationalError),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            self._work()
        self.assertEqual((run.state, run.busy_task), ("invoiced", "workbook"))
        self._work()
        self.assertEqual((run.state, len(run.export_ids)), ("exported", 1))

    def test_a_value_that_the_map_can_not_say_is_told(self):
        run = self._invoiced()
        run.titre_map_id = run.titre_map_id.copy()
        run.titre_map_id.column_ids.filtered(
            lambda column: column.source == "engagement"
        ).is_required = True
        run.action_export_titres()
        self._work()
        self.assertEqual((run.state, run.busy_since), ("invoiced", False))
        self.assertFalse(run.ready_export_id)
        message = self._get_messages()[:1]
        self.assertIn("no file was written", message.body)
        self.assertIn("may not be empty", message.body)
        # mended, it is asked for again
        run.titre_map_id.column_ids.is_required = False
        run.action_export_titres()
        self._work()
        self.assertEqual(run.state, "exported")

    def test_without_the_background_one_waits(self):
        run = self._invoiced()
        self.env.ref(CRON).active = False
        self.assertEqual(run.action_export_xlsx()["type"], "ir.actions.act_url")
        self.assertEqual(run.state, "exported")
