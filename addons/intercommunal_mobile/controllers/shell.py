import hashlib
import json
import re

from rjsmin import jsmin as rjsmin

from odoo import http
from odoo.http import request
from odoo.tools import file_open
from odoo.tools.translate import code_translations

from ..tools.packing import choose_encoding, pack

ADDON = "intercommunal_mobile"
# What sends, with or without a page: the worker runs it as well, from "app.js".
SENDER = f"{ADDON}.assets_field_send"
# The page's scripts: name in the address, bundle.
SCRIPTS = {
    "app.js": f"{ADDON}.assets_field",
    "later.js": f"{ADDON}.assets_field_later",
}
SCOPE = "/intercommunal/"
SHELL = "/intercommunal/field"
SCRIPTS_PATH = "/intercommunal/script/"
SCRIPT = SCRIPTS_PATH + "%s/%s"
WORKER = f"{ADDON}/static/src/field_worker/worker.js"
ICONS = f"/{ADDON}/static/img/icon-%s.png"
YEAR = 365 * 24 * 3600


class IntercommunalFieldShell(http.Controller):
    """The page itself: public, the same for everybody, without any data.

    Six requests of at most 50 kB show the day's jobs for the first time: the page, its
    script (style and words are in it), the manifest, the jobs, the other screens and
    the worker. Each address of a script holds the version, and never changes content.
    """

    @http.route(
        SHELL,
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def shell(self, **_kw):
        """The page that a phone keeps."""
        return request.make_response(
            self._get_page()["html"],
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Cache-Control", "no-cache"),
                ("X-Frame-Options", "DENY"),
            ],
        )

    @http.route(
        "/intercommunal/script/<string:version>/<string:name>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def script(self, version, name):
        """A script of the page, compressed once; it may be kept for ever."""
        page = self._get_page()
        if version != page["version"] or name not in page["scripts"]:
            # a page of before an update: it keeps what waits and asks to be updated
            raise request.not_found()
        content = page["scripts"][name].encode()
        headers = [
            ("Content-Type", "text/javascript; charset=utf-8"),
            ("Cache-Control", f"public, max-age={YEAR}, immutable"),
            ("Vary", "Accept-Encoding"),
        ]
        if encoding := choose_encoding(request.httprequest):
            content = pack(content, encoding)
            headers.append(("Content-Encoding", encoding))
        return request.make_response(content, headers)

    @http.route(
        "/intercommunal/sw.js",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def worker(self):
        """The service worker; its version is the hash of what it caches."""
        page = self._get_page()
        settings = {
            "version": page["version"],
            "shell": SHELL,
            "page": page["html"],
            "scripts": SCRIPTS_PATH,
            "app": SCRIPT % (page["version"], "app.js"),
            "files": [SCRIPT % (page["version"], name) for name in page["scripts"]],
        }
        return request.make_response(
            f"const SETTINGS = {json.dumps(settings)};\n{page['worker']}",
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
        save_session=False,
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

        :return: dict html, scripts (name to text), worker (its code) and version
        """
        lang = self._get_lang()
        found = code_translations.get_web_translations(ADDON, lang)
        terms = {term["id"]: term["string"] for term in found["messages"]}
        codes = {
            name: self._translate(self._get_code(bundle), terms)
            for name, bundle in SCRIPTS.items()
        }
        # the worker has no document
        codes["app.js"] = (
            f"{self._get_code(SENDER)};\nif (self.document) {{\n{codes['app.js']}\n}}"
        )
        styles = {name: self._get_style(bundle) for name, bundle in SCRIPTS.items()}
        with file_open(WORKER) as file:
            worker = rjsmin(file.read())
        known = json.dumps([lang, codes, styles, worker], sort_keys=True)
        version = hashlib.sha256(known.encode()).hexdigest()[:16]
        settings = {
            "version": version,
            "later": SCRIPT % (version, "later.js"),
            "style": styles["app.js"],
        }
        late = {"style": styles["later.js"]}
        scripts = {
            "app.js": f"self.intercommunalField = {_to_json(settings)};\n",
            "later.js": f"self.intercommunalFieldLater = {_to_json(late)};\n",
        }
        html = request.env["ir.qweb"]._render(
            f"{ADDON}.field_shell",
            {
                # "lang" is the reader's, which qweb sets by itself
                "page_lang": lang.replace("_", "-"),
                "script": SCRIPT % (version, "app.js"),
            },
        )
        return {
            "html": f"<!DOCTYPE html>\n{html}",
            "scripts": {name: scripts[name] + codes[name] for name in scripts},
            "worker": worker,
            "version": version,
        }

    def _get_code(self, bundle):
        """The text of a bundle's script, minified as everywhere in Odoo."""
        qweb = request.env["ir.qweb"].sudo()
        code = qweb._get_asset_bundle(bundle, css=False).js().raw.decode()
        # the templates' line breaks, which no script's minifier may touch
        code = re.sub(r">\s*\n\s*<", "><", code)
        # the name of each file
        return re.sub(r"(?m)^/\* /\S+ \*/\n", "", code)

    def _get_style(self, bundle):
        """The text of a bundle's style: a script of the page carries it."""
        qweb = request.env["ir.qweb"].sudo()
        sheets = qweb._get_asset_bundle(bundle, js=False).css()
        return "".join(sheet.raw.decode() for sheet in sheets)

    def _translate(self, code, terms):
        """Write the words of the reader's language into the code.

        A table of them beside it would send each sentence three times.
        """

        def say(found):
            text = json.loads(found[1])
            return f"_t({_to_json(terms.get(text, text))}"

        return re.sub(r'_t\(("(?:[^"\\]|\\.)*")', say, code)


def _to_json(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
