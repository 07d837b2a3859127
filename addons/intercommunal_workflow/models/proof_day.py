from datetime import date, datetime, time, timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..tools import merkle
from .decision import FIRST_HASH
from .proof import Fault
from .validation_subject import canonical_json, sha256

# A decision is in the table at most this long after its own time.
HOURS_TO_WAIT = 3


class IntercommunalProofDay(models.Model):
    """One hash for all the decisions of a day, chained to the day before.

    Sent to somebody outside, it shows that nothing was rewritten since, not even with
    all its hashes. Written once, as the decisions themselves. A day is a day of UTC.
    """

    _name = "intercommunal.proof.day"
    _description = "Proof of a Day"
    _inherit = ["intercommunal.append.only"]
    _order = "date desc, id desc"
    _rec_name = "date"

    company_id = fields.Many2one(
        "res.company",
        "Intercommunality",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    date = fields.Date("Day (UTC)", required=True, readonly=True)
    decision_count = fields.Integer("Decisions", required=True, readonly=True)
    root = fields.Char("Root of the day", required=True, readonly=True)
    prev_hash = fields.Char("Hash of the day before", required=True, readonly=True)
    own_hash = fields.Char("Hash", required=True, readonly=True)
    sent_to = fields.Char(readonly=True)

    _date_uniq = models.Constraint(
        "UNIQUE(company_id, date)", "The proof of this day exists already."
    )
    _chain_uniq = models.Constraint(
        "UNIQUE(company_id, prev_hash)", "Another day already follows this one."
    )

    @api.depends("company_id", "date")
    def _compute_display_name(self):
        for day in self:
            day.display_name = f"{day.company_id.name} · {day.date}"

    @api.model
    def _get_unchanged_reason(self):
        return self.env._("The proof of a day is never changed.")

    # ------------------------------------------------------------------ closing

    @api.model
    def _cron_close(self):
        """Close the days that are over, and send their hashes outside."""
        for company in self._get_companies():
            self._close_days(company)._send()

    @api.model
    def _get_companies(self):
        """The intercommunalities of this database."""
        return (
            self.env["res.company"]
            .sudo()
            .search([("intercommunal_commune_ids", "!=", False)])
        )

    @api.model
    def _close_days(self, company):
        """Write the proof of each past day of ``company`` that had a decision.

        :return: the new days
        """
        self.env.flush_all()
        last = self.search(
            [("company_id", "=", company.id)], order="date desc", limit=1
        )
        since = last.date + timedelta(days=1) if last else date.min
        until = (fields.Datetime.now() - timedelta(hours=HOURS_TO_WAIT)).date()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT decided_at::date FROM intercommunal_decision"
                " WHERE company_id = %s AND decided_at >= %s AND decided_at < %s"
                " ORDER BY 1",
                company.id,
                since,
                until,
            )
        )
        previous = last.own_hash or FIRST_HASH
        vals_list = []
        for [day] in rows:
            hashes = self._read_hashes(company.id, day)
            vals = {
                "company_id": company.id,
                "date": day,
                "decision_count": len(hashes),
                "root": merkle.get_root(hashes),
                "prev_hash": previous,
                "sent_to": company.intercommunal_proof_email,
            }
            vals["own_hash"] = previous = self._hash(vals)
            vals_list.append(vals)
        return self._create_guarded(vals_list)

    @api.model
    def _read_hashes(self, company_id, day):
        """Hashes of a day's decisions, in the order they were written."""
        start = datetime.combine(day, time())
        rows = self.env.execute_query(
            SQL(
                "SELECT own_hash FROM intercommunal_decision WHERE company_id = %s"
                " AND decided_at >= %s AND decided_at < %s ORDER BY id",
                company_id,
                start,
                start + timedelta(days=1),
            )
        )
        return [own_hash for [own_hash] in rows]

    @api.model
    def _hash(self, vals):
        """SHA-256 over what a day says and the hash of the day before."""
        return sha256(self._get_hashed_text(vals))

    @api.model
    def _get_hashed_text(self, vals):
        """The text whose SHA-256 is the hash of a day."""
        return canonical_json(
            {
                "company": vals["company_id"],
                "date": fields.Date.to_string(vals["date"]),
                "decisions": vals["decision_count"],
                "root": vals["root"],
                "previous": vals["prev_hash"],
            }
        )

    def _get_hashed_vals(self):
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "date": self.date,
            "decision_count": self.decision_count,
            "root": self.root,
            "prev_hash": self.prev_hash,
        }

    def _send(self):
        """Send each new day's hash to the address outside, if there is one."""
        template = self.env.ref("intercommunal_workflow.mail_template_proof_day")
        for day in self.sudo().filtered("sent_to"):
            template.send_mail(day.id)

    # ------------------------------------------------------------------- verify

    @api.model
    def _verify_days(self, counts):
        """The days' own chains, and each against its decisions."""
        rows = self.env["intercommunal.proof"]._read(
            SQL("SELECT * FROM intercommunal_proof_day ORDER BY company_id, date")
        )
        previous = {}
        for row in rows:
            counts["days"] += 1
            company_id = row["company_id"]
            if row["own_hash"] != self._hash(row):
                yield self._day_fault(
                    row,
                    self.env._(
                        "The proof of %(date)s was changed after it was made.",
                        date=row["date"],
                    ),
                )
            if row["prev_hash"] != previous.get(company_id, FIRST_HASH):
                yield self._day_fault(
                    row,
                    self.env._(
                        "The proof of a day before %(date)s is missing.",
                        date=row["date"],
                    ),
                )
            previous[company_id] = row["own_hash"]
            yield from self._verify_day(row)

    @api.model
    def _verify_day(self, row):
        hashes = self._read_hashes(row["company_id"], row["date"])
        if len(hashes) != row["decision_count"]:
            yield self._day_fault(
                row,
                self.env._(
                    "%(date)s has %(now)s decisions: there were %(then)s when the day"
                    " was closed.",
                    date=row["date"],
                    now=len(hashes),
                    then=row["decision_count"],
                ),
            )
        elif self._get_root(hashes) != row["root"]:
            yield self._day_fault(
                row,
                self.env._(
                    "The decisions of %(date)s are not those that were there when the"
                    " day was closed: they were rewritten with their hashes.",
                    date=row["date"],
                ),
            )

    @api.model
    def _get_root(self, hashes):
        try:
            return merkle.get_root(hashes)
        except ValueError:
            # somebody wrote what is no hash
            return ""

    @api.model
    def _day_fault(self, row, text):
        return Fault(self._name, row["id"], row["company_id"], text)

    @api.model
    def _verify_witness(self, witness):
        """Compare with a hash that somebody outside has kept.

        :param str witness: the hash of a day, as it was sent
        :return: ``(day or none, sentence)``
        """
        day = self.sudo().search([("own_hash", "=", witness.strip().lower())], limit=1)
        if day:
            return day, self.env._(
                "%(hash)s is the hash of %(date)s: this day and all those before it"
                " are the ones that were sent.",
                hash=day.own_hash,
                date=format_date(self.env, day.date),
            )
        return day, self.env._(
            "No day has the hash %(hash)s: the history was rewritten since it was"
            " sent, or the hash was copied wrongly.",
            hash=witness,
        )
