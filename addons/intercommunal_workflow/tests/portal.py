import io
import re
from datetime import timedelta

from PIL import Image

from odoo import fields
from odoo.tests import HttpCase

from .common import IntercommunalCase


class PortalCase(IntercommunalCase, HttpCase):
    """The commune's pages, as their real users reach them, in the source's English."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        people = cls.requester | cls.referent | cls.mayor | cls.stranger
        (people | cls.manager).write({"lang": "en_US", "tz": "Europe/Paris"})

    def authenticate(self, *args, **kwargs):
        session = super().authenticate(*args, **kwargs)
        self.opener.cookies["frontend_lang"] = "en_US"
        return session

    def _get(self, path, user=None):
        if user:
            self.authenticate(user.login, user.login)
        return self.url_open(path)

    def _post(self, path, page=None, files=None, **data):
        """Post a form with the token of the page it comes from."""
        page = page or self.url_open(path.rsplit("/", 1)[0] if files is None else path)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        data["csrf_token"] = token and token.group(1)
        return self.url_open(path, data=data, files=files)

    def _jpeg(self):
        stream = io.BytesIO()
        Image.new("RGB", (40, 30), "#335577").save(stream, "JPEG")
        return stream.getvalue()

    def _upload(self, name, content=None):
        return ("photos", (name, content or self._jpeg(), "image/jpeg"))

    def _find(self, name):
        return self.env["intercommunal.request"].search([("name", "=", name)])

    def _new(self, files=None, user=None, **data):
        path = f"/my/requests/new?type_id={self.type.id}"
        page = self._get(path, user or self.requester)
        self.assertEqual(page.status_code, 200)
        values = {"type_id": self.type.id, "name": "Broken door", "submit": "send"}
        return self._post("/my/requests/new", page, files or [], **{**values, **data})

    def _act(self, request, verb, user, **data):
        """Press a button of the page of ``request``."""
        page = self._get(f"/my/requests/{request.id}", user)
        answer = self._post(f"/my/requests/{request.id}/{verb}", page, [], **data)
        request.invalidate_recordset()
        return answer

    def _end_role(self, user):
        """The role ended the day before yesterday."""
        self.env["intercommunal.commune.role"].search(
            [("user_id", "=", user.id)]
        ).date_to = fields.Date.today() - timedelta(days=2)

    def _decide(self, run, user, **data):
        """Press a button of the page of ``run``, which knows what it shows."""
        page = self._get(f"/my/validations/{run.id}", user)
        for name in ("content_hash", "idempotency_key"):
            value = re.search(f'name="{name}" value="([^"]+)"', page.text)
            data.setdefault(name, value and value.group(1))
        answer = self._post(f"/my/validations/{run.id}", page, [], **data)
        run.invalidate_recordset()
        return answer
