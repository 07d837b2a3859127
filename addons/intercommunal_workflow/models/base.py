from odoo import api, models
from odoo.exceptions import AccessError

OURS = "intercommunal."
LINKS = ("many2one", "one2many", "many2many")


class Base(models.AbstractModel):
    """What one can't read, one can't name in a form either.

    The platform computes a form's fields as superuser and gives back the names of the
    records that the client sent, or put in its context: without this, anybody who may
    call `onchange` or create a wizard reads any record's name and related fields.
    """

    _inherit = "base"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_wizard_links()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._check_wizard_links()
        return result

    def onchange(self, values, field_names, fields_spec):
        if self._name.startswith(OURS) and not self.env.su:
            if self.env.user.share:
                raise AccessError(self.env._("Use the pages of the portal."))
            prefix = "default_"
            defaults = {
                key.removeprefix(prefix): value
                for key, value in self.env.context.items()
                if key.startswith(prefix)
            }
            if self._transient:
                # wherever a default comes from: active_id, active_ids…
                defaults |= self.default_get(list(self._fields))
            self._check_named(defaults)
            self._check_named(values)
        return super().onchange(values, field_names, fields_spec)

    def _check_wizard_links(self):
        """A wizard is about records that its user reads."""
        if not self._transient or self.env.su or not self._name.startswith(OURS):
            return
        for name, field in self._fields.items():
            is_link = field.store and field.type in LINKS and self._is_ours(field)
            # an empty link names nothing, whatever its model
            if is_link and (linked := self[name]):
                linked.check_access("read")

    def _check_named(self, vals):
        """Refuse values that name records which the user can't read.

        What a record holds already may come back: a form sends all its values.
        """
        for name, value in vals.items():
            field = self._fields.get(name)
            if not field or field.type not in LINKS or not self._is_ours(field):
                continue
            comodel = self.env[field.comodel_name]
            ids, nested = self._get_named_ids(value)
            known = self.sudo()[name].ids if self else ()
            comodel.browse(ids - set(known)).exists().check_access("read")
            for other in nested:
                comodel._check_named(other)

    @api.model
    def _is_ours(self, field):
        return (field.comodel_name or "").startswith(OURS)

    @api.model
    def _get_named_ids(self, value):
        """The ids that a value of a relation names, and the values nested in it."""
        if isinstance(value, dict):
            value = value.get("id")
        if not isinstance(value, (list, tuple)):
            value = [value]
        elif value and not isinstance(value[0], (list, tuple)):
            # a many2one as read gives it, or plain ids
            value = value[:1] if value[1:] and isinstance(value[1], str) else value
        ids, nested = set(), []
        for part in value:
            command = part if isinstance(part, (list, tuple)) else (4, part)
            if command[0] in (1, 2, 3, 4):
                ids.add(command[1])
            elif command[0] == 6:
                ids.update(command[2])
            if command[0] in (0, 1) and len(command) > 2 and command[2]:
                nested.append(command[2])
        return {record_id for record_id in ids if isinstance(record_id, int)} - {0}, [
            vals for vals in nested if isinstance(vals, dict)
        ]
