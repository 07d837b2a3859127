from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from .request import CLOSED_STATES


class IntercommunalRequest(models.Model):
    """Several requests for one thing become one file; each keeps its history."""

    _inherit = "intercommunal.request"

    duplicate_of_id = fields.Many2one(
        "intercommunal.request",
        "Merged into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The request that goes on in place of this one.",
    )
    duplicate_ids = fields.One2many(
        "intercommunal.request", "duplicate_of_id", "Merged requests", readonly=True
    )

    def action_merge(self, master_id=False, text=None):
        """Merge these requests into another one, which goes on.

        They are closed as duplicates and keep their history, photos and answers; their
        requesters follow the other file and are told of its turns.

        :param int master_id: id of the request that goes on
        :param str text: a word for the communes, optional
        :raises UserError: another commune's, one that is over, or one of these
        """
        self._check_can("action_merge")
        master = self.env["intercommunal.request"].browse(master_id or []).exists()
        if not master:
            raise UserError(self.env._("Choose the request that goes on."))
        master._check_takes_over()
        for request in self:
            request._check_mergeable(master)
        message = self._clean_text(text) or self.env._(
            "Followed from now on under %(reference)s.", reference=master.reference
        )
        self.sudo()._supersede_validation(message)
        self.sudo()._cancel_jobs_to_plan(message)
        reason = self.env.ref("intercommunal_workflow.reason_cancel_duplicate")
        self._transition(
            "cancelled",
            {
                "duplicate_of_id": master.id,
                "reason_id": reason.id,
                "reason_text": message,
            },
            message=message,
        )
        self.sudo().duplicate_ids._write_guarded({"duplicate_of_id": master.id})
        master.sudo()._take_over(self.sudo())
        return True

    def _check_takes_over(self):
        """This request is open, and the user's to deal with."""
        self.ensure_one()
        self.check_access("read")
        if reason := self._get_cannot_actor_reason("action_merge"):
            raise AccessError(reason)
        if self.state in ("draft", *CLOSED_STATES):
            raise UserError(
                self.env._(
                    "“%(name)s” is in state “%(state)s”: choose a request that is open.",
                    name=self.display_name,
                    state=self._get_state_label(),
                )
            )

    def _check_mergeable(self, master):
        """Only what one commune asked: a file is never shown to another commune."""
        self.ensure_one()
        if master == self or master in self.duplicate_ids:
            raise UserError(
                self.env._(
                    "“%(name)s” can't be merged into itself: choose another request.",
                    name=self.display_name,
                )
            )
        if master.commune_id != self.commune_id:
            raise UserError(
                self.env._(
                    "“%(name)s” comes from %(commune)s, “%(master)s” from %(other)s:"
                    " only requests of one commune are merged. Plan both on the same"
                    " day instead.",
                    name=self.display_name,
                    commune=self.commune_id.name,
                    master=master.display_name,
                    other=master.commune_id.name,
                )
            )

    def _cancel_jobs_to_plan(self, message):
        """What was not planned yet is done by the other file."""
        jobs = self.intervention_ids.filtered(lambda job: job.state == "to_plan")
        jobs._transition("cancelled", message=message)

    def _take_over(self, duplicates):
        """Tell the file that goes on, and let the duplicates' people follow it."""
        self.ensure_one()
        self._write_guarded(
            {"priority": max([self.priority, *duplicates.mapped("priority")])}
        )
        people = duplicates.requester_id | duplicates.referent_id
        self.message_subscribe(people.filtered("active").ids)
        lines = Markup("").join(
            Markup("<li>%s %s</li>")
            % (
                request._get_html_link(title=request.display_name),
                plaintext2html(request.description or ""),
            )
            for request in duplicates
        )
        self._message_log(
            body=Markup("<p>%s</p><ul>%s</ul>")
            % (self.env._("Requests merged into this one:"), lines),
            author_id=self.env.user.partner_id.id,
        )

    def _get_specific_cannot_reason(self, action):
        reason = super()._get_specific_cannot_reason(action)
        if not reason and action == "action_contest" and self.duplicate_of_id:
            return self.env._(
                "“%(name)s” goes on under %(reference)s: follow that one.",
                name=self.display_name,
                reference=self.duplicate_of_id.reference,
            )
        return reason
