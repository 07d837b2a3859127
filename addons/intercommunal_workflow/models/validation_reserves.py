from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_round

# From the least to the most severe.
ACCEPTANCES = ("accepted", "partial", "reserved", "refused")


class IntercommunalValidation(models.Model):
    """Approval line by line, with réserves."""

    _inherit = "intercommunal.validation"

    def action_approve_reserves(
        self,
        lines=None,
        comment=None,
        content_hash=None,
        channel=None,
        idempotency_key=None,
    ):
        """Approve a report line by line: a part of it, or with a réserve.

        :param list lines: dicts of ``line_id``, ``acceptance`` (accepted, partial: the
            rest is refused, reserved: the rest is to be redone, refused),
            ``minutes_accepted`` or ``quantity_accepted``, ``text`` (why) and
            ``photo_id``; lines that are not named are accepted whole
        :param str comment: optional words on the whole
        :raises UserError: more than was reported, or a part without a reason
        """
        for run in self:
            run._check_takes_reserves()
            seats = run._begin("approve_reserves", content_hash, idempotency_key)
            if not seats:
                continue
            sudo = run.sudo()
            parts = sudo._prepare_parts(lines or [])
            sudo._approve(
                seats,
                "approve_reserves",
                comment,
                channel,
                idempotency_key,
                {"lines": parts},
            )
        return True

    def _check_takes_reserves(self):
        if not self.sudo().report_id._takes_reserves():
            raise UserError(
                self.env._(
                    "“%(name)s” is approved or sent back as a whole.",
                    name=self.sudo().display_name,
                )
            )
        if self.is_arbitration:
            raise UserError(
                self.env._(
                    "“%(name)s” is in arbitration: settle it as a whole.",
                    name=self.sudo().display_name,
                )
            )

    # ------------------------------------------------------------------- parts

    def _prepare_parts(self, lines):
        """What a decider accepts of each line, checked and complete.

        :return: list of dicts ``line``, ``acceptance``, ``minutes``, ``quantity`` (the
            accepted parts), ``text``, ``photo``; only lines not accepted whole
        :raises UserError: see `action_approve_reserves`
        """
        self.ensure_one()
        parts = {}
        for vals in lines:
            if not isinstance(vals, dict):
                raise UserError(self.env._("Give one set of values a line."))
            line = self._find_line(vals.get("line_id"))
            part = self._prepare_part(line, vals)
            if part and line.id in parts:
                raise UserError(
                    self.env._("“%(name)s” is there twice.", name=line.display_name)
                )
            if part:
                parts[line.id] = part
        if not parts:
            raise UserError(
                self.env._(
                    "Every line is accepted whole: approve, without a reserve, or say"
                    " which line is not."
                )
            )
        return [parts[line_id] for line_id in sorted(parts)]

    def _prepare_part(self, line, vals):
        acceptance = vals.get("acceptance") or "accepted"
        if acceptance not in ACCEPTANCES:
            raise UserError(self.env._("Choose what becomes of each line."))
        if acceptance == "accepted":
            return None
        text = str(vals.get("text") or "").strip()
        if not text:
            raise UserError(
                self.env._(
                    "Say why “%(name)s” is not accepted whole.", name=line.display_name
                )
            )
        minutes, quantity = self._prepare_accepted(line, acceptance, vals)
        part = {
            "line": line.id,
            "acceptance": acceptance,
            "minutes": minutes,
            "quantity": f"{quantity:.2f}",
            "text": text,
        }
        if vals.get("photo_id"):
            part["photo"] = self._find_photo(vals["photo_id"]).uuid
        return part

    def _prepare_accepted(self, line, acceptance, vals):
        """The accepted minutes and units of a line that is not accepted whole."""
        if acceptance == "refused":
            return 0, 0.0
        by_time = bool(line.minutes)
        name = "minutes_accepted" if by_time else "quantity_accepted"
        reported = line.minutes if by_time else line.quantity
        try:
            accepted = float_round(
                float(vals.get(name) or 0), precision_digits=0 if by_time else 2
            )
        except (TypeError, ValueError):
            accepted = -1
        least = 0 if acceptance == "reserved" else 0.005
        if (
            not least <= accepted
            or float_compare(accepted, reported, precision_digits=2) >= 0
        ):
            raise UserError(
                self.env._(
                    "Of “%(name)s”, accept less than the %(reported)s that were"
                    " reported, or accept it whole.",
                    name=line.display_name,
                    reported=line._get_quantity_label(),
                )
            )
        if by_time:
            return int(accepted), line._get_share(accepted / reported)
        return 0, accepted

    # --------------------------------------------------------------- conclusion

    def _get_accepted_parts(self):
        """The strictest that the deciders accept of each line.

        :return: ``{report line id: part}``, empty when all accept everything; a part
            has ``minutes`` and ``quantity`` accepted, ``minutes_refused`` and
            ``quantity_refused``, ``acceptance``, ``text`` and ``photo``
        """
        parts = {}
        seats = self.seat_ids.filtered(
            lambda seat: (
                seat.state == "decided" and seat.decision_id.kind == "approve_reserves"
            )
        )
        for decision in seats.decision_id.sorted("id"):
            for part in decision._get_details().get("lines", ()):
                line = self.report_id.line_ids.browse(part["line"])
                parts[line.id] = self._merge_part(line, parts.get(line.id), part)
        return parts

    @api.model
    def _merge_part(self, line, merged, part):
        """The stricter of what was merged so far and one decider's ``part``."""
        quantity = float(part["quantity"])
        refused = part["acceptance"] in ("partial", "refused")
        new = {
            **part,
            "quantity": quantity,
            "minutes_refused": line.minutes - part["minutes"] if refused else 0,
            "quantity_refused": line.quantity - quantity if refused else 0.0,
        }
        if not merged:
            return new
        texts = list(dict.fromkeys((merged["text"], part["text"])))
        return {
            **new,
            "acceptance": max(
                merged["acceptance"], part["acceptance"], key=ACCEPTANCES.index
            ),
            "minutes": min(merged["minutes"], new["minutes"]),
            "quantity": min(merged["quantity"], quantity),
            "minutes_refused": max(merged["minutes_refused"], new["minutes_refused"]),
            "quantity_refused": max(
                merged["quantity_refused"], new["quantity_refused"]
            ),
            "text": "\n".join(texts),
            "photo": merged.get("photo") or part.get("photo"),
        }
