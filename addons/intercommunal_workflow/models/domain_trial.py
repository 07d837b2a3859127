"""Trying a domain: it is installed, its sample case is played, and all is undone."""

from datetime import timedelta

from odoo import Command, api, fields, models

from .domain_import import Change


class _Undo(Exception):
    """Leaves the savepoint: nothing of the trial is kept."""


class IntercommunalDomain(models.Model):
    """What installing would do, and what would become of the sample case."""

    _inherit = "intercommunal.domain"

    @api.model
    def _try_out(self, full, company, service=None):
        """Install a file and play its sample case, then undo all of it.

        :param dict full: what `_read` gives
        :return: dict: changes, sample (None, or what `_play_sample` gives)
        """
        found = {}
        try:
            with self.env.cr.savepoint():
                domain, changes = self._install(full, company, service)
                found["changes"] = changes
                found["sample"] = domain._play_sample()
                raise _Undo
        except _Undo:
            # what was read from records that are no more
            self.env.registry.clear_cache()
        return found

    def _play_sample(self):
        """What would become of the domain's case in this intercommunality.

        Run inside a savepoint that is undone: it writes.

        :return: dict of values, or None without a case
        """
        self.ensure_one()
        if not self.sample:
            return None
        request, report = self._make_sample()
        return {
            "commune": request.commune_id.name,
            "name": request.name,
            "amount": report._get_validation_amount(),
            "currency": self.company_id.currency_id,
            "lines": self._price_sample(report),
            "approvals": [
                (label, self._simulate(kind, case))
                for kind, case, label in (
                    ("request", request, self.env._("Approval before the work")),
                    ("report", report, self.env._("Approval of the report")),
                )
                if self._has_circuit(kind, case)
            ],
        }

    def _price_sample(self, report):
        """What each line of the sample would be charged.

        :return: list of dict: name, quantity, unit, amount (None: no rate); empty
            without billing
        """
        return []

    def _has_circuit(self, kind, case):
        circuits = self.env["intercommunal.circuit"]._get_line_up(kind, case.company_id)
        return any(circuit._filter_subjects(case) for circuit in circuits)

    def _simulate(self, kind, case):
        """The simulator's own page on the case."""
        simulator = self.env["intercommunal.circuit.simulation"].sudo()
        simulator = simulator.new({"subject": kind, f"{kind}_id": case.id})
        return self.env["ir.qweb"]._render(
            "intercommunal_workflow.circuit_simulation_result",
            simulator._prepare_values(case),
        )

    def _make_sample(self):
        """The request and the report of the sample, as drafts that tell nobody.

        :return: (intercommunal.request, intercommunal.report), as superuser: nobody
            has the right to write both, and nothing of it stays
        """
        sample = self.sample
        silent = self.sudo().with_context(
            tracking_disable=True, mail_create_nosubscribe=True, mail_notrack=True
        )
        commune = silent._get_sample_commune()
        type_ = self.type_ids.filtered(lambda row: row.name == sample["type"])
        request = silent.env["intercommunal.request"].create(
            {
                "name": sample["name"],
                "description": sample["description"],
                "priority": sample["priority"],
                "commune_id": commune.id,
                "requester_id": self.env.user.partner_id.id,
                "service_id": self.service_id.id,
                "type_id": type_.id,
                "properties": sample["answers"],
            }
        )
        job = silent.env["intercommunal.intervention"].create(
            {"request_id": request.id, "name": sample["name"]}
        )
        # no move tells anybody: a job that is started expects its report
        job._write_guarded({"state": "in_progress"})
        products = {row.name: row.id for row in self.product_ids.sudo()}
        report = silent.env["intercommunal.report"].create(
            {
                "intervention_id": job.id,
                "summary": sample["summary"],
                "line_ids": [
                    Command.create(
                        {
                            "kind": line["kind"],
                            "minutes": line["minutes"],
                            "quantity": line["quantity"],
                            "product_id": products.get(line["product"], False),
                            "agent_id": self.env.uid
                            if line["kind"] == "labour"
                            else False,
                            "date": self._get_sample_day(),
                        }
                    )
                    for line in sample["lines"]
                ],
            }
        )
        return request, report

    def _get_sample_day(self):
        """A working day: a trial on a Sunday would show what a Sunday costs more."""
        today = fields.Date.context_today(self)
        # prices begin with the year: the days before it would have none
        first = max(today - timedelta(days=14), today.replace(month=1, day=1))
        days = self.company_id._list_working_dates(first, today)
        return days[-1] if days else today

    def _get_sample_commune(self):
        """A commune of the territory, one that has its people before the others."""
        roles = self.env["intercommunal.commune.role"]._read_group(
            [("company_id", "=", self.company_id.id), ("is_current", "=", True)],
            ["commune_id"],
            ["role:array_agg"],
        )
        # the more of its roles are held, the more the trial shows
        for commune, held in sorted(roles, key=lambda row: -len(set(row[1]))):
            if "referent" in held:
                return commune
        communes = self.env["res.partner"].search(
            [
                ("is_commune", "=", True),
                ("intercommunal_epci_id", "=", self.company_id.id),
            ],
            limit=1,
        )
        return communes or communes.create(
            {
                "name": self.env._("A commune"),
                "is_company": True,
                "is_commune": True,
                "intercommunal_epci_id": self.company_id.id,
            }
        )

    @api.model
    def _get_section_labels(self):
        """The name of each section of the file, as the screens have it."""
        return {
            "service": self.env._("Service"),
            "products": self.env._("Equipment and materials"),
            "skills": self.env._("Skills needed"),
            "types": self.env._("Types of request"),
            "slas": self.env._("Delays"),
            "circuits": self.env._("Approval circuits"),
            "replies": self.env._("Reply templates"),
            "stages": self.env._("Stages of the board"),
            "rates": self.env._("Rates"),
            "surcharges": self.env._("Surcharges"),
        }

    @api.model
    def _group_changes(self, changes):
        """Changes by section, for a screen.

        :return: list of (label of the section, list of `Change`)
        """
        labels = self._get_section_labels()
        groups = {}
        for change in changes:
            groups.setdefault(change.section, []).append(Change(*change))
        return [(labels[name], rows) for name, rows in groups.items()]
