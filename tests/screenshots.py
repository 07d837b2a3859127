"""Takes the pictures of the README and the guides in the demonstration:
``./run screenshots``.

Small on purpose (JPEG-like palettes would blur text): each PNG is reduced to 64 colours.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from browsing import ARGUMENTS, DESKTOP, PHONE, find_chromium  # noqa: E402

IMAGES = Path(__file__).resolve().parents[1] / "docs/images"
PASSWORD = "demo"
ACTION = "/odoo/action-intercommunal_workflow.intercommunal"
# The pictures of the guides: name, login, size, address, what must be there first.
GUIDES = (
    ("steps", "admin", DESKTOP, f"{ACTION}_setup_action", "[name=more_domains] input"),
    ("dashboard", "direction", DESKTOP, f"{ACTION}_dashboard_action", ".fs-3"),
    ("request_new_phone", "secretaire", PHONE, "/my/requests/new", "#wrap a"),
    ("request_list_phone", "secretaire", PHONE, "/my/requests", "#wrap a"),
    ("field_phone", "chef", PHONE, "/intercommunal/field", "button.card"),
    ("contested", "finance", DESKTOP, "/odoo/contested-charges", ".o_data_row"),
    ("deadlines", "finance", DESKTOP, "/odoo/legal-deadlines", ".o_data_row"),
)
FIELD = "/intercommunal/field"


def log_in(browser, address, login, size):
    """A page on which the demonstration's user is logged in."""
    phone = size == PHONE
    context = browser.new_context(
        base_url=address,
        viewport=size,
        locale="fr-FR",
        timezone_id="Europe/Paris",
        is_mobile=phone,
        has_touch=phone,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form.oe_login_form button[type=submit]").click()
    page.wait_for_url(lambda url: "/web/login" not in url)
    return page


def keep(page, name):
    """Store a picture of the page, light enough for a repository."""
    page.wait_for_timeout(1500)  # avatars and badges come last
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(96, dither=Image.Dither.NONE).save(
        IMAGES / f"{name}.png", optimize=True
    )


def main(address):
    """Take every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(ARGUMENTS)
        )
        page = log_in(browser, address, "technique@demo.fr", DESKTOP)
        page.goto("/odoo/requests")
        page.locator(".o_kanban_record").first.wait_for()
        keep(page, "board")
        page = log_in(browser, address, "chef@demo.fr", PHONE)
        page.goto("/odoo/my-jobs")
        page.locator(".o_kanban_record").first.wait_for()
        keep(page, "jobs_phone")
        page.goto("/odoo/reports")
        page.locator(".o_kanban_record, .o_data_row").first.click()
        page.locator(".o_form_view").wait_for()
        keep(page, "report_phone")
        page = log_in(browser, address, "referent@demo.fr", PHONE)
        page.goto("/my/validations")
        page.locator(
            "main a[href^='/my/validations/'], #wrap a[href^='/my/validations/']"
        ).first.click()
        page.locator("h1").first.wait_for()
        keep(page, "approval_phone")
        for name, login, size, path, first in GUIDES:
            page = log_in(browser, address, f"{login}@demo.fr", size)
            page.goto(path)
            page.locator(first).first.wait_for()
            keep(page, name)
        bill(browser, address)
        try_domain(browser, address)
        use_phone(browser, address)
        browser.close()


def bill(browser, address):
    """A run that was checked: what is to mend, then each commune beside last year."""
    # narrower than where the messages stand beside the form
    page = log_in(browser, address, "finance@demo.fr", {"width": 1366, "height": 860})
    page.goto("/odoo/billing-runs")
    page.locator(".o_data_row", has_text="Contrôlé").first.locator("td").nth(1).click()
    page.locator("div[name=anomaly_ids] .o_data_row").first.wait_for()
    keep(page, "billing_run")
    page.get_by_role("tab", name="Par commune").click()
    keep(page, "billing_communes")
    page.goto("/odoo/unit-costs")
    page.locator(".o_data_row td[name=rate_id]").first.click()
    page.locator("div[name=charge_ids] .o_data_row").first.wait_for()
    keep(page, "unit_cost")


def try_domain(browser, address):
    """A domain that comes with the application, tried and not installed."""
    page = log_in(browser, address, "admin@demo.fr", {"width": 1100, "height": 1300})
    page.goto(f"{ACTION}_domain_action")
    page.get_by_role("button", name="Installer un domaine").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("div[name=shipped] input").click()
    page.locator(".o_select_menu_item", has_text="Espaces verts").click()
    dialog.get_by_role("button", name="Vérifier").click()
    dialog.locator(".o_intercommunal_domain_result").wait_for()
    keep(page, "domain")


def use_phone(browser, address):
    """The screens of the field page that the team leader's guide shows."""
    page = log_in(browser, address, "chef@demo.fr", PHONE)
    page.goto(FIELD)
    urgent = page.locator("button.card", has_text="Urgent").first
    urgent.click()
    page.get_by_label("Note").wait_for()
    page.locator(".shot").last.scroll_into_view_if_needed()
    keep(page, "field_job_phone")
    page.locator("button.finish").scroll_into_view_if_needed()
    page.get_by_role("button", name="Partiel").scroll_into_view_if_needed()
    keep(page, "field_send_phone")
    page.get_by_role("button", name="Retour").click()
    page.locator("button.card.back").first.click()
    page.locator(".returned path.halo").first.wait_for(state="attached")
    page.locator(".returned").first.scroll_into_view_if_needed()
    keep(page, "field_returned_phone")
    # a report that waits: this phone never sends it to the demonstration
    page.context.set_offline(True)
    page.get_by_role("button", name="Retour").click()
    urgent.click()
    page.get_by_label("Note").fill("Résistance et joint du ballon changés.")
    page.locator("button.finish").click()
    page.locator(".pill").click()
    page.get_by_role("button", name="Envoyer maintenant").click()
    page.locator(".pill.off").wait_for()
    keep(page, "field_waiting_phone")


if __name__ == "__main__":
    main(sys.argv[1])
