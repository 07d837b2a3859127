import csv
import io

from odoo import http
from odoo.http import content_disposition, request
from odoo.tools import format_date

from ..tools.geo import read_point
from ..tools.spreadsheet import safe_text
from .decisions import to_int
from .portal_request import IntercommunalRequestPortal

MAX_ROWS = 10_000


class IntercommunalPortalExport(IntercommunalRequestPortal):
    """The commune's own requests as a file, and those that look like a new one."""

    @http.route("/my/requests/export", type="http", auth="user", methods=["GET"])
    def export_requests(self, search="", filterby="all", year="all", **_kw):
        """A CSV of the requests that the list shows, of all its pages.

        With semicolons and a byte order mark: a French spreadsheet opens it as it is.
        """
        records = request.env["intercommunal.request"]
        if not records.has_access("read"):
            return request.not_found()
        filters, years = self._get_filters(), self._get_years()
        domain = filters.get(filterby, filters["all"])["domain"]
        domain &= years.get(year, years["all"])["domain"]
        domain &= self._get_search_domain(search.strip())
        found = records.search(domain, order="id desc", limit=MAX_ROWS)
        opinions = dict(
            records._fields["satisfaction"]._description_selection(request.env)
        )
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(self._get_export_headers())
        for record in found:
            row = self._prepare_export_row(record, opinions)
            writer.writerow([safe_text(value or "") for value in row])
        return request.make_response(
            stream.getvalue().encode("utf-8-sig"),
            [
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", content_disposition("demandes.csv")),
                ("Cache-Control", "no-store"),
            ],
        )

    def _get_export_headers(self):
        _ = request.env._
        return [
            _("Number"),
            _("Subject"),
            _("Commune"),
            _("Service"),
            _("Type"),
            _("Site"),
            _("State"),
            _("Requester"),
            _("Sent on"),
            _("Accepted on"),
            _("Approved on"),
            _("Closed on"),
            _("Opinion of the commune"),
        ]

    def _prepare_export_row(self, record, opinions):
        # names of people and places that a portal user reads on the page as well
        named = record.sudo()
        return [
            record.reference,
            record.name,
            named.commune_id.name,
            record.service_id.name,
            record.type_id.name,
            named.site_id.name,
            record._get_state_label(),
            named.requester_id.name,
            *(
                format_date(request.env, moment) if moment else ""
                for moment in (
                    record.date_submitted,
                    record.date_accepted,
                    record.date_validated,
                    record.date_closed,
                )
            ),
            opinions.get(record.satisfaction),
        ]

    @http.route("/my/requests/similar", type="jsonrpc", auth="user", readonly=True)
    def find_similar_requests(
        self,
        name="",
        commune_id=0,
        type_id=0,
        site_id=0,
        latitude="",
        longitude="",
    ):
        """Open requests of one's commune that look like the one being typed.

        :param latitude: where the phone stands, "" when it did not say
        :return: list of dicts label, state, url; at most three
        """
        env = request.env
        records = env["intercommunal.request"]
        communes = env.user._get_intercommunal_communes()
        # the form asks only those who act for several
        commune = (
            communes
            if len(communes) == 1 and not commune_id
            else communes.filtered(lambda place: place.id == to_int(commune_id))
        )
        if not commune or not isinstance(name, str) or not records.has_access("read"):
            return []
        found = records._find_similar(
            commune,
            name[:200],
            env["intercommunal.request.type"].browse(to_int(type_id) or []),
            env["intercommunal.site"].browse(to_int(site_id) or []),
            point=read_point(latitude, longitude),
        )
        return [
            {
                "label": record.display_name,
                "state": record._get_state_label(),
                "url": f"/my/requests/{record.id}",
            }
            for record in found
        ]
