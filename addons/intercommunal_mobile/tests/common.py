import base64
from hashlib import sha256
from uuid import uuid4

from odoo.addons.intercommunal_workflow.tests.common import IntercommunalCase


class FieldCase(IntercommunalCase):
    """A planned job, and messages as a phone sends them."""

    def setUp(self):
        super().setUp()
        self.job = self._planned()

    def _content(self, **vals):
        """What a phone says of a job that is done."""
        return {
            "kind": "report",
            "job": self.job.id,
            "outcome": "done",
            "summary": "Joint replaced.",
            "captured_at": "2026-11-01T10:30:00+01:00",
            "lines": [{"kind": "labour", "agent": self.agent.id, "minutes": 120}],
            "photos": [],
            **vals,
        }

    def _receive(self, content, uuid=None, user=None):
        submissions = self.env["intercommunal.mobile.submission"]
        return submissions.with_user(user or self.leader)._receive(
            uuid or str(uuid4()), content
        )

    def _submission(self, answer):
        return (
            self.env["intercommunal.mobile.submission"]
            .sudo()
            .search([("uuid", "=", answer["uuid"])])
        )

    def _photo(self, color="#2c7a4b", **vals):
        """Bytes of a photo and what a phone announces of it."""
        content = base64.b64decode(self._png(color=color))
        return content, {
            "uuid": str(uuid4()),
            "sha256": sha256(content).hexdigest(),
            "kind": "after",
            **vals,
        }
