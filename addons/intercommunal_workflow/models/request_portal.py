from odoo import models

# The steps that a commune follows, and the states in which each one is reached.
STEPS = (
    ("submitted", ("submitted", "info_requested", "approval")),
    ("accepted", ("accepted",)),
    ("planned", ("planned",)),
    ("in_progress", ("in_progress", "rework")),
    ("to_validate", ("to_validate",)),
    ("validated", ("validated",)),
    ("closed", ("closed",)),
)


class IntercommunalRequest(models.Model):
    """What the portal shows of a request."""

    _inherit = "intercommunal.request"

    def _get_portal_steps(self):
        """The way of the request, as a parcel's.

        :return: list of dicts: label, date (datetime or False), status (done, current
            or next)
        """
        self.ensure_one()
        labels = dict(self._fields["state"]._description_selection(self.env))
        job = self.sudo().intervention_ids.filtered(lambda j: j.state != "cancelled")[
            :1
        ]
        dates = {
            "submitted": self.date_submitted,
            "accepted": self.date_accepted,
            "planned": job.date_start,
            "in_progress": job.started_at,
            "to_validate": job.report_id.sent_at,
            "validated": self.date_validated,
            "closed": self.date_closed,
        }
        position = next(
            (index for index, step in enumerate(STEPS) if self.state in step[1]), -1
        )
        return [
            {
                "key": key,
                "label": labels[self.state if index == position else key],
                "date": dates[key] if index <= position or key == "planned" else False,
                "status": "done"
                if index < position
                else "current"
                if index == position
                else "next",
            }
            for index, (key, _states) in enumerate(STEPS)
        ]

    def _get_portal_jobs(self):
        """The interventions with what a commune may know of them.

        Team and leader names are shown although portal users can't read those records.
        """
        self.check_access("read")
        return self.sudo().intervention_ids.filtered(
            lambda job: job.state not in ("to_plan", "cancelled")
        )

    def _get_portal_messages(self):
        """The public history, newest first: internal notes never show."""
        self.check_access("read")
        return (
            self.sudo()
            .message_ids.filtered(
                lambda message: not message.is_internal
                and message.subtype_id
                and not message.subtype_id.internal
            )
            .sorted("id", reverse=True)
        )

    def _prepare_repeat_vals(self, requester):
        """Values of a new draft that asks the same again."""
        self.ensure_one()
        return {
            "name": self.name,
            "description": self.description,
            "commune_id": self.commune_id.id,
            "requester_id": requester.id,
            "service_id": self.service_id.id,
            "type_id": self.type_id.id,
            "site_id": self.site_id.id,
            "address": self.address,
            "priority": self.priority,
            "properties": dict(self.properties or {}),
        }

    # ------------------------------------------------------------------- links

    def _get_access_action(self, access_uid=None, force_website=False):
        """Commune people open their request in the portal."""
        self.ensure_one()
        user = self.env["res.users"].sudo().browse(access_uid or self.env.uid)
        if user.share or force_website:
            return {
                "type": "ir.actions.act_url",
                "url": f"/my/requests/{self.id}",
                "target": "self",
                "res_id": self.id,
            }
        return super()._get_access_action(access_uid, force_website)

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """The button of an e-mail opens the portal for commune people too."""
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        for name, _method, options in groups:
            if name == "portal":
                options.update(active=True, has_button_access=True)
                options["button_access"] = {
                    "url": f"{self.get_base_url()}/my/requests/{self.id}"
                }
        return groups
