from odoo import Command, api, models

from odoo.addons.account.models.chart_template import template

# The VAT regime of an agreement → the tax of its invoices (a record of the chart).
TAX_BY_REGIME = {
    "out_of_scope": "intercommunal_tax_out_of_scope",
    "exempt": "intercommunal_tax_exempt",
}
# Odoo's own 0 % taxes print an article that is wrong here, so we ship ours. Their
# wordings are data that an accountant may edit; so is everything in this table.
_TAXES = {
    "intercommunal_tax_out_of_scope": {
        "name": "0% intercommunal, out of scope",
        "name@fr": "0% intercommunal, hors champ",
        "description": "Not subject to VAT (public body, CGI article 256 B)",
        "description@fr": "Hors champ de la TVA (CGI, article 256 B)",
        "invoice_label": "0% VAT, out of scope",
        "invoice_label@fr": "TVA 0 %, hors champ",
        "invoice_legal_notes": "Not subject to VAT: article 256 B of the French"
        " General Tax Code.",
        "invoice_legal_notes@fr": "Opération hors du champ d'application de la TVA :"
        " article 256 B du Code général des impôts.",
        "ubl_cii_tax_category_code": "O",
        "ubl_cii_tax_exemption_reason_code": "VATEX-EU-O",
        "sequence": 90,
    },
    "intercommunal_tax_exempt": {
        "name": "0% intercommunal, exempt 261 B",
        "name@fr": "0% intercommunal, exonéré 261 B",
        "description": "Exempt from VAT (CGI article 261 B)",
        "description@fr": "Exonéré de TVA (CGI, article 261 B)",
        "invoice_label": "0% VAT, exempt",
        "invoice_label@fr": "TVA 0 %, exonéré",
        "invoice_legal_notes": "Exempt from VAT: article 261 B of the French General"
        " Tax Code.",
        "invoice_legal_notes@fr": "Exonération de TVA : article 261 B du Code général"
        " des impôts.",
        "ubl_cii_tax_category_code": "E",
        "ubl_cii_tax_exemption_reason_code": "VATEX-FR-CGI261B",
        "sequence": 91,
    },
}


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    @template("fr", "account.tax")
    def _get_fr_intercommunal_account_tax(self):
        """Our zero-rate taxes, for charts that are loaded after this addon."""
        return {
            xml_id: {
                **vals,
                "amount": 0.0,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "tax_group_id": "tax_group_tva_0",
                "repartition_line_ids": [
                    Command.create(
                        {"document_type": document_type, "repartition_type": part}
                    )
                    for document_type in ("invoice", "refund")
                    for part in ("base", "tax")
                ],
            }
            for xml_id, vals in _TAXES.items()
        }

    @api.model
    def _find_intercommunal(self, model, xml_id):
        """What ``ref`` gives of the company's chart, or of its parent's; may be empty.

        A run asks for each line of its invoices, and ``ref`` asks PostgreSQL each time
        whether the record exists (measured: a query in two); the cache of XML ids, which
        a deletion clears, knows it.
        """
        data = self.env["ir.model.data"]
        company = self.env.company
        for owner in dict.fromkeys((company, company.parent_ids[:1])):
            found = data._xmlid_to_res_model_res_id(self.company_xmlid(xml_id, owner))
            if found[0] == model:
                return self.env[model].browse(found[1])
        return self.env[model]

    @api.model
    def _load_intercommunal_taxes(self, companies):
        """Add our taxes to companies whose French chart is there already.

        What a company has is left as its accountant edited it.
        """
        for company in companies:
            loader = self.with_company(company).sudo()
            missing = {
                xml_id: vals
                for xml_id, vals in loader._get_fr_intercommunal_account_tax().items()
                if not loader.ref(xml_id, raise_if_not_found=False)
            }
            if missing:
                loader._load_data({"account.tax": missing})
                loader._load_translations(companies=company)
