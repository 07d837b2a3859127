import hashlib
import io
import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileReader

from ..report.certificate import FACTS_NAME, REPORT
from ..tools import merkle
from .test_proof import ProofCase

SECRET = "Canary-7f3a"


class CertificateCase(ProofCase):
    def setUp(self):
        super().setUp()
        self._circuit({}, {"commune_role": "mayor", "sequence": 20})
        self.run = self._file()
        self.file = self.run.subject_request_id

    def _file(self):
        """A file with a question, its answer, two decisions and a réserve."""
        photo = {"kind": "after", "name": "After", "image": self._png()}
        report = self._reported(
            self._planned(), photo_ids=[Command.create(photo)]
        ).sudo()
        run = report.validation_id
        run.with_user(self.referent).action_ask_clarification("Which joint?")
        question = run.clarification_ids
        run.with_user(question.asked_user_id).action_answer_clarification(
            question.id, "The one below the sink."
        )
        run.with_user(self.referent).action_approve(comment="Fine.")
        line = report.line_ids
        run.with_user(self.mayor).action_approve_reserves(
            [
                {
                    "line_id": line.id,
                    "acceptance": "reserved",
                    "minutes_accepted": 90,
                    "text": "It drips still.",
                }
            ]
        )
        return run

    def _facts(self, user):
        return self.file.with_user(user)._get_certificate()


@tagged("post_install", "-at_install")
class TestCertificate(CertificateCase):
    """One file's whole history, that anybody can recompute."""

    def test_it_tells_who_when_what_and_by_which_channel(self):
        [run] = self._facts(self.referent)["approvals"]
        self.assertEqual(
            [(row["person"], row["channel"]) for row in run["decisions"]][-2:],
            [(self.referent.name, "Portal"), (self.mayor.name, "Portal")],
        )
        self.assertEqual(run["decisions"][-2]["words"], "Fine.")
        [question] = run["questions"]
        self.assertEqual(question["answer"], "The one below the sink.")
        [reserve] = run["reserves"]
        self.assertEqual((reserve["minutes"], reserve["state"]), (30, "Open"))
        self.assertEqual(len(run["steps"]), 2)

    def test_every_hash_can_be_recomputed_from_the_facts_alone(self):
        self._yesterday(self.run)
        facts = json.loads(json.dumps(self._facts(self.referent)))
        previous = "0" * 64
        for run in facts["approvals"]:
            content = run["content"].encode()
            self.assertEqual(hashlib.sha256(content).hexdigest(), run["content_sha256"])
            photos = json.loads(content)["photos"]
            self.assertEqual(
                photos[0]["sha256"], facts["reports"][0]["photos"][0]["sha256"]
            )
            for row in run["decisions"]:
                digest = hashlib.sha256(row["hashed"].encode()).hexdigest()
                self.assertEqual(digest, row["sha256"])
                hashed = json.loads(row["hashed"])
                self.assertEqual(hashed["previous"], previous)
                self.assertEqual(hashed["content"], run["content_sha256"])
                previous = digest
                day = row["day"]
                self.assertEqual(merkle.climb(digest, day["path"]), day["root"])
                self.assertEqual(json.loads(day["hashed"])["root"], day["root"])
                self.assertEqual(
                    hashlib.sha256(day["hashed"].encode()).hexdigest(), day["sha256"]
                )

    def test_it_says_what_the_verification_finds(self):
        self.assertEqual(self._facts(self.referent)["verification"]["faults"], [])
        decision = self.run.decision_ids[0]
        self._tamper(
            "UPDATE intercommunal_decision SET comment = 'x' WHERE id = %s", decision.id
        )
        [fault] = self._facts(self.referent)["verification"]["faults"]
        self.assertIn(f"Decision {decision.id} ", fault)

    def test_nothing_internal_nor_of_another_file_is_in_it(self):
        other = self._file().subject_request_id
        for request in (self.file, other):
            request.sudo().internal_note = SECRET
        other.sudo().name = f"Other {SECRET}"
        draft = self._planned().with_user(self.leader)
        draft.action_open_report()
        draft.report_id.summary = SECRET
        text = json.dumps(self._facts(self.referent))
        self.assertNotIn(SECRET, text)

    def test_who_may_read_the_whole_history_prints_it(self):
        for user in (self.requester, self.referent, self.mayor, self.manager):
            with self.subTest(user.login):
                self.assertTrue(self._facts(user)["approvals"])
        for user in (self.direction, self.admin, self.leader):
            with self.subTest(user.login):
                self.assertTrue(self._facts(user)["approvals"])
        for user in (self.stranger, self.nobody, self.agent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._facts(user)

    def test_a_draft_has_no_certificate(self):
        with self.assertRaisesRegex(UserError, "draft"):
            self._new_request()._get_certificate()

    def test_the_report_itself_checks_who_prints(self):
        reports = self.env["ir.actions.report"]
        for user in (self.stranger, self.agent):
            with self.subTest(user.login), self.assertRaises(AccessError):
                reports.with_user(user)._render_qweb_html(REPORT, self.file.ids)
        action = self.run.with_user(self.manager).action_print_certificate()
        self.assertEqual(action["report_name"], REPORT)
        with self.assertRaises(AccessError):
            self.run.with_user(self.stranger).action_print_certificate()

    def test_the_page_has_headings_and_table_headers(self):
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.manager)
            .with_context(lang="fr_FR")
            ._render_qweb_html(REPORT, self.file.ids)
        )
        page = html.decode()
        for text in ("<h1", "<h2", 'scope="col"', 'scope="row"', "It drips still."):
            self.assertIn(text, page)
        self.assertRegex(page, r'<html[^>]* lang="fr-FR"')
        for decision in self.run.decision_ids:
            self.assertIn(decision.own_hash, page)
        self.assertIn(self.run.report_id.photo_ids.checksum, page)

    def test_the_pdf_carries_its_facts(self):
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True, lang="fr_FR"
        )
        if reports.get_wkhtmltopdf_state() != "ok":
            self.skipTest("no wkhtmltopdf")
        content, kind = reports._render_qweb_pdf(REPORT, self.file.ids)
        self.assertEqual(kind, "pdf")
        pdf = PdfFileReader(io.BytesIO(content))
        [facts] = pdf.attachments[FACTS_NAME]
        facts = json.loads(facts)
        self.assertEqual(facts["request"]["reference"], self.file.reference)
        self.assertEqual(pdf.trailer["/Root"]["/Lang"], "fr-FR")
        self.assertIn(self.file.reference, pdf.metadata.title)


@tagged("post_install", "-at_install")
class TestCertificatePortal(HttpCase, CertificateCase):
    def _get(self, user, suffix=""):
        self.authenticate(user.login, user.login)
        address = f"/my/requests/{self.file.id}/certificate{suffix}"
        return self.url_open(address, allow_redirects=False)

    def test_the_commune_downloads_it_and_others_find_nothing(self):
        answer = self._get(self.mayor)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("It drips still.", answer.text)
        facts = self._get(self.mayor, ".json")
        self.assertIn("attachment", facts.headers["Content-Disposition"])
        self.assertEqual(facts.json()["request"]["id"], self.file.id)
        for user in (self.stranger, self.nobody, self.agent):
            for suffix in ("", ".json"):
                with self.subTest(f"{user.login}{suffix}"):
                    self.assertEqual(self._get(user, suffix).status_code, 404)

    def test_without_a_login_it_asks_for_one(self):
        answer = self.url_open(
            f"/my/requests/{self.file.id}/certificate", allow_redirects=False
        )
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])
