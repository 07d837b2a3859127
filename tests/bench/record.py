"""Sees in Chromium what the web client asks for each board and list."""

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parents[1]))

from browsing import ARGUMENTS, DESKTOP, TIMEOUT, find_chromium

import calls
from peers import SUBJECTS

CALLS = {
    "web_read_group": "board",
    "read_progress_bar": "bars",
    "web_search_read": "list",
}


def record(options, casts):
    """Write calls.json anew from what the client really sends."""
    from playwright.sync_api import sync_playwright

    recorded = {}
    with serve(options) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(ARGUMENTS)
        )
        for subject in SUBJECTS:
            page = browser.new_context(viewport=DESKTOP).new_page()
            page.set_default_timeout(TIMEOUT * 3)
            log_in(page, url, subject.login)
            recorded[subject.model] = watch(page, url, subject, casts[subject.model])
            page.context.close()
        browser.close()
    calls.save(recorded)
    return 0


def watch(page, url, subject, cast):
    """{call: its keyword arguments} of the subject's board and list."""
    seen = {}

    def note(request):
        model, _slash, method = request.url.rpartition("call_kw/")[2].partition("/")
        if model == subject.model and method in CALLS:
            kwargs = json.loads(request.post_data)["params"]["kwargs"]
            seen[CALLS[method]] = calls.generalise(kwargs)

    page.on("request", note)
    active = f"&active_id={cast['active_id']}" if "active_id" in cast else ""
    for view, action, method in (
        ("kanban", subject.action, "web_read_group"),
        ("list", subject.list_action or subject.action, "web_search_read"),
    ):
        call = f"call_kw/{subject.model}/{method}"
        with page.expect_response(lambda answer, call=call: call in answer.url):
            page.goto(f"{url}/odoo/action-{action}?view_type={view}{active}")
    return seen


def log_in(page, url, login):
    """Open a session; the password of the benchmark's users is their login."""
    page.goto(f"{url}/web/login")
    page.fill("#login", login)
    page.fill("#password", login)
    page.click("form.oe_login_form button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


@contextmanager
def serve(options):
    """A server of the database while the browser looks; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [Path(sys.executable).with_name("odoo"), "-c", options.config,
         "-d", options.database, "--http-port", str(port), "--log-level", "error"],
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait(f"{url}/web/login", process)
        yield url
    finally:
        process.terminate()
        process.wait()


def wait(address, process):
    """Until the server answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(address):
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise SystemExit("The server did not start: see its messages above.")
