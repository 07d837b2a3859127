from odoo import api, fields, models


class IntercommunalRequest(models.Model):
    """From a request to its reports and approvals."""

    _inherit = "intercommunal.request"

    report_count = fields.Integer("Number of reports", compute="_compute_office_counts")
    validation_count = fields.Integer(
        "Number of approvals", compute="_compute_office_counts"
    )

    is_readonly = fields.Boolean(
        "Read only", compute="_compute_is_readonly", compute_sudo=False
    )

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_is_readonly(self):
        """Whether the reader may change nothing here: a form does not offer it then."""
        writable = self._origin._filtered_access("write")
        for request in self:
            request.is_readonly = bool(request._origin - writable)

    @api.depends("state", "intervention_ids", "validation_ids")
    def _compute_office_counts(self):
        """Both in two queries, with the rights of the reader; a draft has neither."""
        sent = self.filtered(lambda request: request.state != "draft")
        reports, runs = (
            dict(
                self.env[model]._read_group(
                    [(name, "in", sent.ids)], [name], ["__count"]
                )
            )
            if sent.ids and self.env[model].has_access("read")
            else {}
            for model, name in (
                ("intercommunal.report", "request_id"),
                ("intercommunal.validation", "subject_request_id"),
            )
        )
        for request in self:
            key = request._origin
            request.report_count = reports.get(key, 0)
            request.validation_count = runs.get(key, 0)

    def onchange(self, values, field_names, fields_spec):
        """A form shows the questions of a type as soon as it is chosen.

        The platform compares answers alone: for it, a type whose questions have no
        usual answer changes nothing, and its questions would come with the record.
        """
        result = super().onchange(values, field_names, fields_spec)
        changed = result.get("value", {})
        is_other_type = "type_id" in field_names or "type_id" in changed
        if (
            is_other_type
            and "properties" in fields_spec
            and "properties" not in changed
        ):
            kind = changed.get("type_id", values.get("type_id"))
            kind_id = kind.get("id") if isinstance(kind, dict) else kind
            # of a type of somebody else nothing is told
            kinds = self.env["intercommunal.request.type"].browse(kind_id or [])
            known = kinds._filtered_access("read")
            [blank] = self.new({"type_id": known.id}).web_read({"properties": {}})
            changed["properties"] = blank["properties"]
        return result

    def _get_answers(self):
        """The questions of the type and their answers, as a person reads them.

        :return: list of dicts ``label`` and ``value``; what was not answered is left out
        """
        self.ensure_one()
        return [
            {
                "label": prop["string"].rstrip(" *"),
                "value": self._get_answer_text(prop),
            }
            for prop in self._get_properties_with_values()
            if prop["value"] or prop["type"] == "boolean"
        ]

    @api.model
    def _get_answer_text(self, prop):
        value = prop["value"]
        match prop["type"]:
            case "boolean":
                return self.env._("Yes") if value else self.env._("No")
            case "selection":
                return dict(prop.get("selection") or ()).get(value, value)
            case "tags":
                labels = {tag[0]: tag[1] for tag in prop.get("tags") or ()}
                return ", ".join(labels.get(tag, tag) for tag in value)
            case "date":
                return fields.Date.to_date(value).strftime("%d/%m/%Y")
            case "integer" | "float":
                return f"{value:g} {prop.get('suffix') or ''}".strip()
        return str(value)

    def action_open_reports(self):
        """Window of the reports of this request."""
        return self._open_of("intercommunal_report_action", "request_id")

    def action_open_validations(self):
        """Window of the approvals of this request, before and after the work."""
        return self._open_of("intercommunal_validation_action", "subject_request_id")

    def _open_of(self, action_name, field_name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"intercommunal_workflow.{action_name}"
        )
        domain = [(field_name, "=", self.id)]
        return {**action, "domain": domain, "context": {"create": False}}
