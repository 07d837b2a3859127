import json
import logging
from urllib.parse import urlsplit

from requests import RequestException, Session

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import consteq

from odoo.addons.mail.tools.web_push import DeviceUnreachableError, push_to_end_point

_logger = logging.getLogger(__name__)
# Who carries pushes: nothing else is ever called for a phone, whatever it says.
CARRIERS = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
MAX_KEY = 200  # characters; those of a browser have 87 and 22


class MailPushDevice(models.Model):
    """Phones of the field page among the browsers that core notifies."""

    _inherit = "mail.push.device"

    @api.model
    def _register_phone(self, subscription, replaces=None):
        """Let the current user be notified on this phone.

        A first notification is sent at once: where the office's network lets nothing
        out, the phone is told so and the person goes on being told by e-mail.

        :param dict subscription: endpoint and keys (p256dh, auth), as a browser's
            ``PushSubscription.toJSON()`` gives them
        :param str replaces: the endpoint that the browser gave up for this one; a
            phone shared by several people goes on with the one who allowed it
        :return: whether the first notification left
        :raises ValidationError: no subscription of a known carrier
        """
        endpoint, keys = self._read_subscription(subscription)
        if replaces and not self._forget_phone(replaces):
            return False
        phones = self.sudo().search([("endpoint", "=", endpoint)])
        if phones and not consteq(phones.keys, json.dumps(keys)):
            # a browser never gives the same address with other keys
            raise ValidationError(self.env._("This phone is known already."))
        vals = {
            "endpoint": endpoint,
            "keys": json.dumps(keys),
            "partner_id": self.env.user.partner_id.id,
        }
        if phones.partner_id == self.env.user.partner_id:
            # its way was proved: a worker and a page may both tell of one change
            return True
        if phones:
            phones.write(vals)
        else:
            phones = self.sudo().create(vals)
        if not phones._greet():
            phones.unlink()
            return False
        return True

    @api.model
    def _forget_phone(self, endpoint):
        """Notify the current user on this phone no more.

        :return: whether they were
        """
        phones = self.sudo().search(
            [
                ("endpoint", "=", str(endpoint)),
                ("partner_id", "=", self.env.user.partner_id.id),
            ]
        )
        return bool(phones) and phones.unlink()

    @api.model
    def _read_subscription(self, subscription):
        """``(endpoint, keys)`` of a subscription that can be used."""
        found = subscription if isinstance(subscription, dict) else {}
        endpoint, keys = found.get("endpoint"), found.get("keys")
        keys = keys if isinstance(keys, dict) else {}
        kept = {name: keys.get(name) for name in ("p256dh", "auth")}
        readable = all(
            isinstance(key, str) and 0 < len(key) <= MAX_KEY for key in kept.values()
        )
        if not readable or not self._is_carried(endpoint):
            raise ValidationError(
                self.env._("This browser's notifications can't be used here.")
            )
        return endpoint, kept

    @api.model
    def _is_carried(self, endpoint):
        """Whether an address belongs to a known carrier: the server will call it."""
        if not isinstance(endpoint, str):
            return False
        try:
            url = urlsplit(endpoint)
            host, port = url.hostname or "", url.port
        except ValueError:
            return False
        return (
            url.scheme == "https"
            and port in (None, 443)
            and not url.username
            and any(f".{host}".endswith(f".{carrier}") for carrier in CARRIERS)
        )

    def _greet(self):
        """Send a first notification now; returns whether its carrier took it."""
        parameters = self.env["ir.config_parameter"].sudo()
        session, codes = Session(), []
        session.hooks["response"].append(
            lambda answer, **_kw: codes.append(answer.status_code)
        )
        payload = self.env["intercommunal.intervention"]._prepare_push(
            self.env._("Notifications are on"),
            self.env._("New jobs and questions appear here."),
        )
        try:
            push_to_end_point(
                base_url=self.get_base_url(),
                device={"id": self.id, "endpoint": self.endpoint, "keys": self.keys},
                payload=json.dumps(payload),
                vapid_private_key=parameters.get_param(
                    "mail.web_push_vapid_private_key"
                ),
                vapid_public_key=parameters.get_param("mail.web_push_vapid_public_key"),
                session=session,
            )
        except (DeviceUnreachableError, RequestException, ValueError) as error:
            _logger.info("No notification can be sent to a phone: %s", error)
            return False
        return codes[-1:] == [201]
