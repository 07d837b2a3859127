"""The field page beside the backend's board, as a phone on a slow network sees them.

Chromium on CPU ÷4 and slow 3G, through a proxy that compresses as one in front of Odoo
does; each page opened for the first time and again. Goals: 8 s cold, 1 s warm.
"""

import gzip
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "field"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from browsing import ARGUMENTS, PHONE, find_chromium
from chaos_proxy import ChaosProxy, Handler

from peers import SUBJECTS
from record import log_in, serve

# DevTools' "Slow 3G": bytes a second, and milliseconds of each way and back
SLOW = {
    "offline": False,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
    "latency": 2000,
}
CPU = 4
LONGEST = 300_000  # ms
KINDS = ("text/", "application/json", "application/javascript")
PAGES = {
    "field page, jobs on screen": ("/intercommunal/field", "h1"),
    "field page, jobs refreshed": ("/intercommunal/field", ".pill.good"),
    "backend, our board": (
        f"/odoo/action-{SUBJECTS[0].action}?view_type=kanban",
        ".o_kanban_renderer",
    ),
}


class Squeezing(Handler):
    """Compresses what Odoo leaves plain, as nginx would."""

    def ask(self, body):
        status, headers, answer = super().ask(body)
        names = {name.lower(): value for name, value in headers}
        if (
            "gzip" in self.headers.get("Accept-Encoding", "")
            and "content-encoding" not in names
            and names.get("content-type", "").startswith(KINDS)
        ):
            answer = gzip.compress(answer, 6)
            headers = [*headers, ("Content-Encoding", "gzip")]
        return status, headers, answer


def measure(options):
    """Print a line a page: requests, bytes, seconds cold and warm (medians)."""
    from playwright.sync_api import sync_playwright

    with serve(options) as url, sync_playwright() as playwright:
        host, _colon, port = url.removeprefix("http://").partition(":")
        proxy = ChaosProxy((host, int(port)))
        proxy.RequestHandlerClass = Squeezing
        proxy.packed = True
        proxy.serve()
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(ARGUMENTS)
        )
        print(f"\nCPU ÷{CPU}, slow 3G, phone; median of {options.runs} runs\n")
        print("| page | requests | kB | cold | warm |\n|---|---|---|---|---|")
        for label, (path, first) in PAGES.items():
            runs = [look(browser, proxy, path, first) for _run in range(options.runs)]
            requests, weight, cold, warm = map(
                statistics.median, zip(*runs, strict=True)
            )
            print(
                f"| {label} | {requests:.0f} | {weight / 1000:.0f} | {cold:.1f} s"
                f" | {warm:.1f} s |",
                flush=True,
            )
        browser.close()
        proxy.shutdown()
        proxy.server_close()
    return 0


def look(browser, proxy, path, first):
    """(requests, bytes, seconds cold, seconds warm) of one page, from nothing."""
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.set_default_timeout(LONGEST)
    log_in(page, proxy.url, SUBJECTS[0].login)
    # what the login left behind is not what a first opening finds
    devtools = context.new_cdp_session(page)
    devtools.send("Network.clearBrowserCache")
    page.goto("about:blank")
    page.wait_for_timeout(1000)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU})
    del proxy.weights[:]
    cold = open_page(page, proxy.url + path, first)
    weights = list(proxy.weights)
    # what a phone keeps is kept by now
    page.wait_for_timeout(15_000)
    warm = open_page(page, proxy.url + path, first)
    context.close()
    return len(weights), sum(size for _path, size in weights), cold, warm


def open_page(page, address, first):
    """Seconds until ``first`` is on screen."""
    page.goto("about:blank")
    begun = time.monotonic()
    page.goto(address, wait_until="commit")
    page.locator(first).first.wait_for()
    return time.monotonic() - begun
