from odoo import api, fields, models
from odoo.tools import SQL


class IntercommunalMobileDevice(models.Model):
    """A phone as one person uses it; a shared phone has a line for each."""

    _name = "intercommunal.mobile.device"
    _description = "Phone"
    _order = "last_contact desc, id desc"

    name = fields.Char(required=True, readonly=True)
    uuid = fields.Char("Identifier of the phone", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    app_version = fields.Char("Version", readonly=True)
    last_contact = fields.Datetime("Last contact", readonly=True)
    unsent_count = fields.Integer(
        "Waiting on the phone",
        readonly=True,
        help="Reports that this phone had not sent yet at its last contact.",
    )
    company_id = fields.Many2one(
        "res.company", "Intercommunality", required=True, readonly=True, index=True
    )

    _uuid_user_uniq = models.Constraint(
        "UNIQUE(uuid, user_id)", "This phone is already known for this user."
    )

    @api.model
    def _register_contact(self, uuid, name, app_version, unsent_count):
        """Note that the current user's phone just spoke to the server.

        One statement, so that two tabs of the same phone never make two lines.

        :param str uuid: identifier that the page gave to itself on this phone
        :param str name: what the phone calls itself
        :param str app_version: version of the page
        :param int unsent_count: reports that wait on the phone
        :return: the device
        :raises ValidationError: no UUID
        """
        now = self.env.cr.now()
        vals = {
            "uuid": self.env["intercommunal.mobile.submission"]._check_uuid(uuid),
            "user_id": self.env.uid,
            "name": name or self.env._("Phone"),
            "app_version": app_version or None,
            "last_contact": now,
            "unsent_count": max(0, unsent_count),
            "company_id": self.env.company.id,
            "create_uid": self.env.uid,
            "create_date": now,
            "write_uid": self.env.uid,
            "write_date": now,
        }
        updated = (
            "name",
            "app_version",
            "last_contact",
            "unsent_count",
            "company_id",
            "write_uid",
            "write_date",
        )
        [[device_id]] = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) VALUES %s"
                " ON CONFLICT (uuid, user_id) DO UPDATE SET %s RETURNING id",
                SQL.identifier(self._table),
                SQL(", ").join(SQL.identifier(column) for column in vals),
                tuple(vals.values()),
                SQL(", ").join(
                    SQL(
                        "%s = EXCLUDED.%s",
                        SQL.identifier(column),
                        SQL.identifier(column),
                    )
                    for column in updated
                ),
            )
        )
        device = self.browse(device_id)
        device.invalidate_recordset(updated)
        return device
