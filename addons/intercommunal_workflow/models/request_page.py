from odoo import api, models

# What the record rules of staff look at.
RULE_FIELDS = ("company_id", "create_uid", "service_id", "state")


class IntercommunalRequest(models.Model):
    """What a page of the board or of the list reads, and nothing beside it.

    A contact and a user have dozens of columns, of which a page shows the name: core
    would fetch them all, once for each field that leads to one.
    """

    _inherit = "intercommunal.request"

    def _fetch_query(self, query, fields):
        # a page that was searched is checked against the rules once more: what they
        # look at would else be read in a second query, with all other columns
        if any(field.column_type for field in fields):
            fields = [*fields, *(self._fields[name] for name in RULE_FIELDS)]
        return super()._fetch_query(query, fields)

    def _read_format(self, fnames, load="_classic_read"):
        self._fetch_names(fnames)
        return super()._read_format(fnames, load)

    def _fetch_names(self, fnames):
        """Put the names of the people and communes of these fields in the cache."""
        # names are shown by core's reading whatever the rights on the person
        requests = self.sudo()
        targets = {"res.partner": set(), "res.users": set()}
        for name in fnames:
            field = self._fields[name]
            if field.type == "many2one" and field.comodel_name in targets:
                targets[field.comodel_name].update(requests[name].ids)
        users = requests.env["res.users"].browse(targets["res.users"])
        users.fetch(["partner_id"])
        targets["res.partner"].update(users.partner_id.ids)
        self._fetch_partners(requests.env["res.partner"].browse(targets["res.partner"]))

    def _fetch_people(self):
        """One query for all whom a creation looks at, of what it reads of them."""
        requests = self.sudo()
        people = requests.requester_id | requests.referent_id | requests.commune_id
        people |= self.env.user.partner_id.sudo()
        self._fetch_partners(people, "is_commune", "active", "partner_share", "email")

    @api.model
    def _fetch_partners(self, partners, *names):
        """Put what a name in full is made of in the cache, and the fields ``names``."""
        full = self.pool.field_depends[partners._fields["complete_name"]]
        # the name in full looks at what it is made of, though it is stored
        parts = {name.partition(".")[0] for name in full}
        partners.fetch(["display_name", "name", *parts, *names])
