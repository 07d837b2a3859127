from odoo import api, models
from odoo.exceptions import AccessError


class IntercommunalValidationRecord(models.AbstractModel):
    """A record of the approval engine: only the engine writes it, nobody deletes it."""

    _name = "intercommunal.validation.record"
    _description = "Record of the Approval Engine"
    _inherit = ["intercommunal.transition.mixin"]

    # The chatter's own bookkeeping, which changes no decision.
    _engine_free_fields = frozenset(
        {"message_follower_ids", "message_ids", "message_main_attachment_id"}
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine()
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) - self._engine_free_fields:
            self._check_engine()
        return super().write(vals)

    # uninstalling drops the tables: a refusal here stands in nobody's way
    # pylint: disable-next=method-required-super
    def unlink(self):
        # pylint: disable-next=no-raise-unlink
        raise AccessError(
            self.env._("An approval is never deleted: it is part of the history.")
        )

    def _check_engine(self):
        if not self._is_guard_lifted():
            raise AccessError(
                self.env._("Approvals are only changed by the decisions themselves.")
            )
