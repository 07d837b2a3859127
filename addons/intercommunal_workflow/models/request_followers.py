from odoo import Command, models


class IntercommunalRequest(models.Model):
    """Who is told of a request: people of its commune as it is today, and staff."""

    _inherit = "intercommunal.request"

    def write(self, vals):
        result = super().write(vals)
        if "commune_id" in vals:
            self._unsubscribe_strangers()
        return result

    def _unsubscribe_strangers(self):
        """The people of the former commune do not follow the file of another."""
        for request in self.sudo():
            followers = request.message_partner_ids
            strangers = followers - request._without_strangers(followers)
            request.message_unsubscribe(strangers.ids)
            request._subscribe_people()

    def _without_strangers(self, partners):
        """``partners`` without the people of communes who hold no role in this one.

        A role that ended, or one in another commune, tells who is meant: contacts who
        never held one were added by somebody on purpose.
        """
        self.ensure_one()
        roles = partners.sudo().intercommunal_held_role_ids
        here = roles.filtered(
            lambda role: role.is_current and role.commune_id == self.commune_id
        )
        return partners - (roles.partner_id - here.partner_id)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Followers whose role ended hear no more of the file."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        ids = [data["id"] for data in recipients if data.get("is_follower")]
        followers = self.env["res.partner"].sudo().browse(ids)
        told = self._without_strangers(followers) if self else followers
        strangers = set(ids) - set(told.ids)
        return [data for data in recipients if data["id"] not in strangers]

    def _subscribe_people(self):
        """The commune's people follow their file."""
        followers = self.env["mail.followers"].sudo()
        known = followers.search_fetch(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)],
            ["res_id", "partner_id"],
        )
        self._insert_followers(
            known={(follower.res_id, follower.partner_id) for follower in known}
        )

    def _get_author_to_subscribe(self):
        """Who creates a request follows it, under the conditions of `mail.thread`."""
        user = self.env.user
        context = self.env.context
        if (
            user.share
            or not user.active
            or context.get("mail_create_nosubscribe")
            or context.get("tracking_disable")
        ):
            return self.env["res.partner"]
        return user.partner_id

    def _insert_followers(self, author=None, known=()):
        """Subscribe the commune's people, and ``author``, in one insertion for all the
        communes of an import, where `message_subscribe` takes five queries for each.

        :param known: pairs (id, partner) that are followers already
        """
        default_subtypes = self.env["mail.message.subtype"].default_subtypes
        of_staff, _internal, of_customers = default_subtypes(self._name)
        vals_list = []
        for request in self.sudo():
            # no union of records: it would forget what is read ahead for the others
            people = (request.requester_id, request.referent_id, author)
            for partner in dict.fromkeys(filter(None, people)):
                if not partner.active or (request.id, partner) in known:
                    continue
                subtypes = of_customers if partner.partner_share else of_staff
                vals_list.append(
                    {
                        "res_model": self._name,
                        "res_id": request.id,
                        "partner_id": partner.id,
                        "subtype_ids": [Command.set(subtypes.ids)],
                    }
                )
        self.env["mail.followers"].sudo().create(vals_list)

    def _subscribe_managers(self):
        """The service's managers follow what is theirs to do."""
        for service, requests in self.sudo().grouped("service_id").items():
            requests.message_subscribe(service.manager_ids.partner_id.ids)

    def _creation_message(self):
        # without a look into ir.model for the name at each creation
        return self.env._("Request created")

    def _track_subtype(self, init_values):
        self.ensure_one()
        if "state" in init_values:
            name = self.state
            if name == "submitted" and init_values["state"] == "draft":
                # the commune did not write it: it is told
                name = "on_behalf" if self.on_behalf else name
            subtype = self.env.ref(
                f"intercommunal_workflow.mt_request_{name}",
                raise_if_not_found=False,
            )
            if subtype:
                return subtype
        return super()._track_subtype(init_values)
