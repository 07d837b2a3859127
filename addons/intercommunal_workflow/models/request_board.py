from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class IntercommunalRequest(models.Model):
    """Requests in columns: which there are, how many are in each, what a drag means."""

    _inherit = "intercommunal.request"

    @api.model
    def _group_expand_stage_id(self, stages, domain):
        """Every column of the board, empty ones too; drafts only where there are some.

        A phone opens the board on its first column: an empty one says nothing.
        """
        service_ids = {
            value
            for condition in Domain(domain).iter_conditions()
            if condition.field_expr == "service_id"
            for value in (
                condition.value
                if isinstance(condition.value, (list, tuple, set, frozenset))
                else [condition.value]
            )
            if isinstance(value, int)
        }
        columns = stages | stages.search(
            [
                ("service_id", "in", [*service_ids, False]),
                ("company_id", "in", [*self.env.companies.ids, False]),
                ("state", "!=", "draft"),
            ]
        )
        return columns.sorted()

    @api.model
    def _read_group(
        self,
        domain,
        groupby=(),
        aggregates=(),
        having=(),
        offset=0,
        limit=None,
        order=None,
    ):
        """Counts by stage come in the order of the stages without joining each
        request to its stage, which would cost more than the count itself."""
        by_stage = tuple(groupby) == ("stage_id",) and order == "stage_id"
        if not by_stage or offset or limit:
            return super()._read_group(
                domain, groupby, aggregates, having, offset, limit, order
            )
        groups = super()._read_group(domain, groupby, aggregates, having)
        return sorted(
            groups, key=lambda group: (not group[0], group[0].sequence, group[0].id)
        )

    def _move_to_stage(self, stage):
        """Run the move that a card dragged into ``stage`` means.

        :raises UserError: the move needs more than a drag, or is not possible now
        """
        for request in self:
            if stage.service_id and stage.service_id != request.service_id:
                raise UserError(
                    self.env._(
                        "The column “%(stage)s” is of another service: use “Re-route”"
                        " to hand “%(name)s” to it.",
                        name=request.display_name,
                        stage=stage.name,
                    )
                )
            if stage.state == request.sudo().state:
                request.check_access("write")
            else:
                request._move_to_state_of(stage)
            # an approval in between leads to another column than the one aimed at
            if stage.state == request.sudo().state:
                request._write_guarded({"stage_id": stage.id})

    def _move_to_state_of(self, stage):
        self.ensure_one()
        action = self._get_stage_action(stage.state)
        if not action:
            raise UserError(
                self.env._(
                    "“%(name)s” can't be dragged to “%(stage)s”: open it and use"
                    " its buttons, which ask what this move needs.",
                    name=self.display_name,
                    stage=stage.name,
                )
            )
        getattr(self, action)()

    def _get_stage_action(self, state):
        """The action that moves to ``state`` without asking anything, or False."""
        if state == "submitted" and self.sudo().state == "draft":
            return "action_submit"
        return {"accepted": "action_accept"}.get(state, False)
