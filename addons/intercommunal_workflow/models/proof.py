import hashlib
import json
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL, float_compare

from .decision import CLOSING_KINDS, FIRST_HASH, REMARKS
from .report import ACCEPTED_STATES
from .request import WORK_STATES

# Rows held at a time, whatever the size of the tables.
BATCH = 2000
SUBJECTS = 500
# A value in a sentence is shown up to here.
SHOWN = 60


class Fault(NamedTuple):
    """One row that is not what it was when it was written."""

    model: str
    record_id: int
    company_id: int
    text: str


class IntercommunalProof(models.AbstractModel):
    """Verifies every chain of decisions, and names what was tampered with.

    Each verification reads its table in order, a batch at a time, and yields a
    `Fault` a row; it writes nothing. An addon adds its own by extending
    ``_get_verifications``.
    """

    _name = "intercommunal.proof"
    _description = "Verification of the Approvals"

    @api.model
    def _verify(self, counts, names=None):
        """Everything that can be found wrong, as it is found.

        :param collections.Counter counts: receives how many rows of each kind were read
        :param names: only these verifications
        :return: iterator of `Fault`
        """
        self.env.flush_all()
        proof = self.sudo()
        verifications = proof._get_verifications()
        for name in verifications if names is None else names:
            yield from verifications[name](counts)

    @api.model
    def _get_verifications(self):
        """The verifications by name, in the order they are made."""
        return {
            "decisions": self._verify_decisions,
            "contents": self._verify_contents,
            "days": self.env["intercommunal.proof.day"]._verify_days,
            "photos": self._verify_photos,
        }

    # --------------------------------------------------------------- decisions

    @api.model
    def _verify_decisions(self, counts, ids=None):
        """Hashes, gaps and cut ends of the chain of each run, or of the runs ``ids``."""
        for runs in self._read_batches(
            SQL("SELECT id, state, content_hash, company_id"),
            "intercommunal_validation",
            ids,
        ):
            run_ids = [run["id"] for run in runs]
            chains = {run_id: [] for run_id in run_ids}
            for decision in self._read(
                SQL(
                    "SELECT * FROM intercommunal_decision"
                    " WHERE validation_id = ANY(%s) ORDER BY id",
                    run_ids,
                )
            ):
                chains[decision["validation_id"]].append(decision)
            orphans = self._find_orphan_seats(run_ids)
            for run in runs:
                chain = chains[run["id"]]
                counts["runs"] += 1
                counts["decisions"] += len(chain)
                yield from self._verify_chain_of(run, chain, run["id"] in orphans)

    @api.model
    def _find_orphan_seats(self, run_ids):
        """Runs a seat of which led to a decision that their chain does not have."""
        rows = self._read(
            SQL(
                """
                SELECT DISTINCT seat.validation_id
                  FROM intercommunal_validation_seat seat
             LEFT JOIN intercommunal_decision decision
                    ON decision.id = seat.decision_id
                   AND decision.validation_id = seat.validation_id
                 WHERE seat.validation_id = ANY(%s)
                   AND seat.decision_id IS NOT NULL
                   AND decision.id IS NULL
                """,
                run_ids,
            )
        )
        return {row["validation_id"] for row in rows}

    @api.model
    def _verify_chain_of(self, run, chain, has_orphan):
        """What is wrong in one chain, its decisions in order."""
        hash_of = self.env["intercommunal.decision"]._hash
        previous = FIRST_HASH
        for decision in chain:
            if (
                hash_of(decision) != decision["own_hash"]
                or decision["company_id"] != run["company_id"]
            ):
                yield self._decision_fault(
                    run,
                    decision,
                    self.env._(
                        "Decision %(id)s of “%(name)s” was changed after it was made.",
                        id=decision["id"],
                        name=self._name_run(run),
                    ),
                )
            if decision["prev_hash"] != previous:
                yield self._decision_fault(
                    run,
                    decision,
                    self.env._(
                        "A decision before number %(id)s of “%(name)s” is missing.",
                        id=decision["id"],
                        name=self._name_run(run),
                    ),
                )
            previous = decision["own_hash"]
        if has_orphan or not self._is_accounted_for(run, chain):
            yield Fault(
                "intercommunal.validation",
                run["id"],
                run["company_id"],
                self.env._(
                    "The decision that closed “%(name)s” is missing.",
                    name=self._name_run(run),
                ),
            )

    @api.model
    def _decision_fault(self, run, decision, text):
        return Fault("intercommunal.decision", decision["id"], run["company_id"], text)

    @api.model
    def _name_run(self, run):
        return self.env["intercommunal.validation"].browse(run["id"]).display_name

    @api.model
    def _is_accounted_for(self, run, chain):
        """Whether these decisions explain the state and the content of the run.

        The end of a chain that was cut off leaves no gap in the hashes.
        """
        kinds = CLOSING_KINDS.get(run["state"], ())
        last = self._get_last_word(chain)
        return (not kinds or last in kinds) and all(
            decision["content_hash"] == run["content_hash"] for decision in chain
        )

    @api.model
    def _get_last_word(self, chain):
        """Kind of the last decision: remarks decide nothing."""
        words = [row["kind"] for row in chain if row["kind"] not in REMARKS]
        return words[-1] if words else None

    # ---------------------------------------------------------------- contents

    @api.model
    def _verify_contents(self, counts, ids=None, share=(1, 0)):
        """What was decided on, against its checksum and against what is there now.

        :param share: see `_prepare_share`
        """
        for rows in self._read_batches(
            SQL(
                "SELECT id, company_id, content_hash, state, report_id, content,"
                " encode(sha256(convert_to(content, 'UTF8')), 'hex') AS kept_hash"
            ),
            "intercommunal_validation",
            ids,
            SUBJECTS,
            share,
        ):
            runs = self.env["intercommunal.validation"].browse(
                [row["id"] for row in rows]
            )
            for row, run in zip(rows, runs, strict=True):
                counts["contents"] += 1
                if row["content"] and row["kept_hash"] != row["content_hash"]:
                    yield Fault(
                        run._name,
                        run.id,
                        row["company_id"],
                        self.env._(
                            "The content kept with “%(name)s” was changed: its"
                            " checksum is not the one that was decided on.",
                            name=run.display_name,
                        ),
                    )
                elif self._is_frozen(row, run):
                    yield from self._verify_subject(row, run)
                    yield from self._verify_split(row, run)
            self.env.invalidate_all()

    @api.model
    def _is_frozen(self, row, run):
        """Whether the subject still has to be what this run is about.

        A sent report never changes. A request lives on once it is not agreed on any
        more: reconsidered, refused, or sent back for want of information.
        """
        if row["report_id"] or row["state"] == "open":
            return True
        request = run.request_id
        runs = request.validation_ids.filtered("request_id")
        return (
            row["state"] == "approved"
            and request.state in WORK_STATES
            and run == runs.sorted("id")[-1:]
        )

    @api.model
    def _verify_subject(self, row, run):
        """Compare the record with the content that the run is about."""
        subject = run._get_subject()
        if subject._get_validation_hash() == row["content_hash"]:
            return
        changes = [self.env._("its content is another one")]
        if row["content"]:
            now = subject._get_validation_payload()
            # as JSON gives it back
            now = json.loads(json.dumps(now))
            changes = list(_compare(json.loads(row["content"]), now)) or changes
        yield Fault(
            subject._name,
            subject.id,
            row["company_id"],
            self.env._(
                "“%(name)s” is no longer what was decided on: %(changes)s.",
                name=subject.display_name,
                changes="; ".join(changes),
            ),
        )

    @api.model
    def _verify_split(self, row, run):
        """What counts as accepted of a report, against what its deciders accepted."""
        report = run.report_id
        if report.state not in ACCEPTED_STATES or report.validation_id != run:
            return
        parts = {}
        if row["state"] == "approved_reserves":
            parts = run._get_accepted_parts()
        for line in report.line_ids:
            vals = line._prepare_acceptance_vals()
            if line.id in parts:
                vals |= line._prepare_part_vals(parts[line.id])
            lifted = run.reserve_ids.filtered(
                lambda reserve, line=line: (
                    reserve.report_line_id == line and reserve.state == "lifted"
                )
            )
            minutes = vals["minutes_accepted"] + sum(lifted.mapped("minutes"))
            quantity = vals["quantity_accepted"] + sum(lifted.mapped("quantity"))
            if line.minutes_accepted != minutes or float_compare(
                line.quantity_accepted, quantity, precision_digits=2
            ):
                yield Fault(
                    line._name,
                    line.id,
                    row["company_id"],
                    self.env._(
                        "“%(line)s” of “%(name)s” counts %(now)s as accepted: the"
                        " decisions accept %(then)s.",
                        line=line.name or line.id,
                        name=report.display_name,
                        now=f"{line.minutes_accepted} min, {line.quantity_accepted:g}",
                        then=f"{minutes} min, {quantity:g}",
                    ),
                )

    # ------------------------------------------------------------------ photos

    @api.model
    def _verify_photos(self, counts, share=(1, 0)):
        """Bytes of the photos against their checksums.

        :param share: see `_prepare_share`
        """
        attachments = self.env["ir.attachment"]
        for photos in self._read_batches(
            SQL("SELECT id, company_id, checksum, name, report_id, request_id"),
            "intercommunal_photo",
            share=share,
        ):
            files = {
                row["res_id"]: row
                for row in self._read(
                    SQL(
                        "SELECT res_id, store_fname, db_datas FROM ir_attachment"
                        " WHERE res_model = 'intercommunal.photo'"
                        " AND res_field = 'image' AND res_id = ANY(%s)",
                        [photo["id"] for photo in photos],
                    )
                )
            }
            for photo in photos:
                counts["photos"] += 1
                file = files.get(photo["id"])
                if file and file["store_fname"]:
                    content = attachments._file_read(file["store_fname"])
                else:
                    content = bytes(file and file["db_datas"] or b"")
                if hashlib.sha256(content).hexdigest() != photo["checksum"]:
                    yield self._photo_fault(photo, content)

    @api.model
    def _photo_fault(self, photo, content):
        if photo["report_id"]:
            owner = self.env["intercommunal.report"].browse(photo["report_id"])
        else:
            owner = self.env["intercommunal.request"].browse(photo["request_id"])
        values = {
            "id": photo["id"],
            "caption": photo["name"] or "",
            "name": owner.display_name,
        }
        if content:
            text = self.env._(
                "The file of photo %(id)s (%(caption)s) of “%(name)s” was changed.",
                **values,
            )
        else:
            text = self.env._(
                "The file of photo %(id)s (%(caption)s) of “%(name)s” is missing.",
                **values,
            )
        return Fault("intercommunal.photo", photo["id"], photo["company_id"], text)

    # -------------------------------------------------------------------- read

    @api.model
    def _read(self, query):
        self.env.cr.execute(query)
        return self.env.cr.dictfetchall()

    @api.model
    def _prepare_share(self, model, size, turn):
        """What one turn of several reads of a table, so that each row has its turn.

        :param int size: about how many rows a turn may read
        :param int turn: number of this turn, one more each time
        :return: ``(n, k)``: one row in ``n``, those whose number leaves ``k``
        """
        parts = -(-self.env[model].sudo().search_count([]) // size) or 1
        return parts, turn % parts

    @api.model
    def _read_batches(self, select, table, ids=None, size=BATCH, share=(1, 0)):
        """Rows of ``table`` in the order of their numbers, a list at a time."""
        last = 0
        parts, part = share
        conditions = SQL("id %% %s = %s", parts, part % parts)
        if ids is not None:
            conditions = SQL("%s AND id = ANY(%s)", conditions, list(ids))
        while rows := self._read(
            SQL(
                "%s FROM %s WHERE id > %s AND %s ORDER BY id LIMIT %s",
                select,
                SQL.identifier(table),
                last,
                conditions,
                size,
            )
        ):
            yield rows
            last = rows[-1]["id"]


def _compare(before, after, path=""):
    """What differs between two JSON contents, one short text a difference."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _compare(
                before.get(key), after.get(key), f"{path} {key}".strip()
            )
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare(_by_name(before), _by_name(after), path)
    elif before != after:
        yield f"{path}: {_show(before)} → {_show(after)}"


def _by_name(items):
    """The items of a list by their identifier, else by their rank."""
    return {
        str(item.get("uuid", rank) if isinstance(item, dict) else rank): item
        for rank, item in enumerate(items, 1)
    }


def _show(value):
    if value is None:
        return "∅"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
