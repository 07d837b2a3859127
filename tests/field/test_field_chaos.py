"""Random faults between a phone and the server: nothing lost, nothing doubled.

``INTERCOMMUNAL_CHAOS_RUNS`` runs (100 unless told; 1000 before a release) from
``INTERCOMMUNAL_CHAOS_SEED``, which is printed: the same seed gives the same faults.
"""

import base64
import io
import os
from random import Random, SystemRandom

from browsing import PHONE
from chaos_proxy import CUTS, FOREIGN
from phone_case import PhoneCase
from PIL import Image
from test_field_page import FIELD

from odoo.tests import tagged

from odoo.addons.intercommunal_mobile.models import submission_intake

RUNS = int(os.environ.get("INTERCOMMUNAL_CHAOS_RUNS", "100"))
SEED = int(
    os.environ.get("INTERCOMMUNAL_CHAOS_SEED") or SystemRandom().randrange(10**9)
)
ROUTES = ("pull", "submit", "photo", "status")
PHONE_FAULTS = (
    "reload",
    "two_tabs",
    "six",
    "spoil_put",
    "quota",
    "close_database",
    "clock",
    "logout",
)
MAX_TURNS = 12


def draw_faults(random):
    """The faults of a run, in order: (route, act) of the network or (act,) of the
    phone."""
    faults = []
    for _index in range(random.randint(1, 4)):
        if random.random() < 0.6:
            route = random.choice(ROUTES)
            acts = [*CUTS, *FOREIGN] if route == "photo" else ["refuse", *FOREIGN]
            if route == "submit":
                acts += ["lose", "lose", "cut_down"]
            faults.append((route, random.choice(acts)))
        else:
            faults.append((random.choice(PHONE_FAULTS),))
    return faults


def draw_photo(random):
    """A small JPEG that no other one equals."""
    stream = io.BytesIO()
    image = Image.new("RGB", (random.randint(20, 60), random.randint(20, 60)))
    image.putdata(
        [
            (random.randrange(256), random.randrange(256), 120)
            for _pixel in range(image.width * image.height)
        ]
    )
    image.save(stream, "JPEG")
    return base64.b64encode(stream.getvalue()).decode()


@tagged("post_install", "-at_install")
class TestChaos(PhoneCase):
    """Runs of random faults, each on a report of its own."""

    def _note_fault(self, message):
        """A network that fails is what this is about."""

    def test_random_faults_lose_and_double_nothing(self):
        # more than a person sends within an hour
        self.patch(submission_intake, "MAX_MESSAGES", 2 * RUNS)
        told = []
        job_ids = self.plan_jobs(RUNS).ids
        with self.as_user("chef-equipe", PHONE, FIELD) as page:
            self.open(page)
            self.page, self.other = page, page.context.new_page()
            self.cookies = page.context.cookies()
            for tab in (self.page, self.other):
                self.start_tab(tab)
            for index, job_id in enumerate(job_ids):
                told.append(self.run_one(index, job_id))
            self.other.close()
            # errors of the pages' own timers belong to the faults
            self.faults.clear()
        arrived = self.env["intercommunal.mobile.submission"].search([])
        lost = {run["uuid"] for run in told} - set(arrived.mapped("uuid"))
        doubled = len(arrived.report_id.intervention_id.report_ids) - len(told)
        print(  # noqa: T201  the figures and the seed are the output
            f"\nChaos: seed {SEED}, {RUNS} runs, {len(self.proxy.done)} network"
            f" faults, {sum(len(run['photos']) for run in told)} photos, {len(lost)}"
            f" lost, {doubled} doubled"
        )
        self.check_server(told)

    # ---------------------------------------------------------------- one run

    def run_one(self, index, job_id):
        """Write a report, meet the faults, then let the network be good."""
        random = Random(f"{SEED}-{index}")
        photos = [draw_photo(random) for _i in range(random.randint(0, 3))]
        faults = draw_faults(random)
        kept = self.page.evaluate(
            "([job, photos]) => chaos.write(job, photos)", [job_id, photos]
        )
        label = f"seed {SEED}, run {index}, {faults}"
        for fault in faults:
            self.meet(random, kept["uuid"], fault)
            self.check_phone(kept, label)
        self.proxy.heal()
        state = None
        for _turn in range(MAX_TURNS):
            self.page.evaluate("chaos.sync()")
            state = self.page.evaluate("(uuid) => chaos.look(uuid)", kept["uuid"])
            if state["state"] == "complete":
                break
            if state["state"] == "needs_login":
                self.log_in_again()
        self.assertEqual(state["state"], "complete", f"{label}: {state}")
        return {**kept, "job": job_id, "label": label}

    def meet(self, random, uuid, fault):
        if len(fault) == 2:
            self.proxy.plan(*fault)
            self.page.evaluate("chaos.sync()")
        else:
            getattr(self, f"meet_{fault[0]}")(random, uuid)

    def meet_reload(self, random, uuid):
        """The system kills the page while it sends."""
        self.page.evaluate("void chaos.sync()")
        self.page.wait_for_timeout(random.choice((0, 10, 40)))
        self.start_tab(self.page)

    def meet_two_tabs(self, random, uuid):
        self.other.evaluate("void chaos.sync()")
        self.page.evaluate("chaos.sync()")

    def meet_six(self, random, uuid):
        self.page.evaluate("(uuid) => chaos.six(uuid)", uuid)

    def meet_spoil_put(self, random, uuid):
        self.page.evaluate("chaos.spoilPut('UnknownError')")
        self.page.evaluate("chaos.sync()")

    def meet_quota(self, random, uuid):
        self.page.evaluate("chaos.spoilPut('QuotaExceededError')")
        self.page.evaluate("chaos.sync()")

    def meet_close_database(self, random, uuid):
        self.page.evaluate("chaos.closeDatabase()")
        self.page.evaluate("chaos.sync()")

    def meet_clock(self, random, uuid):
        days = random.choice((-400, -1, 1, 3))
        self.page.evaluate("(days) => chaos.shiftClock(days)", days)
        self.page.evaluate("chaos.sync()")
        self.start_tab(self.page)

    def log_in_again(self):
        """What the page asks for: an answer on its way may have ended the session."""
        self.page.context.clear_cookies()
        self._log_in(self.page, "chef-equipe", FIELD)
        self.cookies = self.page.context.cookies()
        self.start_tab(self.page)

    def meet_logout(self, random, uuid):
        self.page.context.clear_cookies()
        self.page.evaluate("chaos.sync()")
        self.page.context.add_cookies(self.cookies)

    # ------------------------------------------------------------------ checks

    def check_phone(self, kept, label):
        """Until the server has all of it, the phone keeps all of it."""
        seen = self.page.evaluate("(uuid) => chaos.look(uuid)", kept["uuid"])
        self.assertTrue(seen["state"], label)
        self.assertNotIn(seen["state"], ("draft", "refused", "to_reconcile"), label)
        self.assertEqual(
            sorted(seen["hashes"]), sorted(sha for _uuid, sha in kept["photos"]), label
        )

    def check_server(self, told):
        """One report a draft, each photo with the bytes that the phone stored."""
        submissions = self.env["intercommunal.mobile.submission"].search([])
        by_uuid = submissions.grouped("uuid")
        for run in told:
            with self.subTest(run["label"]):
                submission = by_uuid[run["uuid"]]
                self.assertEqual(len(submission), 1)
                self.assertEqual(submission.state, "complete")
                report = submission.report_id
                self.assertEqual(report.intervention_id.report_ids, report)
                self.assertEqual(report.intervention_id.id, run["job"])
                self.assertEqual(
                    (report.state, report.total_minutes, report.summary),
                    ("sent", 75, f"Fait : {run['job']}"),
                )
                self.assertEqual(
                    sorted(submission.photo_ids.mapped(lambda p: (p.uuid, p.sha256))),
                    sorted(map(tuple, run["photos"])),
                )
                self.assertEqual(len(report.photo_ids), len(run["photos"]))
                for uuid, digest in run["photos"]:
                    self.assertIn(digest, self.proxy.passed[uuid])
        self.assertEqual(len(submissions), len(told), "nothing else arrived")
