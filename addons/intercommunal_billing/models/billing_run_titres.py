"""What the financial software makes its titres of: a row a line of a titre."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..tools import flat_file, pricing

ZERO = Decimal("0.00")
# Lengths of the PES (“Objet” of a piece, “Nom” of a third party).
MAX_SUBJECT = 160
MAX_NAME = 38


class IntercommunalBillingRun(models.Model):
    """The titres of a run: its rows, and its files by column map."""

    _inherit = "intercommunal.billing.run"

    titre_map_id = fields.Many2one(
        "intercommunal.titre.map",
        "Column map",
        default=lambda self: self._get_first_titre_map(),
        check_company=True,
        ondelete="set null",
        help="How the file of titres is written for the financial software.",
    )

    @api.model
    def _get_first_titre_map(self):
        """The company's first map, the shipped one where it has none."""
        return self.env["intercommunal.titre.map"].search(
            [("company_id", "in", (False, self.env.company.id))], limit=1
        )

    def action_export_titres(self):
        """Make the file of titres by the chosen map; again, the same bytes.

        :return: the action that downloads it, or what says that it is being written
        :raises UserError: no map, no invoice, or a value that the map can't say
        """
        self._check_can("action_export_titres")
        self.ensure_one()
        checksum = self._get_titre_map()._get_checksum()
        known = self.export_ids.filtered(
            lambda export: export.kind == "titres" and export.map_checksum == checksum
        )
        if known:
            # given again as it was, whatever became of its invoices since
            return known[:1].action_download()
        return self._export("titres")

    def _make_titres_export(self):
        self._check_has_titres()
        column_map = self._get_titre_map()
        titres = self._with_company_lang()._prepare_titres()
        return self.env["intercommunal.billing.export"]._keep(
            self,
            self._get_file_name(f"_titres.{column_map.extension}"),
            column_map._write_titres(titres),
            len(titres),
            kind="titres",
            titre_map_id=column_map.id,
            map_checksum=column_map._get_checksum(),
        )

    def _get_titre_map(self):
        """The chosen map.

        :raises UserError: none was chosen
        """
        if not self.titre_map_id:
            raise UserError(
                self.env._(
                    "Choose the column map of “%(name)s” first.",
                    name=self.display_name,
                )
            )
        return self.titre_map_id

    def _check_has_titres(self):
        if not self._get_charging_moves():
            raise UserError(
                self.env._(
                    "“%(name)s” has no invoice: there is no titre to write.",
                    name=self.display_name,
                )
            )

    def _with_company_lang(self):
        """This run in the language of its invoices, whoever exports."""
        return self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)

    def _get_titre_labels(self):
        """Each value that a titre has, and its name: ``{key: label}``."""
        Column = self.env["intercommunal.titre.map.column"]
        labels = dict(Column._fields["source"]._description_selection(self.env))
        return {key: label for key, label in labels.items() if key != "constant"}

    def _prepare_titres(self):
        """The lines of the titres: by invoice, one a nature and function.

        Amounts are those of the details; each titre is worth its invoice to the cent.

        :return: list of dict, the keys of `_get_titre_labels`
        """
        self.ensure_one()
        moves = self._get_charging_moves()
        details = {move: [] for move in moves}
        for move, agreement, nature, function, amount in self.env[
            "intercommunal.billing.line"
        ]._read_group(
            [("run_id", "=", self.id), ("move_id", "in", moves.ids)],
            ["move_id", "agreement_id", "m57_nature", "m57_function"],
            ["amount:sum"],
        ):
            details[move].append(
                (agreement, nature or "", function or "", pricing.decimal_of(amount, 2))
            )
        titres = []
        for rank, move in enumerate(moves, 1):
            titres += self._prepare_titre_lines(rank, move, details[move])
        return titres

    def _prepare_titre_lines(self, rank, move, groups):
        groups = sorted(groups, key=lambda group: group[1:3])
        taxes = share(
            pricing.decimal_of(move.amount_tax_signed, 2),
            [amount for *_key, amount in groups],
        )
        common = self._prepare_titre_vals(rank, move, groups[0][0])
        sign = -1 if move.move_type == "out_refund" else 1
        return [
            {
                **common,
                "line": index,
                "nature": nature,
                "function": function,
                "amount_untaxed": sign * amount,
                "amount_tax": sign * tax,
                "amount_total": sign * (amount + tax),
                "amount_signed": amount,
            }
            for index, ((_agreement, nature, function, amount), tax) in enumerate(
                zip(groups, taxes, strict=True), 1
            )
        ]

    def _prepare_titre_vals(self, rank, move, agreement):
        """What the lines of one titre share."""
        _ = self.env._
        commune = move.partner_id
        exercice = move.invoice_date.year
        is_credit = move.move_type == "out_refund"
        period = _(
            "%(service)s, %(start)s to %(end)s",
            service=self.service_id.name,
            start=format_date(self.env, self.date_from),
            end=format_date(self.env, self.date_to),
        )
        return {
            "exercice": exercice,
            "budget_code": agreement.budget_code or "",
            "bordereau": "",
            "order": rank,
            "subject": " · ".join([period, commune.name, move.name or ""])[
                :MAX_SUBJECT
            ],
            "piece_type": _("Reduction") if is_credit else _("Titre"),
            "insee": commune.insee_code or "",
            "siret": (commune.company_registry or "").replace(" ", ""),
            "debtor": commune.name[:MAX_NAME],
            "street": commune.street or "",
            "street2": commune.street2 or "",
            "zip": commune.zip or "",
            "city": commune.city or "",
            "invoice": move.name or "",
            "invoice_date": move.invoice_date,
            "due_date": move.invoice_date_due or move.invoice_date,
            "engagement": agreement._get_engagement(exercice),
            "service_code": agreement.chorus_service_code or "",
            "contract": agreement.contract_reference or "",
            "attachment": self._get_attachment_name(move),
            "service": self.service_id.name,
            "date_from": self.date_from,
            "date_to": self.date_to,
            "run": self.name or "",
        }

    def _get_attachment_name(self, move):
        """Name of the file that goes with the titre of ``move``."""
        return ""


def share(total, weights):
    """``total`` in parts like ``weights``, by largest remainder, to the cent.

    :param Decimal total: what is shared
    :param list weights: of Decimal
    :return: list of Decimal whose sum is ``total``
    """
    whole = sum(weights)
    if not whole:
        return [total, *[ZERO] * (len(weights) - 1)] if weights else []
    exact = [total * weight / whole for weight in weights]
    parts = [pricing.round_cent(part) for part in exact]
    gap = int((total - sum(parts)) / pricing.CENT)
    # what rounding kept back goes where it took most
    order = sorted(
        range(len(parts)), key=lambda i: (parts[i] - exact[i]) * (1 if gap > 0 else -1)
    )
    for index in order[: abs(gap)]:
        parts[index] += pricing.CENT if gap > 0 else -pricing.CENT
    return parts


class IntercommunalTitreMap(models.Model):
    """A map applied to titres."""

    _inherit = "intercommunal.titre.map"

    def _write_titres(self, titres):
        """The bytes of a file of these titres.

        :param list titres: of dict, see ``_prepare_titres``
        :raises UserError: a value does not fit its column, or is missing
        """
        self.ensure_one()
        columns = self.column_ids.sorted(lambda column: (column.sequence, column.id))
        rows = [[column._get_value(titre) for column in columns] for titre in titres]
        try:
            return flat_file.write(
                [column._get_format() for column in columns], rows, self._get_dialect()
            )
        except flat_file.FormatError as error:
            raise UserError(self._get_format_text(error)) from None

    def _get_format_text(self, error):
        """The sentence that says which value does not fit which column."""
        names = {"column": error.column.header, "map": self.name}
        if error.reason == "empty":
            return self.env._(
                "The column “%(column)s” of “%(map)s” may not be empty: fill in the"
                " agreement, the rate or the commune, or make the column optional.",
                **names,
            )
        return self.env._(
            "“%(value)s” is longer than the %(width)s characters of the column"
            " “%(column)s” of “%(map)s”: widen the column, or correct the value.",
            value=error.value,
            width=error.column.width,
            **names,
        )
