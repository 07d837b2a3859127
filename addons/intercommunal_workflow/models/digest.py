from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.fields import Domain

MONDAY = 0
MAX_ROWS = 40
# Younger than that, nothing is blocked yet.
BLOCKED_DAYS = 3


class ResCompany(models.Model):
    """What waits, told to the direction each Monday."""

    _inherit = "res.company"

    intercommunal_digest = fields.Boolean(
        "Monday digest",
        default=True,
        help="What is blocked, by whom and since when, sent to the direction and to the"
        " directors of services.",
    )
    intercommunal_digest_on = fields.Date("Last digest", readonly=True)
    intercommunal_digest_count = fields.Integer(
        "Cases of the last digest", readonly=True
    )

    @api.model
    def _cron_weekly_digest(self):
        """Send the digest on Monday, in each intercommunality's own days."""
        for company in self.sudo().search([("intercommunal_digest", "=", True)]):
            company = company.with_company(company)
            today = company._to_working_day(fields.Datetime.now())
            if today.weekday() == MONDAY and company.intercommunal_digest_on != today:
                company._send_digest(today)

    def _send_digest(self, today):
        """One mail to each director, of the cases that are theirs to unblock."""
        self.ensure_one()
        cases = self._get_blocked_cases()
        for user in self._get_digest_users():
            mine, before = cases, self.intercommunal_digest_count
            if not user.has_group(
                "intercommunal_workflow.group_intercommunal_direction"
            ):
                mine = cases.filtered(
                    lambda case, user=user: case.service_id.director_id == user
                )
                # last week's number is the whole intercommunality's
                before = 0
            if mine:
                self._mail_digest(user, mine, before)
        self.write(
            {
                "intercommunal_digest_on": today,
                "intercommunal_digest_count": len(cases),
            }
        )

    def _get_blocked_cases(self):
        """Open cases that have waited in one person's hands for days."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=BLOCKED_DAYS)
        return self.env["intercommunal.request"].search(
            Domain("company_id", "=", self.id)
            & self.env["intercommunal.request"]._get_radar_domain()
            & Domain("ball_since", "<=", limit),
            order="blocked_amount desc, ball_since",
        )

    def _get_digest_users(self):
        """The direction, and the directors of services."""
        group = self.env.ref("intercommunal_workflow.group_intercommunal_direction")
        services = self.env["intercommunal.service"].search(
            [("company_id", "=", self.id)]
        )
        return (group.all_user_ids | services.director_id).filtered(
            lambda user: user.active and user.email and self in user.company_ids
        )

    def _mail_digest(self, user, cases, before):
        env = self.with_context(lang=user.lang, tz=user.tz).env
        cases = cases.with_env(env)
        total = sum(cases.mapped("blocked_amount"))
        body = env["ir.qweb"]._render(
            "intercommunal_workflow.mail_digest",
            {
                "company": self,
                "cases": cases[:MAX_ROWS],
                "count": len(cases),
                "total": total,
                "before": before,
                "balls": dict(cases._fields["ball"]._description_selection(env)),
                "url": f"{self.get_base_url()}/odoo/radar",
                # qweb has a “lang” of its own, which browsers do not read
                "html_lang": (user.lang or "fr_FR").replace("_", "-"),
            },
        )
        env["mail.mail"].sudo().create(
            {
                "subject": env._(
                    "%(company)s: %(count)s cases wait",
                    company=self.name,
                    count=len(cases),
                ),
                "body_html": Markup("<!DOCTYPE html>\n") + body,
                "email_from": self._get_mail_sender(),
                # it is about many files: a reply is for a person to read
                "reply_to": self._get_mail_sender(),
                "recipient_ids": [Command.link(user.partner_id.id)],
                "auto_delete": True,
            }
        )
