"""Tries one cell of the matrix as the actor would, and takes it back."""

import psycopg2
from rights_world import CANARY

from odoo.exceptions import UserError
from odoo.tools import mute_logger

# A field of each model that a person would change; the others have "name".
WRITTEN = {
    "intercommunal.report": {"summary": "Changed."},
    "intercommunal.report.line": {"minutes": 45},
    "intercommunal.decision": {"comment": "Changed."},
    "intercommunal.clarification": {"question": "Changed?"},
    "intercommunal.reserve": {"text": "Changed."},
    "intercommunal.validation": {"state": "approved"},
    "intercommunal.validation.step": {"state": "approved"},
    "intercommunal.validation.seat": {"state": "decided"},
    "intercommunal.delegation": {"note": "Changed."},
    "intercommunal.agreement": {"chorus_service_code": "CHANGED"},
    "intercommunal.agreement.engagement": {"number": "CHANGED"},
    "intercommunal.commune.role": {"date_from": "2020-01-01"},
    "intercommunal.mobile.submission": {"payload_hash": "1" * 64},
    "intercommunal.proof.day": {"root": "1" * 64},
    "intercommunal.rate.version": {"price": 99.0},
    "intercommunal.billing.run": {"date_invoice": "2026-01-31"},
    "intercommunal.billing.line": {"amount": 99.0},
    "intercommunal.billing.export": {"name": "changed.xlsx"},
    "intercommunal.deadline": {"date": "2026-01-31"},
    "intercommunal.unit.cost": {"source": "Changed."},
    "intercommunal.unit.cost.notice": {"budget_date": "2026-01-31"},
    "intercommunal.annual.statement": {"year": 2030},
    "intercommunal.intervention": {"instructions": "Changed."},
    "intercommunal.trip": {"note": "Changed."},
}
# What copying a record does not say and creating another one needs.
CREATED = {
    "intercommunal.site": {"name": "New"},
    "intercommunal.service": {"code": "NEW"},
    "intercommunal.rate": {"code": "NEW"},
    "intercommunal.reason": {"code": "new"},
    "intercommunal.skill": {"name": "New"},
    "intercommunal.stage": {"state": "accepted"},
    "intercommunal.rate.version": {"date_start": "2024-01-01"},
    "intercommunal.unit.cost": {"year": 2031},
    "intercommunal.unit.cost.notice": {"year": 2031},
    "intercommunal.annual.statement": {"year": 2031},
}
# What somebody of a commune fills in; the rest is not theirs to set.
ASKED = "name description commune_id requester_id service_id type_id".split()
TABLES = (
    "mail_message",
    "mail_mail",
    "mail_notification",
    "mail_followers",
    "mail_activity",
    "ir_attachment",
    "intercommunal_decision",
    "intercommunal_validation_seat",
)
LETTERS = {"read": "R", "create": "C", "write": "W", "unlink": "D"}
# Odoo's own refusals; anything else is a fault of ours and fails the test.
REFUSALS = (UserError, psycopg2.IntegrityError)


class Cells:
    """Reads, creates, writes and deletes as somebody, in a savepoint."""

    def __init__(self, case):
        self.env = case.env
        self.cells = self.denials = 0
        self.vals = {}
        self.found = {}

    def snapshot(self, record):
        """The row itself, and how much there is of what a denial must not add."""
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
        self.env.cr.execute(
            f'SELECT (SELECT t::text FROM "{record._table}" t WHERE id = %s),'
            f' (SELECT count(*) FROM "{record._table}"), {counts}',
            [record.id],
        )
        return self.env.cr.fetchone()

    def attempt(self, call):
        """``call()`` in a savepoint that is taken back.

        :return: the refusal, or None when it was allowed
        """
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            with mute_logger("odoo.sql_db"):
                call()
                self.env.flush_all()
        except REFUSALS as error:
            return error
        finally:
            self.env.cr.precommit.clear()
            self.env.cr.postcommit.clear()
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.transaction.clear()
        return None

    def call_of(self, operation, record, user):
        record = record.with_user(user)
        if operation == "write":
            return lambda: record.write(WRITTEN.get(record._name, {"name": "Changed"}))
        if operation == "unlink":
            return record.unlink
        if record not in self.vals:
            copied = record.sudo().copy_data()[0]
            if record._name == "intercommunal.request":
                copied = {name: copied[name] for name in ASKED}
            self.vals[record] = {**copied, **CREATED.get(record._name, {})}
        vals = self.vals[record]
        return lambda: record.browse().create([dict(vals)])

    def try_record(self, record, user):
        """The letters that ``user`` has on ``record``, and what denials did wrong."""
        letters, faults = "", []
        model = record.browse().with_user(user)
        found = self.is_found(record, user)
        for operation, letter in LETTERS.items():
            self.cells += 1
            if operation == "read":
                refusal = self.read_refusal(record, user)
                if found != (refusal is None):
                    faults.append(f"{letter}: search and read disagree")
            elif not model.has_access(operation):
                refusal = self.plain_refusal(operation, record, user)
            else:
                refusal = self.attempt(self.call_of(operation, record, user))
            if refusal is None:
                letters += letter
                continue
            self.denials += 1
            if not found and CANARY in str(refusal):
                faults.append(f"{letter}: tells what is not theirs: {refusal}")
        return letters or "-", faults

    def plain_refusal(self, operation, record, user):
        """The refusal of somebody without any access to the model."""
        try:
            self.call_of(operation, record, user)()
        except UserError as error:
            return error
        return None

    def read_refusal(self, record, user):
        try:
            record.with_user(user).read(["display_name"])
        except UserError as error:
            return error
        return None

    def is_found(self, record, user):
        as_user = record.browse().with_user(user)
        domain = [("id", "=", record.id)]
        try:
            return bool(as_user.search(domain) or as_user.search_count(domain))
        except UserError:
            return False
