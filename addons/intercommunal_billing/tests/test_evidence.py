import importlib.util
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..models.evidence import VERIFIER
from .common import BillingCase


def load_verifier():
    """The script as it is, without Odoo's imports."""
    spec = importlib.util.spec_from_file_location("verify_evidence", VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class EvidenceCase(BillingCase):
    def setUp(self):
        super().setUp()
        self.company.partner_id.lang = "en_US"
        self.verifier = load_verifier()
        photos = [
            {"kind": kind, "image": self._png(color=color)}
            for kind, color in (("before", "#aa0000"), ("after", "#00aa00"))
        ]
        self.report = self._approve(
            self._reported(photo_ids=[Command.create(photo) for photo in photos])
        )
        self.run_ = self._run()
        self.run_.action_check()
        self.run_.action_invoice()
        self.move = self.run_.move_ids

    def _build(self, lines=None, move=None, user=None):
        """The files of the ZIP, as ``{path: bytes}``, and its fingerprint."""
        move = self.move if move is None else move
        lines = self.run_.line_ids if lines is None else lines
        stream = io.BytesIO()
        mark = (
            self.env["intercommunal.evidence"]
            .with_user(user or self.finance)
            ._write_archive(stream, lines.with_user(user or self.finance), move)
        )
        self.content = stream.getvalue()
        with zipfile.ZipFile(stream) as archive:
            return {name: archive.read(name) for name in archive.namelist()}, mark


@tagged("post_install", "-at_install")
class TestEvidence(EvidenceCase):
    """From a cent of an invoice to the decision, the report and its photos."""

    def test_everything_agrees_and_a_stranger_can_tell(self):
        files, mark = self._build()
        self.assertEqual(self.verifier.verify(files, mark), [])
        self.assertEqual(self.verifier.fingerprint(files), mark)
        reference = self.report.request_id.sudo().reference.replace("/", "-")
        folder = f"dossiers/{reference}"
        self.assertIn(f"{folder}/journal.json", files)
        self.assertEqual(
            {name for name in files if name.startswith(f"{folder}/photos/")},
            {
                f"{folder}/photos/{photo.id}.jpg"
                for photo in self.report.sudo().photo_ids
            },
        )
        journal = json.loads(files[f"{folder}/journal.json"])
        persons = [
            decision["person"]
            for approval in journal["approvals"]
            for decision in approval["decisions"]
        ]
        self.assertIn(self.referent.name, persons)
        [line] = json.loads(files["facturation/lignes.json"])["lines"]
        self.assertEqual(line["amount"], "77.00")
        self.assertEqual(line["content_sha256"], self.report.sudo().content_hash)
        self.assertEqual(
            json.loads(files["facturation/facture.json"])["total"], "77.00"
        )

    def test_one_changed_byte_of_any_file_is_named(self):
        files, mark = self._build()
        kinds = {Path(name).suffix or name for name in files}
        self.assertGreaterEqual(kinds, {".json", ".csv", ".jpg", ".txt", ".py"})
        for name, content in files.items():
            for place in {0, len(content) // 2, len(content) - 1}:
                changed = bytearray(content)
                changed[place] ^= 1
                with self.subTest(name, place=place):
                    faults = self.verifier.verify({**files, name: bytes(changed)}, mark)
                    self.assertTrue(
                        any(fault.startswith(name) for fault in faults), faults
                    )

    def test_a_file_that_was_changed_with_its_checksum_is_named_too(self):
        """Whoever rewrites SHA256SUMS as well still has the decisions against them."""
        files, _mark = self._build()
        journal = next(name for name in files if name.endswith("journal.json"))
        photo = next(name for name in files if name.endswith(".jpg"))
        data = json.loads(files[journal])
        decision = data["approvals"][-1]["decisions"][-1]
        decision["hashed"] = decision["hashed"].replace("approve", "refuse")
        lines = json.loads(files["facturation/lignes.json"])
        lines["lines"][0]["amount"] = "770.00"
        unknown = json.loads(files["facturation/lignes.json"])
        unknown["lines"][0]["content_sha256"] = "0" * 64
        invoice = json.loads(files["facturation/facture.json"])
        invoice["total"] = "78.00"
        for name, content in (
            (journal, json.dumps(data).encode()),
            (photo, files[photo] + b"\0"),
            ("facturation/lignes.json", json.dumps(lines).encode()),
            ("facturation/lignes.json", json.dumps(unknown).encode()),
            ("facturation/facture.json", json.dumps(invoice).encode()),
            (journal, b"{}"),
        ):
            with self.subTest(name):
                forged = self._forge({**files, name: content})
                faults = self.verifier.verify(forged)
                self.assertTrue(any(fault.startswith(name) for fault in faults), faults)

    def _forge(self, files):
        """The same files with a list of checksums that fits them."""
        sums = "".join(
            f"{self.verifier.sha(content)}  {name}\n"
            for name, content in sorted(files.items())
            if name != "SHA256SUMS"
        )
        return {**files, "SHA256SUMS": sums.encode()}

    def test_what_lacks_or_was_added_is_named(self):
        files, _mark = self._build()
        photo = next(name for name in files if name.endswith(".jpg"))
        less = {name: content for name, content in files.items() if name != photo}
        faults = " ".join(self.verifier.verify(less))
        self.assertIn(photo, faults)
        faults = self.verifier.verify({**files, "autre.txt": b"x"})
        self.assertEqual(len(faults), 1)
        self.assertIn("autre.txt", faults[0])

    def test_it_runs_alone_on_the_zip_and_on_a_byte_of_it(self):
        """Python alone, in another process, as whoever receives it does."""
        _files, mark = self._build()
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder, "dossier.zip")
            with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
                archive.extractall(Path(folder, "ouvert"))
            place.write_bytes(self.content)
            for target in (place, Path(folder, "ouvert")):
                done = self._run_alone(folder, target)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn(mark, done.stdout)
            middle = bytearray(self.content)
            middle[len(middle) // 2] ^= 1
            place.write_bytes(bytes(middle))
            done = self._run_alone(folder, place)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stdout, r"✗ \S+ : ")

    def _run_alone(self, folder, target):
        return subprocess.run(
            [sys.executable, "-I", Path(folder, "ouvert/verifier.py"), target],
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
            env={"PYTHONIOENCODING": "utf-8"},
        )

    def test_at_one_moment_the_bytes_are_the_same(self):
        with freeze_time("2026-11-28 12:00:00"):
            self._build()
            first = self.content
            self._build()
        self.assertEqual(self.content, first)

    def test_an_adjustment_leads_to_what_it_corrects(self):
        line = self.run_.line_ids
        wizard = (
            self.env["intercommunal.billing.adjust"]
            .with_user(self.finance)
            .create({"line_id": line.id, "amount": 50.0, "reason": "Half of it."})
        )
        wizard.action_apply()
        again = self._run()
        again.action_check()
        again.action_invoice()
        files, _mark = self._build(again.line_ids, again.move_ids)
        self.assertEqual(self.verifier.verify(files), [])
        lines = json.loads(files["facturation/lignes.json"])["lines"]
        self.assertEqual(
            [(row["charged"], row["amount"]) for row in lines],
            [(True, "-27.00"), (False, "77.00")],
        )
        self.assertEqual(lines[0]["corrects"], lines[1]["source"])

    def test_who_may_not_read_it_all_gets_nothing(self):
        for user in (self.stranger, self.requester, self.agent, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._build(user=user)

    def test_an_invoice_without_details_says_so(self):
        self.move._reverse_moves(cancel=True)
        with self.assertRaisesRegex(UserError, "given back"):
            self.move.action_download_intercommunal_evidence()


@tagged("post_install", "-at_install")
class TestEvidenceDownload(HttpCase, EvidenceCase):
    def test_finance_downloads_it_and_others_find_nothing(self):
        line = self.run_.line_ids
        urls = (
            self.move.action_download_intercommunal_evidence()["url"],
            line.action_download_evidence()["url"],
        )
        self.authenticate("finance", "finance")
        for url in urls:
            answer = self.url_open(url)
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(answer.headers["Content-Type"], "application/zip")
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                files = {name: archive.read(name) for name in archive.namelist()}
            self.assertEqual(self.verifier.verify(files), [])
            mark = self.verifier.fingerprint(files)
            self.assertIn(mark[:12], answer.headers["Content-Disposition"])
        for login in ("stranger", "agent", "manager"):
            self.authenticate(login, login)
            for url in urls:
                with self.subTest(login, url=url):
                    self.assertEqual(self.url_open(url).status_code, 404)
