"""Real browsers for the journeys: Playwright on the machine's Chromium."""

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path
from unittest import SkipTest

from odoo.tests import HttpCase

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TIMEOUT = 30_000  # ms; a cold bundle takes some seconds on two shared cores
SHOTS = Path(os.environ.get("INTERCOMMUNAL_SCREENSHOTS", ".odoo/log/screenshots"))
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-prefers-reduced-motion",
)
# What the platform itself says on its console, and which is no fault of a page.
HARMLESS = re.compile(r"websocket|favicon|ERR_ABORTED|service-?worker", re.I)


def find_chromium():
    """Path of the machine's Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


class BrowserCase(HttpCase):
    """Lets a test drive several users, each in a browser window of their own."""

    registry_test_mode = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        from playwright.sync_api import sync_playwright

        chromium = find_chromium()
        if not chromium:
            raise SkipTest("Chromium is missing: apt-get install chromium")
        playwright = sync_playwright().start()
        cls.addClassCleanup(playwright.stop)
        cls.chromium = playwright.chromium.launch(
            executable_path=chromium, args=list(ARGUMENTS)
        )
        cls.addClassCleanup(cls.chromium.close)

    def setUp(self):
        super().setUp()
        self.faults = []
        self._shot_number = 0

    @contextmanager
    def as_user(self, login, size=DESKTOP, path="/odoo"):
        """A window in which ``login`` is logged in, opened on ``path``.

        The password is the login. A fault on the page's console fails the test.
        """
        self.env.cr.flush()
        self.env.cr.clear()
        phone = size == PHONE
        with self.allow_requests(all_requests=True):
            context = self.chromium.new_context(
                base_url=self.base_url(),
                viewport=size,
                locale="fr-FR",
                timezone_id="Europe/Paris",
                is_mobile=phone,
                has_touch=phone,
                accept_downloads=True,
                reduced_motion="reduce",
            )
            context.set_default_timeout(TIMEOUT)
            page = context.new_page()
            page.on("console", self._note_fault)
            page.on("pageerror", lambda error: self.faults.append(str(error)))
            try:
                self._log_in(page, login, path)
                yield page
            except Exception:
                self.shot(page, "failure")
                raise
            finally:
                page.goto("about:blank")
                context.close()
        self.env.invalidate_all()
        self.assertFalse(self.faults, "The browser's console shows errors.")

    def _log_in(self, page, login, path):
        page.goto(f"/web/login?redirect={path}")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.locator("form.oe_login_form button[type=submit]").click()
        page.wait_for_url(re.compile(r"^(?!.*/web/login)"))

    def _note_fault(self, message):
        if message.type == "error" and not HARMLESS.search(message.text):
            self.faults.append(message.text)

    def shot(self, page, name):
        """Keep a picture of the page as CI output."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self._shot_number += 1
        story = self.id().rsplit(".", 1)[-1]
        page.screenshot(path=SHOTS / f"{story}-{self._shot_number:02}-{name}.png")
