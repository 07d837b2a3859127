from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools import epci
from .common import GROUP

MAD_ET_MOSELLE = "200070738"
GRAND_PARIS = "200054781"
REUNION = "249740077"


@tagged("post_install", "-at_install")
class TestTerritory(TransactionCase):
    """An administrator picks the intercommunality; its communes appear."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a database whose demonstration is loaded has this territory already: these
        # stories are about new companies, and put the known communes out of the way
        cls.env["res.partner"].with_context(active_test=False).search(
            [("insee_code", "!=", False)]
        ).write({"insee_code": False, "siren": False, "is_commune": False})
        cls.env["res.company"].search([("name", "=", "CC Mad et Moselle")]).name = "CC"
        cls.company = cls.env["res.company"].create({"name": "My CC"})
        cls.admin = cls._new_admin("territory_admin", cls.company)

    @classmethod
    def _new_admin(cls, login, company):
        return new_test_user(
            cls.env,
            login,
            GROUP + "admin",
            company_id=company.id,
            company_ids=[company.id],
        )

    def _wizard(self, query="", user=None, **vals):
        return (
            self.env["intercommunal.territory.install"]
            .with_user(user or self.admin)
            .create({"query": query, **vals})
        )

    def _communes(self, siren=MAD_ET_MOSELLE):
        codes = [commune.insee for commune in epci.communes(siren)]
        return self.env["res.partner"].search([("insee_code", "in", codes)])

    # ----------------------------------------------------------------- search

    def test_search_by_name_accents_and_siren(self):
        for query, expected in (
            ("mad et moselle", MAD_ET_MOSELLE),
            ("MÉTROPOLE du grand paris", GRAND_PARIS),
            (MAD_ET_MOSELLE, MAD_ET_MOSELLE),
        ):
            with self.subTest(query=query):
                wizard = self._wizard(query)
                wizard.action_search()
                self.assertEqual(wizard.candidate_ids[0].siren, expected)
        first = wizard.candidate_ids[0]
        self.assertEqual(first.commune_count, 47)
        self.assertEqual(set(first.departments.split(", ")), {"54", "57"})
        self.assertGreater(first.population, 15000)

    def test_search_shows_twenty_at_most_and_says_so(self):
        wizard = self._wizard("communauté")
        wizard.action_search()
        self.assertEqual(len(wizard.candidate_ids), 20)
        self.assertTrue(wizard.too_many)

    def test_search_without_result_says_what_to_try(self):
        for query in ("", "zzz", "'; drop table", "%"):
            with (
                self.subTest(query=query),
                self.assertRaisesRegex(UserError, "one word"),
                self.cr.savepoint(),
            ):
                self._wizard(query).action_search()

    # ---------------------------------------------------------------- install

    def test_install_creates_company_data_and_communes(self):
        with Form(
            self.env["intercommunal.territory.install"].with_user(self.admin)
        ) as form:
            form.query = "mad et moselle"
        wizard = form.record
        wizard.action_search()
        wizard.candidate_ids[0].action_choose()
        self.assertEqual(wizard.to_create_count, 47)
        self.assertEqual(wizard.known_count, 0)
        wizard.action_install()

        self.assertEqual(self.company.name, "CC Mad et Moselle")
        self.assertEqual(self.company.epci_siren, MAD_ET_MOSELLE)
        self.assertEqual(self.company.epci_type, "CC")
        self.assertEqual(self.company.country_id.code, "FR")
        self.assertEqual(self.company.currency_id.name, "EUR")
        self.assertEqual(self.company.partner_id.siren, MAD_ET_MOSELLE)
        communes = self._communes()
        self.assertEqual(len(communes), 47)
        self.assertEqual(communes.intercommunal_epci_id, self.company)
        thiaucourt = communes.filtered(lambda c: c.name == "Thiaucourt-Regniéville")
        self.assertRecordValues(
            thiaucourt,
            [
                {
                    "is_commune": True,
                    "is_company": True,
                    "insee_code": "54518",
                    "siren": "215405184",
                    "zip": "54470",
                    "city": "Thiaucourt-Regniéville",
                    "intercommunal_department": "54",
                    "company_id": False,
                }
            ],
        )
        self.assertGreater(thiaucourt.intercommunal_population, 500)
        self.assertEqual(thiaucourt.country_id.code, "FR")

    def test_install_again_adds_what_is_missing_and_keeps_what_was_changed(self):
        self._wizard()._install(self.company, MAD_ET_MOSELLE)
        communes = self._communes()
        changed, renamed, removed, archived = communes[:4]
        changed.write({"intercommunal_population": 7, "zip": "99999"})
        renamed.name = "Mairie de chez nous"
        archived.active = False
        missing_code = removed.insee_code
        removed.unlink()
        self.company.name = "Our name"

        wizard = self._wizard(MAD_ET_MOSELLE)
        wizard.action_choose(MAD_ET_MOSELLE)
        self.assertEqual(wizard.company_name, "Our name")
        self.assertEqual(wizard.known_count, 46)
        self.assertEqual(wizard.to_create_count, 1)
        wizard.action_install()

        self.assertEqual(self.company.name, "Our name")
        self.assertEqual(changed.intercommunal_population, 7)
        self.assertEqual(changed.zip, "99999")
        self.assertEqual(renamed.name, "Mairie de chez nous")
        self.assertFalse(archived.active)
        everywhere = self.env["res.partner"].with_context(active_test=False)
        self.assertEqual(
            everywhere.search_count([("insee_code", "=", missing_code)]), 1
        )
        self.assertEqual(
            everywhere.search_count([("intercommunal_epci_id", "=", self.company.id)]),
            47,
        )

    def test_install_takes_up_a_contact_known_by_its_siren(self):
        customer = self.env["res.partner"].create(
            {"name": "Commune de Gorze", "siren": "215702549", "zip": "57000"}
        )
        gorze = next(c for c in epci.communes(MAD_ET_MOSELLE) if c.name == "Gorze")
        customer.siren = gorze.siren
        self._wizard()._install(self.company, MAD_ET_MOSELLE)
        self.assertEqual(customer.insee_code, gorze.insee)
        self.assertTrue(customer.is_commune)
        self.assertEqual(customer.name, "Commune de Gorze", "its name stays")
        self.assertEqual(customer.zip, "57000", "its postcode stays")
        self.assertEqual(len(self._communes()), 47)

    def test_only_ticked_communes_are_installed(self):
        wizard = self._wizard()
        wizard.action_choose(MAD_ET_MOSELLE)
        wizard.action_select_none()
        with self.assertRaisesRegex(UserError, "at least one"), self.cr.savepoint():
            wizard.action_install()
        self.assertFalse(self.company.epci_siren, "nothing half written")
        wizard.line_ids[:2].selected = True
        wizard.action_install()
        self.assertEqual(len(self._communes()), 2)

    def test_two_companies_install_two_territories(self):
        other = self.env["res.company"].create({"name": "Other CC"})
        other_admin = self._new_admin("other_admin", other)
        self._wizard()._install(self.company, MAD_ET_MOSELLE)
        self._wizard(user=other_admin)._install(other, "245400171")
        self.assertEqual(len(self.company.intercommunal_commune_ids), 47)
        self.assertEqual(len(other.intercommunal_commune_ids), 19)

    def test_two_companies_install_the_same_territory_without_doubles(self):
        other = self.env["res.company"].create({"name": "Syndicate"})
        other_admin = self._new_admin("other_admin", other)
        self._wizard()._install(self.company, MAD_ET_MOSELLE)
        communes = self._wizard(user=other_admin)._install(other, MAD_ET_MOSELLE)
        self.assertEqual(other.epci_siren, MAD_ET_MOSELLE)
        self.assertEqual(communes, self._communes())
        self.assertEqual(len(communes), 47)

    def test_a_company_is_one_intercommunality(self):
        self._wizard()._install(self.company, MAD_ET_MOSELLE)
        with self.assertRaisesRegex(UserError, "already"), self.cr.savepoint():
            self._wizard()._install(self.company, GRAND_PARIS)

    def test_the_working_calendar_gets_the_time_of_the_territory(self):
        for siren, zone in (
            (MAD_ET_MOSELLE, "Europe/Paris"),
            (REUNION, "Indian/Reunion"),
        ):
            with self.subTest(zone):
                company = self.env["res.company"].create({"name": f"CC {siren}"})
                company.resource_calendar_id.tz = "UTC"
                admin = self._new_admin(f"admin_{siren}", company)
                self._wizard(user=admin)._install(company, siren)
                self.assertEqual(company.resource_calendar_id.tz, zone)

    def test_a_time_zone_that_somebody_chose_stays(self):
        self.company.resource_calendar_id.tz = "Atlantic/Azores"
        self._wizard()._install(self.company, MAD_ET_MOSELLE)
        self.assertEqual(self.company.resource_calendar_id.tz, "Atlantic/Azores")

    def test_unknown_siren_is_refused(self):
        with (
            self.assertRaisesRegex(UserError, "No intercommunality"),
            self.cr.savepoint(),
        ):
            self._wizard().action_choose("123456789")

    def test_only_administrators_install(self):
        for login, groups in (
            ("t_manager", GROUP + "service_manager"),
            ("t_internal", "base.group_user"),
            ("t_portal", "base.group_portal"),
        ):
            user = new_test_user(self.env, login, groups)
            with self.subTest(login=login), self.assertRaises(AccessError):
                self._wizard(user=user)

    def test_nobody_installs_into_a_company_that_is_not_theirs(self):
        stranger = self.env["res.company"].create({"name": "Not mine"})
        with self.assertRaises(AccessError):
            self._wizard(company_id=stranger.id)._install(stranger, MAD_ET_MOSELLE)
        self.assertFalse(stranger.epci_siren)

    def test_query_count_does_not_grow_with_the_communes(self):
        """Four times the communes, not four times the queries."""
        counts = []
        for siren in ("245400171", "200068146"):  # 19 and 76 communes
            company = self.env["res.company"].create({"name": siren})
            admin = self._new_admin(f"admin{siren}", company)
            self._wizard(user=admin).action_choose(siren)
            self.env.flush_all()
            wizard = self._wizard(user=admin)
            wizard.action_choose(siren)
            self.env.flush_all()
            before = self.cr.sql_log_count
            wizard.action_install()
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        few, many = counts
        self.assertLessEqual(many, few + 10)

    # ------------------------------------------------------- official numbers

    def _new_commune(self, **vals):
        return self.env["res.partner"].create(
            {"name": "Valbois", "is_company": True, "is_commune": True, **vals}
        )

    def test_insee_code_of_every_department_is_taken(self):
        for code in ("01001", "2A004", "2B033", "97411", "54518"):
            self.assertEqual(self._new_commune(insee_code=code).insee_code, code)
        self.assertEqual(self._new_commune(insee_code=" 2a 017 ").insee_code, "2A017")

    def test_bad_insee_code_is_refused_with_an_example(self):
        for code in ("5457", "2C004", "ABCDE", "١٢٣٤٥"):
            with (
                self.subTest(code=code),
                self.assertRaisesRegex(ValidationError, "2A004"),
                self.cr.savepoint(),
            ):
                self._new_commune(insee_code=code)

    def test_insee_code_is_unique_and_may_be_empty(self):
        self._new_commune(insee_code="54901")
        self._new_commune(insee_code="")
        self._new_commune(insee_code=False)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._new_commune(insee_code="54901")

    def test_siren_and_siret_have_their_keys(self):
        commune = self._new_commune(
            siren="217 500 016", company_registry="217 500 016 00019"
        )
        self.assertEqual(commune.siren, "217500016")
        self.assertEqual(commune.company_registry, "21750001600019")
        with self.assertRaisesRegex(ValidationError, "SIREN"), self.cr.savepoint():
            commune.siren = "217500017"
        with self.assertRaisesRegex(ValidationError, "SIRET"), self.cr.savepoint():
            commune.company_registry = "21750001600018"
        with (
            self.assertRaisesRegex(ValidationError, "begin with its SIREN"),
            self.cr.savepoint(),
        ):
            commune.company_registry = "44229377500031"

    def test_foreign_registry_of_other_contacts_is_left_alone(self):
        supplier = self.env["res.partner"].create(
            {"name": "Lieferant", "is_company": True, "company_registry": "HRB 1234"}
        )
        self.assertEqual(supplier.company_registry, "HRB 1234")
