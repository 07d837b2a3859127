"""Trying a circuit on a real case: the engine runs, nothing is written."""

from odoo import Command, api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .circuit_words import tell_amount


class IntercommunalCircuit(models.Model):
    """What would happen to a request or a report."""

    _inherit = "intercommunal.circuit"

    def action_simulate(self):
        """Open the simulator on this circuit."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_circuit_simulation_action"
        )
        action["context"] = {
            "default_circuit_id": self.id,
            "default_subject": self.subject,
        }
        return action

    def action_replay(self):
        """Open the replay of past cases on this circuit."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_circuit_replay_action"
        )
        action["context"] = {
            "default_circuit_id": self.id,
            "default_subject": self.subject,
        }
        return action

    @api.model
    def _get_line_up(self, kind, company, trial=None):
        """The circuits among which the first that applies is used.

        :param str kind: request or report
        :param trial: a circuit that takes its place among them, instead of its other
            versions, whether or not it is active
        """
        circuits = self.sudo().search(
            Domain("subject", "=", kind)
            & Domain("company_id", "in", (company.id, False)),
            order="sequence, id",
        )
        if not trial:
            return circuits
        others = circuits - trial._get_versions()
        return (others | trial.sudo()).sorted(lambda rec: (rec.sequence, rec.id))

    def _get_versions(self):
        """This circuit, and the versions before and after it."""
        versions = self.sudo().with_context(active_test=False)
        frontier = versions
        while frontier:
            near = frontier.previous_id | frontier.search(
                [("previous_id", "in", frontier.ids)]
            )
            frontier = near - versions
            versions |= near
        return versions.with_env(self.env)

    def _try_on(self, subject, amount):
        """What each step would do in an approval of ``subject`` opened now.

        :param float amount: what thresholds compare with, in the company's currency
        :return: list of dict, in the order in which the steps are asked
        """
        self.ensure_one()
        circuit, subject = self.sudo(), subject.sudo()
        run = self.env["intercommunal.validation"].sudo()
        run = run.new(
            {
                "circuit_id": circuit.id,
                f"{circuit.subject}_id": subject.id,
                "company_id": subject.company_id.id,
                "commune_id": subject._get_validation_commune().id,
                "service_id": subject._get_validation_service().id,
                "amount": amount,
                "step_ids": [
                    Command.create(step._prepare_run_step_vals())
                    for step in circuit.step_ids.sorted("sequence")
                ],
            }
        )
        return [step._try_step(run) for step in circuit.step_ids.sorted("sequence")]


class IntercommunalCircuitStep(models.Model):
    """What one step would do."""

    _inherit = "intercommunal.circuit.step"

    def _try_step(self, run):
        """What the step would do in ``run``, which no table holds.

        Whoever has to decide for the quorum is taken to have decided: four eyes then
        count for the next steps as they would.

        :return: dict
        """
        self.ensure_one()
        result = {"step": self, "status": "skipped", "reason": "", "seats": []}
        result["excluded"] = excluded = self.env["res.users"].sudo()
        if not self._applies(run):
            result["reason"] = self._get_skip_reason(run)
            return result
        holders = self._get_holders(run)
        excluded = holders - self._without_excluded(run, holders)
        result.update(status="asked", excluded=excluded)
        try:
            users, needed = self._get_deciders(run)
        except UserError as error:
            result.update(status="vacant", reason=str(error))
            return result
        result.update(needed=needed, seats=self._get_trial_seats(run, users))
        if self.is_arbitration:
            result["status"] = "arbitration"
        elif len(users) <= needed:
            self._take_as_decided(run, users)
        return result

    def _get_skip_reason(self, run):
        below = run.currency_id.compare_amounts(run.amount, self.amount_min) < 0
        if self.amount_min and below:
            return self.env._(
                "The amount, %(amount)s, is below %(threshold)s.",
                amount=tell_amount(self.env, run.amount, run.currency_id),
                threshold=tell_amount(self.env, self.amount_min, run.currency_id),
            )
        return self.env._("Its condition does not hold for this case.")

    def _get_trial_seats(self, run, users):
        """Who would be asked, and who would stand in for them today."""
        regular = self._get_holders(run)
        stand_ins = {}
        for delegation in self.env["intercommunal.delegation"]._find(users, run):
            stand_in = self._without_excluded(run, delegation.delegate_id)
            if stand_in and run._can_be_asked(stand_in):
                stand_ins.setdefault(delegation.user_id, []).append(stand_in.name)
        return [
            {
                "user": user,
                "stand_ins": ", ".join(stand_ins.get(user, [])),
                "is_escalation": user not in regular,
            }
            for user in users
        ]

    def _take_as_decided(self, run, users):
        run_step = run.step_ids.filtered(lambda step: step.circuit_step_id == self)[:1]
        for user in users:
            run.seat_ids += run.seat_ids.new(
                {
                    "validation_id": run.id,
                    "validation_step_id": run_step.id,
                    "user_id": user.id,
                    "state": "decided",
                }
            )


class IntercommunalValidationSubject(models.AbstractModel):
    """From a case to its simulation."""

    _inherit = "intercommunal.validation.subject"

    def action_simulate_circuit(self):
        """Open the simulator on this request or report."""
        self.ensure_one()
        self.check_access("read")
        kind = self._validation_subject_kind
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "intercommunal_workflow.intercommunal_circuit_simulation_action"
        )
        action["context"] = {f"default_{kind}_id": self.id, "default_subject": kind}
        return action

    @api.model
    def _get_replay_domain(self, start, end):
        """The cases that a circuit met between two moments.

        :param start: first moment, in UTC
        :param end: the moment after the last one, in UTC
        """
        raise NotImplementedError
