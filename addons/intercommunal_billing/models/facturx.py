"""Electronic invoices of our runs: what Chorus Pro reads, and what EN 16931 asks.

Core writes the Factur-X file; only where its defaults are wrong for a public body that
bills communes does this file change something, and only on invoices of a run.
"""

from lxml import etree
from stdnum.fr import siret as siret_number

from odoo import models
from odoo.tools import float_repr

from odoo.addons.account_edi_ubl_cii.models.account_edi_xml_cii_facturx import (
    CII_NAMESPACES as NS,
)

from ..tools import pricing

_RAM = f"{{{NS['ram']}}}"
_EN_16931 = "urn:cen.eu:en16931:2017"
# UNTDID 5305: services outside the scope of VAT
_OUT_OF_SCOPE = "O"


class AccountEdiXmlCii(models.AbstractModel):
    """Factur-X of an invoice of a run."""

    _inherit = "account.edi.xml.cii"

    def _export_invoice_vals(self, invoice):
        vals = super()._export_invoice_vals(invoice)
        run = invoice._get_intercommunal_run()
        if run:
            vals.update(
                # core would put the reference or the number of the invoice there, and
                # Chorus Pro would look for an engagement of that number
                purchase_order_reference=invoice.purchase_order_reference or "",
                buyer_reference=invoice.buyer_reference or "",
                billing_start=run.date_from,
                billing_end=run.date_to,
                # the profile that core names in the metadata of the PDF; “extended”
                # asks for the reason of an exemption on each line as well
                document_context_id=_EN_16931,
            )
        return vals

    def _export_invoice_constraints(self, invoice, vals):
        constraints = super()._export_invoice_constraints(invoice, vals)
        if (
            invoice._get_intercommunal_run()
            and invoice.company_id.company_registry
            and not self._is_taxed(invoice)
        ):
            # BR-CO-26 asks for a number; a SIRET is one, and who is outside the scope
            # of VAT has no other
            constraints.pop("seller_identifier", None)
        return constraints

    def _is_taxed(self, invoice):
        return any(invoice.invoice_line_ids.tax_ids.mapped("amount"))

    def _export_invoice(self, invoice):
        content, errors = super()._export_invoice(invoice)
        if invoice._get_intercommunal_run():
            content = self._complete_cii(content, invoice)
        return content, errors

    def _complete_cii(self, content, invoice):
        """What EN 16931 asks of lines without product and of category O.

        :param bytes content: the file of core
        :return: bytes
        """
        tree = etree.fromstring(content)
        lines = invoice.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        nodes = tree.iterfind(".//ram:IncludedSupplyChainTradeLineItem", NS)
        for line, node in zip(lines, nodes, strict=True):
            self._complete_line(line, node)
        if tree.xpath(
            f"//ram:ApplicableTradeTax[ram:CategoryCode='{_OUT_OF_SCOPE}']",
            namespaces=NS,
        ):
            self._leave_vat_out(tree)
        # the profile has no contact at the place of delivery
        for contact in tree.findall(
            ".//ram:ShipToTradeParty/ram:DefinedTradeContact", NS
        ):
            contact.getparent().remove(contact)
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")

    def _complete_line(self, line, node):
        # BR-25: an item has a name; ours have no product, whose name core takes
        product = node.find("ram:SpecifiedTradeProduct", NS)
        description = product.find("ram:Description", NS)
        if product.find("ram:Name", NS) is None and description is not None:
            description.tag = f"{_RAM}Name"
        # unit prices have four decimals here, and core writes two
        price = pricing.decimal_of(abs(line.price_unit))
        if price != pricing.round_cent(price):
            for amount in node.iterfind(".//ram:ChargeAmount", NS):
                amount.text = float_repr(float(price), 4)

    def _leave_vat_out(self, tree):
        """BR-O-02, BR-O-05: outside the scope there is neither number nor rate."""
        for path in (
            ".//ram:ApplicableTradeTax/ram:RateApplicablePercent",
            ".//ram:SpecifiedTaxRegistration",
        ):
            for node in tree.findall(path, NS):
                node.getparent().remove(node)


class AccountMove(models.Model):
    """An invoice of a run, or what reverses one."""

    _inherit = "account.move"

    def _get_intercommunal_run(self):
        """The run that this invoice, or the one it reverses, comes from; may be empty.

        For whom reads no run: an accountant sends the invoices.
        """
        self.ensure_one()
        return (self | self.reversed_entry_id).sudo().intercommunal_run_id[:1]


class IntercommunalBillingRun(models.Model):
    """Invoices carry what the debtor looks for, and the check says what they lack."""

    _inherit = "intercommunal.billing.run"

    def _prepare_move_vals(self, agreement, journal, groups):
        """With the code service, the engagement of the year and the marché.

        The names are those of core's `l10n_fr_facturx_chorus_pro`.
        """
        return {
            **super()._prepare_move_vals(agreement, journal, groups),
            "buyer_reference": agreement.chorus_service_code,
            "purchase_order_reference": agreement._get_engagement(self.date_to.year),
            "contract_reference": agreement.contract_reference,
        }

    def _find_anomalies(self, lines):
        to_invoice = lines.filtered(lambda line: line._is_to_invoice())
        return [
            *super()._find_anomalies(lines),
            *self._find_facturx_faults(to_invoice),
        ]

    def _find_run_anomalies(self):
        return [*super()._find_run_anomalies(), *self._find_facturx_seller()]

    def _find_facturx_seller(self):
        """What an electronic invoice asks of who sends it; a paper one does without."""
        groups = self.env["intercommunal.billing.line"]._read_group(
            self._get_to_invoice_domain(), ["agreement_id"]
        )
        agreements = self.env["intercommunal.agreement"].union(*(a for [a] in groups))
        if agreements and (lacks := self._get_seller_lacks(agreements)):
            yield self._prepare_anomaly_vals(
                "facturx_seller",
                self.env._(
                    "Electronic invoices ask of %(company)s: %(lacks)s. Enter them on"
                    " its card.",
                    company=self.company_id.name,
                    lacks=", ".join(lacks),
                ),
                culprit=self.company_id.partner_id,
            )

    def _find_facturx_faults(self, to_invoice):
        """What an electronic invoice asks of the communes."""
        for commune, group in to_invoice.grouped("commune_id").items():
            if lacks := self._get_address_lacks(commune):
                yield self._prepare_anomaly_vals(
                    "facturx_buyer",
                    self.env._(
                        "Electronic invoices ask of %(commune)s: %(lacks)s. Enter them"
                        " on its card.",
                        commune=commune.name,
                        lacks=", ".join(lacks),
                    ),
                    commune,
                    commune,
                    group,
                )

    def _get_seller_lacks(self, agreements):
        """What the issuer's card lacks: list of words."""
        partner = self.company_id.partner_id
        siret = siret_number.compact(self.company_id.company_registry or "")
        wanted = [
            (siret and siret_number.is_valid(siret), self.env._("its SIRET")),
            (partner.bank_ids, self.env._("its bank account")),
            (partner.phone, self.env._("its phone number")),
            (partner.email, self.env._("its e-mail address")),
            (
                self.company_id.vat or "taxed" not in agreements.mapped("vat_regime"),
                self.env._("its VAT number"),
            ),
        ]
        return [label for is_there, label in wanted if not is_there] + (
            self._get_address_lacks(partner)
        )

    def _get_address_lacks(self, partner):
        wanted = [
            (partner.zip, self.env._("the postcode")),
            (partner.city, self.env._("the town")),
            (partner.country_id, self.env._("the country")),
        ]
        return [label for is_there, label in wanted if not is_there]
