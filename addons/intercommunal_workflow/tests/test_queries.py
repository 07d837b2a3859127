from contextlib import contextmanager
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import Form, tagged
from odoo.tools import SQL

from .common import IntercommunalCase

LABEL = {"fields": {"display_name": {}}}
CARD = {
    "reference": {},
    "name": {},
    "commune_id": LABEL,
    "type_id": LABEL,
    "priority": {},
    "is_late": {},
    "is_blocked": {},
    "similar_id": LABEL,
    "commune_clock": {},
    "cc_clock": {},
    "deadline": {},
    "state": {},
    "ball": {},
    "ball_user_id": LABEL,
}


@tagged("post_install", "-at_install")
class TestQueries(IntercommunalCase):
    """Queries of the paths that everybody takes, with the rights of a manager.

    Counts are exact where times are noise; the benchmark measures those.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the chatter is part of the cost
        cls.requests = (
            cls.env["intercommunal.request"]
            .with_user(cls.manager)
            .with_context(tracking_disable=False)
        )

    def _values(self, number):
        return {
            "name": f"Leak {number}",
            "commune_id": (self.commune | self.other_commune)[number % 2].id,
            "service_id": self.service.id,
            "type_id": self.type.id,
        }

    def _fill(self, count):
        """``count`` requests, spread over every state."""
        states = list(self.requests._transitions)
        self.requests._create_guarded(
            [
                {**self._values(number), "state": states[number % len(states)]}
                for number in range(count)
            ]
        )
        self.env.flush_all()

    def _count(self, function):
        """Queries of ``function`` in a new request: no record is in the cache yet."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        self.env.cr.precommit.run()
        return self.env.cr.sql_log_count - before

    def _create(self, count):
        self.requests.create([self._values(number) for number in range(count)])

    def _open_board(self):
        board = self.requests.with_context(read_group_expand=True)
        return board.web_read_group(
            [("service_id", "=", self.service.id)],
            ["stage_id"],
            auto_unfold=True,
            unfold_read_specification=CARD,
        )["groups"]

    def _fill_form(self):
        form = Form(self.requests)
        for name, value in self._values(1).items():
            field = self.requests._fields[name]
            record = field.relational and self.env[field.comodel_name].browse(value)
            setattr(form, name, record or value)
        return form

    def test_batch_takes_hardly_more_queries_for_200_than_for_20(self):
        self._create(1)

        few = self._count(lambda: self._create(20))
        many = self._count(lambda: self._create(200))

        # Odoo inserts a hundred rows at a time
        self.assertLessEqual(many - few, 5)
        self.assertLessEqual(many, 0.5 * 200)

    def test_one_as_a_user_does(self):
        self._create(1)

        self.assertLessEqual(self._count(lambda: self._create(1)), 11)

    def test_one_from_the_form_and_back_on_screen(self):
        self._fill_form().save()
        form = self._fill_form()

        self.assertLessEqual(self._count(form.save), 16)

    def test_board_takes_no_more_queries_when_it_is_full(self):
        self._fill(26)
        self._open_board()

        few = self._count(self._open_board)
        self._fill(174)
        many = self._count(self._open_board)

        # at most the holders' names are read apart from the user's own
        self.assertLessEqual(many, few + 2)
        self.assertLessEqual(many, 17)
        cards = sum(len(group.get("__records", ())) for group in self._open_board())
        self.assertGreater(cards, 100)

    def test_board_shows_its_columns_in_their_order(self):
        self._fill(26)
        groups = self._open_board()

        stages = self.env["intercommunal.stage"].browse(
            group["stage_id"][0] for group in groups
        )
        self.assertEqual(
            stages, stages.sorted(lambda stage: (stage.sequence, stage.id))
        )
        self.assertEqual({group["__count"] for group in groups}, {2})

    def test_list_and_search_take_the_same_queries_however_many(self):
        def first_page(domain=()):
            return self.requests.web_search_read(list(domain), CARD, limit=80)

        def search():
            return first_page(
                ["|", ("reference", "ilike", "leak 1"), ("name", "ilike", "leak 1")]
            )

        for function in (first_page, search):
            with self.subTest(function=function.__name__):
                self._fill(20)
                function()
                few = self._count(function)
                self._fill(60)
                self.assertLessEqual(self._count(function), few + 1)  # the total
                self.assertLessEqual(few, 7)

    def test_a_page_reads_the_names_of_people_and_nothing_else_of_them(self):
        """Once for all fields, and never the draft rule's author in a query of its own."""
        self._fill(26)
        self.requests.search([]).referent_id = self.referent.partner_id
        spec = {**CARD, "requester_id": LABEL, "referent_id": LABEL}
        self.requests.web_search_read([], spec, limit=80)
        self.env.invalidate_all()
        with self._watch() as queries:
            page = self.requests.web_search_read([], spec, limit=80)
        row = page["records"][0]
        self.assertEqual(
            row["commune_id"]["display_name"],
            self.env["res.partner"].browse(row["commune_id"]["id"]).display_name,
        )
        people = [query for query in queries if 'FROM "res_partner"' in query]
        self.assertEqual(len(people), 1)
        self.assertNotIn('"website"', people[0])
        pages = [query for query in queries if 'FROM "intercommunal_request"' in query]
        self.assertFalse([query for query in pages if '"description"' in query])

    @contextmanager
    def _watch(self):
        """Texts of the queries meanwhile."""
        queries = []
        execute = Cursor.execute

        def note(cursor, query, *args, **kwargs):
            queries.append(query.code if isinstance(query, SQL) else str(query))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(Cursor, "execute", note):
            yield queries

    def test_postgresql_knows_how_rare_a_word_of_a_subject_is(self):
        """What it chooses the index of words by, instead of the order of the list."""
        [[samples]] = self.env.execute_query(
            SQL(
                "SELECT attstattarget FROM pg_attribute"
                " WHERE attrelid = 'intercommunal_request'::regclass"
                " AND attname = 'name'"
            )
        )
        self.assertGreaterEqual(samples, 1000)
