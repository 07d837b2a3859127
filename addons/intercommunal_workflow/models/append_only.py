from psycopg2.errors import RestrictViolation

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class IntercommunalAppendOnly(models.AbstractModel):
    """A record that is written once, for ever; PostgreSQL itself refuses a change."""

    _name = "intercommunal.append.only"
    _description = "Append-only Record"
    _inherit = ["intercommunal.validation.record"]

    def init(self):
        """Make the table append-only for every SQL client, Odoo included."""
        if self._abstract:
            return
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION intercommunal_append_only()
                RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    -- an integrity error, so that users read a sentence
                    RAISE EXCEPTION USING
                        ERRCODE = 'restrict_violation',
                        TABLE = TG_TABLE_NAME,
                        MESSAGE =
                            TG_TABLE_NAME || ' is append-only: ' || TG_OP || ' refused';
                END $$;
                DROP TRIGGER IF EXISTS append_only_row ON %(table)s;
                CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON %(table)s
                    FOR EACH ROW EXECUTE FUNCTION intercommunal_append_only();
                DROP TRIGGER IF EXISTS append_only_table ON %(table)s;
                CREATE TRIGGER append_only_table BEFORE TRUNCATE ON %(table)s
                    FOR EACH STATEMENT EXECUTE FUNCTION intercommunal_append_only();
                """,
                table=SQL.identifier(self._table),
            )
        )

    @api.model
    def _get_unchanged_reason(self):
        """The sentence that refuses a change."""
        raise NotImplementedError

    # pylint: disable-next=method-required-super
    def write(self, vals):
        raise AccessError(self._get_unchanged_reason())

    @api.model
    def _sql_error_to_message(self, exc):
        if isinstance(exc, RestrictViolation):
            return self._get_unchanged_reason()
        return super()._sql_error_to_message(exc)
