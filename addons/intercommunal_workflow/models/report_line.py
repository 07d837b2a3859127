from typing import ClassVar

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_round

MINUTES_OF_A_DAY = 24 * 60
LINE_KINDS = [
    ("labour", "Labour"),
    ("equipment", "Equipment"),
    ("material", "Material"),
    ("travel", "Travel"),
]


class IntercommunalReportLine(models.Model):
    """What a report counts: an agent's time, equipment, material, a trip."""

    _name = "intercommunal.report.line"
    _description = "Report Line"
    _inherit = ["intercommunal.transition.mixin"]
    _order = "report_id, sequence, id"

    _guarded_fields: ClassVar[frozenset] = frozenset(
        {
            "acceptance",
            "quantity_accepted",
            "minutes_accepted",
            "quantity_reserved",
            "minutes_reserved",
            "quantity_refused",
            "minutes_refused",
            "acceptance_text",
            "trip_id",
            "trip_before",
        }
    )

    report_id = fields.Many2one(
        "intercommunal.report", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="report_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        LINE_KINDS,
        required=True,
        default="labour",
    )
    name = fields.Char(
        "Description", compute="_compute_name", store=True, readonly=False
    )
    product_id = fields.Many2one("product.product", "Item", ondelete="restrict")
    quantity = fields.Float(
        default=1.0,
        digits="Product Unit",
        help="Number of units: pieces, kilometres… Times are in minutes.",
    )
    uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        compute="_compute_uom_id",
        store=True,
        readonly=False,
        ondelete="restrict",
    )
    minutes = fields.Integer(help="Duration, for labour and equipment.")
    hours = fields.Float(
        "Duration",
        compute="_compute_hours",
        inverse="_inverse_hours",
        help="Hours and minutes.",
    )
    agent_id = fields.Many2one(
        "res.users", ondelete="restrict", domain="[('share', '=', False)]"
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    started_at = fields.Datetime("From")
    is_rework = fields.Boolean(
        "Redone",
        compute="_compute_is_rework",
        store=True,
        readonly=False,
        help="Time spent on doing the work again: not billed by default.",
    )
    acceptance = fields.Selection(
        [
            ("pending", "Not decided"),
            ("accepted", "Accepted"),
            ("partial", "Accepted in part"),
            ("reserved", "Reserve"),
            ("refused", "Turned down"),
        ],
        default="pending",
        required=True,
        readonly=True,
        copy=False,
    )
    quantity_accepted = fields.Float(readonly=True, copy=False, digits="Product Unit")
    minutes_accepted = fields.Integer(readonly=True, copy=False)
    quantity_reserved = fields.Float(readonly=True, copy=False, digits="Product Unit")
    minutes_reserved = fields.Integer(readonly=True, copy=False)
    quantity_refused = fields.Float(readonly=True, copy=False, digits="Product Unit")
    minutes_refused = fields.Integer(readonly=True, copy=False)
    acceptance_text = fields.Text("Why not whole", readonly=True, copy=False)

    _minutes_positive = models.Constraint(
        "CHECK(minutes >= 0)", "A duration can't be negative."
    )
    # Once decided, what was reported is accounted for to the minute.
    _minutes_split = models.Constraint(
        "CHECK(acceptance = 'pending' OR"
        " minutes = minutes_accepted + minutes_reserved + minutes_refused)",
        "What is accepted, reserved and refused must add up to what was reported.",
    )
    _quantity_positive = models.Constraint(
        "CHECK(quantity >= 0)", "A quantity can't be negative."
    )

    # --------------------------------------------------------------- computes

    @api.depends("product_id", "agent_id", "kind")
    def _compute_name(self):
        for line in self:
            if line.kind == "labour":
                line.name = line.agent_id.name or line.name
            elif line.product_id:
                line.name = line.product_id.display_name
            else:
                # not the agent's, from when the line counted labour
                line.name = line.name != line.agent_id.name and line.name

    @api.depends("product_id")
    def _compute_uom_id(self):
        for line in self:
            line.uom_id = line.product_id.uom_id or line.uom_id

    @api.depends("minutes")
    def _compute_hours(self):
        for line in self:
            line.hours = line.minutes / 60

    def _inverse_hours(self):
        for line in self:
            line.minutes = round(line.hours * 60)

    @api.depends("report_id.version")
    def _compute_is_rework(self):
        for line in self:
            report = line.report_id._origin or line.report_id
            again = report.version > 1 or report.sudo().intervention_id.reserve_id
            line.is_rework = line.is_rework or bool(again)

    # ------------------------------------------------------------ constraints

    @api.constrains("minutes", "kind", "agent_id", "date")
    def _check_minutes(self):
        for line in self:
            if line.minutes > MINUTES_OF_A_DAY:
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: a day has 24 hours. Enter one line a day.",
                        name=line.name or line.kind,
                    )
                )
            if line.kind == "labour" and not line.agent_id:
                raise ValidationError(
                    self.env._("Choose the agent of each line of labour.")
                )
            if line.date and line.date > fields.Date.context_today(line):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is dated in the future.",
                        name=line.name or line.kind,
                    )
                )

    # ------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.report_id._check_editable()
        return lines

    def write(self, vals):
        if not self._is_guard_lifted():
            self.report_id._check_editable()
        result = super().write(vals)
        if "report_id" in vals:
            self.report_id._check_editable()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        self.report_id._check_editable()

    # ---------------------------------------------------------------- approval

    def _get_validation_payload(self):
        self.ensure_one()
        return {
            "kind": self.kind,
            "name": self.name or "",
            "product": self.product_id.id or 0,
            "quantity": f"{self.quantity:.2f}",
            "uom": self.uom_id.id or 0,
            "minutes": self.minutes,
            "agent": self.agent_id.id or 0,
            "date": fields.Date.to_string(self.date),
            "started_at": fields.Datetime.to_string(self.started_at) or "",
            "is_rework": self.is_rework,
        }

    def _accept_all(self):
        """Accept each line for what it reports."""
        for line in self:
            line._write_guarded(line._prepare_acceptance_vals())

    def _refuse_all(self):
        for line in self:
            line._write_guarded(
                {
                    **line._prepare_acceptance_vals(),
                    "acceptance": "refused",
                    "quantity_accepted": 0,
                    "minutes_accepted": 0,
                    "quantity_refused": line.quantity,
                    "minutes_refused": line.minutes,
                }
            )

    def _accept_parts(self, parts):
        """Accept each line for what its deciders accept of it.

        :param dict parts: see `_get_accepted_parts` of the approval
        """
        for line in self:
            vals = line._prepare_acceptance_vals()
            part = parts.get(line.id)
            if part:
                vals.update(line._prepare_part_vals(part))
            line._write_guarded(vals)

    def _prepare_acceptance_vals(self):
        """Values of a line that is accepted whole."""
        self.ensure_one()
        return {
            "acceptance": "accepted",
            "acceptance_text": False,
            "quantity_accepted": self.quantity,
            "minutes_accepted": self.minutes,
            "quantity_reserved": 0,
            "minutes_reserved": 0,
            "quantity_refused": 0,
            "minutes_refused": 0,
        }

    def _prepare_part_vals(self, part):
        """Values of a line that is not accepted whole; what is left is reserved."""
        self.ensure_one()
        minutes, refused = part["minutes"], part["minutes_refused"]
        quantity, lost = part["quantity"], part["quantity_refused"]
        return {
            "acceptance": part["acceptance"],
            "acceptance_text": part["text"],
            "minutes_accepted": minutes,
            "minutes_refused": refused,
            "minutes_reserved": self.minutes - minutes - refused,
            "quantity_accepted": quantity,
            "quantity_refused": lost,
            "quantity_reserved": max(
                float_round(self.quantity - quantity - lost, precision_digits=2), 0
            ),
        }

    def _move_reserved(self, side, reserve):
        """What was reserved is accepted or refused now.

        :param str side: accepted or refused
        """
        for line in self:
            vals = {
                f"minutes_{side}": line[f"minutes_{side}"] + reserve.minutes,
                f"quantity_{side}": line[f"quantity_{side}"] + reserve.quantity,
                "minutes_reserved": line.minutes_reserved - reserve.minutes,
                "quantity_reserved": line.quantity_reserved - reserve.quantity,
            }
            refused = vals.get("minutes_refused", line.minutes_refused) or vals.get(
                "quantity_refused", line.quantity_refused
            )
            accepted = vals.get("minutes_accepted", line.minutes_accepted) or vals.get(
                "quantity_accepted", line.quantity_accepted
            )
            vals["acceptance"] = (
                "accepted" if not refused else "partial" if accepted else "refused"
            )
            line._write_guarded(vals)

    def _reset_acceptance(self):
        """The decision was revoked: nothing is decided on these lines."""
        for line in self:
            line._write_guarded(
                {
                    **line._prepare_acceptance_vals(),
                    "acceptance": "pending",
                    "quantity_accepted": 0,
                    "minutes_accepted": 0,
                }
            )

    def _get_share(self, share):
        """The quantity that goes with a ``share`` of the line's time."""
        self.ensure_one()
        return float_round(self.quantity * share, precision_digits=2)

    def _get_quantity_label(self):
        """What the line reports, in words: “4 h 30” or “12 m²”."""
        self.ensure_one()
        if self.minutes:
            return f"{self.minutes // 60} h {self.minutes % 60:02d}"
        number = f"{self.quantity:.2f}".rstrip("0").rstrip(".")
        return f"{number} {self.uom_id.name or ''}".strip()

    def _is_derived(self):
        """Extension point: a line that each version works out anew is not copied."""
        return False

    def _prepare_copy_vals(self):
        """Values of this line in the next version of the report."""
        self.ensure_one()
        return {
            "kind": self.kind,
            "name": self.name,
            "product_id": self.product_id.id,
            "quantity": self.quantity,
            "uom_id": self.uom_id.id,
            "minutes": self.minutes,
            "agent_id": self.agent_id.id,
            "date": self.date,
            "started_at": self.started_at,
            "is_rework": self.is_rework,
            "sequence": self.sequence,
        }
