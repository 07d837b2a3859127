"""Real browsers for the journeys: Playwright on the machine's Chromium."""

import os
import re
import resource
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path
from unittest import SkipTest
from unittest.mock import patch

from odoo.tests import HttpCase

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TIMEOUT = 30_000  # ms; a cold bundle takes some seconds on two shared cores
# CI keeps no files: a picture takes half a second for nobody
FOLDER = os.environ.get("INTERCOMMUNAL_SCREENSHOTS")
SHOTS = Path(FOLDER) if FOLDER else None
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


@contextmanager
def unlimited_memory():
    """Let a browser reserve the addresses that it wants.

    Odoo limits its own address space and what it starts inherits that limit, under
    which Chromium dies (core's ChromeBrowser lifts it as well).
    """
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limits[1], limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


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
        with unlimited_memory():
            playwright = sync_playwright().start()
            cls.addClassCleanup(playwright.stop)
            cls.chromium = playwright.chromium.launch(
                executable_path=chromium, args=list(ARGUMENTS)
            )
        cls.addClassCleanup(cls.chromium.close)
        cls.free_contexts = []

    def setUp(self):
        super().setUp()
        self.faults = []
        self._shot_number = 0

    @contextmanager
    def as_user(self, login, size=DESKTOP, path="/odoo"):
        """A window in which ``login`` is logged in, opened on ``path``.

        The password is the login. A fault on the page's console fails the test.
        Inside the block the browser owns the transaction: read records before or after.
        """
        with self._open_window(
            size, lambda page: self._log_in(page, login, path)
        ) as page:
            yield page

    @contextmanager
    def as_visitor(self, size=DESKTOP, path="/"):
        """A window of somebody who is not logged in, as `as_user` else."""
        with self._open_window(size, lambda page: page.goto(path)) as page:
            yield page

    @contextmanager
    def _open_window(self, size, enter):
        self.env.cr.flush()
        self.env.cr.clear()
        with self.allow_requests(all_requests=True), self._leave_the_database():
            context = self._take_context(size)
            page = context.new_page()
            self._follow_requests(page)
            page.on("console", self._note_fault)
            page.on("pageerror", lambda error: self.faults.append(str(error)))
            try:
                enter(page)
                yield page
            except Exception as error:
                self.shot(page, "failure")
                words = [str(error), *self.faults, *self._read_dialog(page)]
                page.goto("about:blank")
                context.close()
                raise AssertionError("\n".join(words)) from error
            except BaseException:
                context.close()
                raise
            page.goto("about:blank")
            self._give_back(context, size)
        self.env.invalidate_all()
        self.assertFalse(self.faults, "The browser's console shows errors.")

    @contextmanager
    def _leave_the_database(self):
        """Let only the server's threads ask the database while a window is open.

        All share one connection: a read of the test's own takes away the rows of what
        the server asked at that moment, which then finds “missing” records, now and
        then, far from the cause.
        """
        test, execute = threading.current_thread(), self.cr.execute

        def ask(*args, **kwargs):
            if threading.current_thread() is test:
                raise AssertionError(
                    "The test reads the database while its window is open: read"
                    f" before or after. {args[0]}"
                )
            return execute(*args, **kwargs)

        with patch.object(self.cr, "execute", ask):
            yield

    def _take_context(self, size):
        """A browser that knows nobody, of its own while it is used.

        At a desk it may have been another's, of this class, before: it keeps the
        scripts of the web client, whose reading took a third of the time of each
        window. A phone starts cold: its tests count what it loads.
        """
        if size == DESKTOP and self.free_contexts:
            return self.free_contexts.pop()
        phone = size == PHONE
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
        return context

    def _give_back(self, context, size):
        """Let it forget who it was; what it was told to play stays with its window."""
        if size != DESKTOP:
            context.close()
            return
        page = context.pages[0]
        context.new_cdp_session(page).send(
            "Storage.clearDataForOrigin",
            {"origin": self.base_url(), "storageTypes": "all"},
        )
        context.clear_cookies()
        context.clear_permissions()
        context.unroute_all()
        context.set_offline(False)
        for page in context.pages:
            page.close()
        self.free_contexts.append(context)

    def _log_in(self, page, login, path):
        page.goto(f"/web/login?redirect={path}")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", login)
        page.locator("form.oe_login_form button[type=submit]").click()
        page.wait_for_url(re.compile(r"^(?!.*/web/login)"))

    def _note_fault(self, message):
        if message.type == "error" and not HARMLESS.search(message.text):
            self.faults.append(message.text)

    def _read_dialog(self, page):
        """What an error dialog of the web client hides behind its details."""
        details = page.locator(
            ".o_error_dialog button:has(i), .o_error_dialog .btn-link"
        )
        if details.count():
            details.first.click()
            return page.locator(".o_error_detail").all_inner_texts()
        return []

    def settle(self, page):
        """Wait until the page asks nothing more of the server.

        All windows share the test's one transaction: acting while the page still
        loads could meet another request there, which no user does.
        """
        quiet = 0
        for _turn in range(200):
            quiet = 0 if self.pending else quiet + 1
            if quiet > 5:
                return
            page.wait_for_timeout(50)

    def _follow_requests(self, page):
        """Keep the set of calls to the server that are not answered yet."""
        self.pending = set()

        def asked(request):
            if request.resource_type in ("xhr", "fetch"):
                self.pending.add(request)

        def answered(request):
            self.pending.discard(request)

        page.on("request", asked)
        page.on("requestfinished", answered)
        page.on("requestfailed", answered)

    def pick(self, page, name, text):
        """Choose ``text`` in the dropdown of the field ``name`` of a form."""
        self.pick_in(page, page.locator(f"div[name={name}] input").first, text)

    def pick_in(self, page, box, text):
        """Choose ``text`` in the list that opens below ``box``.

        One question to the server after the other: the list that opens, then the name.
        Answers that cross on their way leave “no record”, so the name may be typed a
        second time; what the server does not offer then is a fault.
        """
        item = page.locator(".o-autocomplete--dropdown-item", has_text=text).first
        box.click()
        self._await_search(page)
        for again in (False, True):
            if again:
                box.fill("")
                self._await_search(page)
            box.fill(text)
            self._await_search(page)
            if item.is_visible():
                break
        item.click()
        self.settle(page)

    def _await_search(self, page):
        """Let the list ask, which it does once typing has paused, and be answered."""
        page.wait_for_timeout(400)
        self.settle(page)

    def pick_date(self, page, name, day):
        """Enter ``day`` in the date ``name`` of a form, that shows a button or a box."""
        # the tooltip of what the mouse is left on would cover it
        page.mouse.move(0, 0)
        box = page.locator(f"div[name={name}]")
        if not box.locator("input").count():
            box.locator("button").first.click()
        box.locator("input").first.fill(day.strftime("%d/%m/%Y"))
        box.locator("input").first.press("Tab")
        page.keyboard.press("Escape")

    def drag_row(self, page, row, target):
        """Drag a row of a list above another, as a hand does."""
        self.settle(page)
        row.locator(".o_row_handle").hover()
        page.mouse.down()
        page.wait_for_timeout(200)
        box = target.locator(".o_row_handle").bounding_box()
        page.mouse.move(box["x"] + 4, box["y"] + 8, steps=8)
        page.mouse.move(box["x"] + 4, box["y"] - 6, steps=8)
        page.wait_for_timeout(200)
        page.mouse.up()
        self.settle(page)

    def shot(self, page, name):
        """Keep a picture of the page, where somebody can look at it afterwards."""
        if not SHOTS:
            return
        SHOTS.mkdir(parents=True, exist_ok=True)
        self._shot_number += 1
        story = self.id().rsplit(".", 1)[-1]
        page.screenshot(path=SHOTS / f"{story}-{self._shot_number:02}-{name}.png")
