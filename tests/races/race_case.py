"""What the races share: a cast that is committed, and removed afterwards row by row.

Isolation is REPEATABLE READ: who began before the winner's commit does not see it, so
PostgreSQL refuses their write and Odoo plays their request again.
"""

from contextlib import closing
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import get_db_name
from odoo.tools import SQL, mute_logger

from odoo.addons.intercommunal_billing.tests.common import BillingCase


def last_ids(cr):
    """{table: its highest id} of every table that has one."""
    cr.execute(
        """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND a.attname = 'id' AND NOT a.attisdropped
        AND c.relnamespace = current_schema::regnamespace
        """
    )
    tables = [table for (table,) in cr.fetchall()]
    ids = {}
    for table in tables:
        cr.execute(SQL("SELECT max(id) FROM %s", SQL.identifier(table)))
        [last] = cr.fetchone()
        if not isinstance(last, str):
            ids[table] = last or 0
    return ids


def remove_after(cr, ids):
    """Delete every row that was made since ``ids``, whatever refers to what."""
    decisions = SQL.identifier("intercommunal_decision")
    cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", decisions))
    left = [table for table, last in last_ids(cr).items() if last > ids.get(table, 0)]
    while left:
        failed = []
        for table in left:
            try:
                with mute_logger("odoo.sql_db"), cr.savepoint(flush=False):
                    cr.execute(
                        SQL(
                            "DELETE FROM %s WHERE id > %s",
                            SQL.identifier(table),
                            ids.get(table, 0),
                        )
                    )
            except IntegrityError:
                failed.append(table)
        if len(failed) == len(left):
            raise AssertionError(f"What the races left can't be removed: {failed}")
        left = failed
    cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", decisions))


class RaceCase(BillingCase):
    """Two people at once, in two committed transactions."""

    # The model that they act on.
    MODEL = ""

    @classmethod
    def setUpClass(cls):
        registry = Registry(get_db_name())
        with closing(registry.cursor()) as cr:
            ids = last_ids(cr)

        def remove():
            with registry.cursor() as cr:
                remove_after(cr, ids)
            registry.clear_all_caches()

        # before the case's own: it runs once that cursor is closed
        cls.addClassCleanup(remove)
        # without the chart of accounts, which would not be removed
        super(BillingCase, cls).setUpClass()
        cls._set_up_cast()
        # the case forbids it for want of somebody who removes what is committed
        cls.env.flush_all()
        type(cls.cr).commit(cls.cr)

    @classmethod
    def _set_up_cast(cls):
        """What both find."""
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        # retrying waits up to 2 s at random before the second try
        self.startPatcher(patch("odoo.service.model.random.uniform", return_value=0.01))

    # ---------------------------------------------------------------- helpers

    def _environment(self, cr, user=None):
        return api.Environment(
            cr, user.id if user else SUPERUSER_ID, {"tracking_disable": True}
        )

    def _commit(self, make):
        """Do something in a transaction of its own; return the ids of what it made."""
        ours = self.env
        with self.registry.cursor() as cr:
            self.env = self._environment(cr)
            made = make()
            self.env.flush_all()
            ids = made.ids if made else []
        self.env = ours
        return ids

    def _try(self, cr, act):
        """Let a user act in the transaction of ``cr``; return what they are told.

        :param act: who, what they do (a function of the record), the record's id
        """
        user, call, record_id = act
        env = self._environment(cr, user)
        try:
            with mute_logger("odoo.sql_db", "odoo.service.model"):
                retrying(lambda: call(env[self.MODEL].browse(record_id)), env)
        except UserError as error:
            cr.rollback()
            return str(error)
        return None

    def _race(self, winner, loser):
        """Both opened the page before the winner's click; return what each is told."""
        with self.registry.cursor() as late:
            # the snapshot of this transaction is taken before the winner commits
            late.execute("SELECT 1 FROM intercommunal_validation LIMIT 1")
            with self.registry.cursor() as early:
                first = self._try(early, winner)
            return first, self._try(late, loser)
