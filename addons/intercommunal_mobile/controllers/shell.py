import hashlib
import json

from markupsafe import Markup

from odoo import http
from odoo.http import request
from odoo.tools import file_open
from odoo.tools.translate import code_translations

ADDON = "intercommunal_mobile"
BUNDLE = f"{ADDON}.assets_field"
SCOPE = "/intercommunal/"
SHELL = "/intercommunal/field"
WORKER = f"{ADDON}/static/src/field_worker/worker.js"
ICONS = f"/{ADDON}/static/img/icon-%s.png"


class IntercommunalFieldShell(http.Controller):
    """The page itself: public, the same for everybody, without any data."""

    @http.route(SHELL, type="http", auth="public", methods=["GET"], sitemap=False)
    def shell(self, **_kw):
        """The page that a phone keeps."""
        page = self._get_page()
        html = request.env["ir.qweb"]._render(
            f"{ADDON}.field_shell",
            {
                **page["links"],
                "lang": page["lang"].replace("_", "-"),
                "settings": self._to_script(
                    {"version": page["version"], "terms": page["terms"]}
                ),
            },
        )
        return request.make_response(
            f"<!DOCTYPE html>\n{html}",
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Cache-Control", "no-cache"),
                ("X-Frame-Options", "DENY"),
            ],
        )

    @http.route(
        "/intercommunal/sw.js",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def worker(self):
        """The service worker; its version is the hash of what it caches."""
        page = self._get_page()
        links = page["links"]
        settings = {
            "version": page["version"],
            "files": [SHELL, *links["styles"], *links["scripts"]],
        }
        return request.make_response(
            f"const SETTINGS = {json.dumps(settings)};\n{page['code']}",
            [
                ("Content-Type", "text/javascript; charset=utf-8"),
                ("Cache-Control", "no-cache"),
                ("Service-Worker-Allowed", SCOPE),
            ],
        )

    @http.route(
        "/intercommunal/manifest.webmanifest",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def manifest(self):
        """What makes the page installable."""
        manifest = {
            "id": SHELL,
            "name": request.env._("Interventions"),
            "short_name": request.env._("Interventions"),
            "lang": self._get_lang().partition("_")[0],
            "scope": SCOPE,
            "start_url": SHELL,
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#14532d",
            "icons": [
                {
                    "src": ICONS % size,
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": "any",
                }
                for size in (192, 512)
            ],
        }
        return request.make_json_response(
            manifest, [("Content-Type", "application/manifest+json")]
        )

    # ----------------------------------------------------------------- helpers

    def _get_lang(self):
        """The language of a page that knows nobody: the first company's."""
        company = request.env["res.company"].sudo().search([], order="id", limit=1)
        return company.partner_id.lang or request.env.lang or "fr_FR"

    def _get_page(self):
        """What the page is made of, and its version: the hash of all of it.

        :return: dict lang, terms (English term to translation), links, code (of the
            worker) and version
        """
        lang = self._get_lang()
        found = code_translations.get_web_translations(ADDON, lang)
        terms = {term["id"]: term["string"] for term in found["messages"]}
        links = self._get_links()
        with file_open(WORKER) as file:
            code = file.read()
        known = json.dumps([links, code, terms], sort_keys=True)
        version = hashlib.sha256(known.encode()).hexdigest()[:16]
        return {
            "lang": lang,
            "terms": terms,
            "links": links,
            "code": code,
            "version": version,
        }

    def _to_script(self, settings):
        """Settings as JSON that can't end its script element."""
        text = json.dumps(settings, ensure_ascii=False, sort_keys=True)
        return Markup(text.replace("<", "\\u003c"))  # noqa: S704  our own terms

    def _get_links(self):
        """Addresses of the page's style and script."""
        qweb = request.env["ir.qweb"].sudo()
        links = {"styles": [], "scripts": []}
        for tag, attributes in qweb._get_asset_nodes(BUNDLE, css=True, js=True):
            if tag == "link" and attributes.get("href"):
                links["styles"].append(attributes["href"])
            elif tag == "script" and attributes.get("src"):
                links["scripts"].append(attributes["src"])
        return links
