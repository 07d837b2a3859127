from dataclasses import dataclass
from typing import Any, ClassVar

from odoo import api, models
from odoo.exceptions import AccessError, LockError, UserError

# The guard is an object that only this process holds: a context sent by a client
# is JSON and can never carry it (as core's BYPASS_LOCK_CHECK in account).
_GUARD = object()
_GUARD_KEY = "intercommunal_guard"


@dataclass(frozen=True)
class _GuardedValue:
    """A value of the context that no client can have set."""

    value: Any


def guard_value(value):
    """``value`` for the context, in a form that JSON can't carry."""
    return _GuardedValue(value)


def is_guard_value(candidate):
    """Whether ``candidate`` was made by :func:`guard_value`."""
    return isinstance(candidate, _GuardedValue)


class IntercommunalTransitionMixin(models.AbstractModel):
    """A state that only moves through guarded transitions.

    The model that owns the state declares four class-level tables, which feed the
    buttons, the checks, the documentation and the tests:

    - ``_transitions``: ``{state: (next states)}``;
    - ``_moves``: ``{public action: target state, or None when it keeps the state}``;
    - ``_sources``: ``{public action: (states it starts from)}`` where the table of
      transitions allows more than that action should;
    - ``_actors``: ``{public action: (capacities that may call it)}``.

    ``_guarded_fields`` can't be set by create, write, import, copy or a default of
    the context: only by a transition.
    """

    _name = "intercommunal.transition.mixin"
    _description = "Guarded State"

    _transitions: ClassVar[dict] = {}
    _moves: ClassVar[dict] = {}
    _sources: ClassVar[dict] = {}
    _actors: ClassVar[dict] = {}
    _guarded_fields: ClassVar[frozenset] = frozenset({"state"})

    # ------------------------------------------------------------------ guard

    @api.model
    def _is_guard_lifted(self):
        """Whether the caller is one of our own transitions."""
        return self.env.context.get(_GUARD_KEY) is _GUARD

    def _with_guard_lifted(self):
        """These records as the system, for one write of our own."""
        return self.sudo().with_context(**{_GUARD_KEY: _GUARD})

    def _check_guarded(self, names):
        """Refuse to set guarded fields outside a transition."""
        guarded = sorted(self._guarded_fields.intersection(names))
        if guarded and not self._is_guard_lifted():
            raise UserError(
                self.env._(
                    "“%(fields)s” can't be set directly: use the buttons, which"
                    " check the rules and keep the history.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env) or name
                        for name in guarded
                    ),
                )
            )

    def _write_guarded(self, vals):
        """Write ``vals``, guarded fields included, with the rights of the system."""
        return self._with_guard_lifted().write(vals)

    @api.model
    def _create_guarded(self, vals_list):
        """Create records, guarded fields included, with the rights of the system.

        The records come back in the caller's environment.
        """
        return self._with_guard_lifted().create(vals_list).with_env(self.env)

    @api.model_create_multi
    def create(self, vals_list):
        if self._is_guard_lifted():
            return super().create(vals_list)
        self._check_guarded({name for vals in vals_list for name in vals})
        # a default_* of the context is one more way to set a field: drop them
        forbidden = {f"default_{name}" for name in self._guarded_fields}
        if forbidden.intersection(self.env.context):
            # a key is dropped, so the whole context is given
            # pylint: disable-next=context-overridden
            self = self.with_context(
                {k: v for k, v in self.env.context.items() if k not in forbidden}
            )
        return super().create(vals_list)

    def write(self, vals):
        self._check_guarded(vals)
        return super().write(vals)

    # -------------------------------------------------------------- judgement

    def _get_capacities(self):
        """In which capacities the current user acts on this record.

        :return: set of str among commune, requester, referent, mayor, deputy, dgs,
            service, leader, agent, finance, direction, admin, system
        """
        self.ensure_one()
        if self.env.su:
            return {"system"}
        user = self.env.user
        groups = {
            capacity
            for capacity in ("finance", "direction", "admin")
            if user.has_group(f"intercommunal_workflow.group_intercommunal_{capacity}")
        }
        return groups | self.sudo()._get_record_capacities(user)

    def _get_record_capacities(self, user):
        """Capacities of ``user`` that depend on the record (called as superuser)."""
        return set()

    def _get_cannot_reason(self, action):
        """Why the current user can't call ``action`` on this record now.

        The same sentence refuses the call and explains the missing button.

        :return: a translated sentence, or "" when the call is allowed
        """
        self.ensure_one()
        return self._get_cannot_actor_reason(action) or self._get_cannot_state_reason(
            action
        )

    @api.model
    def _is_actor(self, action, capacities):
        """Whether one of ``capacities`` may call ``action``."""
        return bool(capacities & {"system", *self._actors[action]})

    def _get_cannot_actor_reason(self, action):
        if self._is_actor(action, self._get_capacities()):
            return ""
        return self.env._(
            "Your role does not allow this on “%(name)s”. It is up to: %(actors)s.",
            name=self.sudo().display_name,
            actors=", ".join(
                self._get_capacity_labels()[capacity]
                for capacity in self._actors[action]
            )
            or self.env._("nobody"),
        )

    def _get_cannot_state_reason(self, action):
        record = self.sudo()
        target = self._moves.get(action)
        sources = self._sources.get(action)
        allowed = record.state in sources if sources else True
        # an action may name its own target as a source: a job is planned again
        stays = target == record.state and bool(sources)
        if (
            target
            and not stays
            and target not in self._transitions.get(record.state, ())
        ):
            allowed = False
        if not allowed:
            return self.env._(
                "“%(name)s” is in state “%(state)s”: this can't be done now."
                " Reload the page to see what has happened.",
                name=record.display_name,
                state=record._get_state_label(),
            )
        return record._get_specific_cannot_reason(action) or ""

    def _get_specific_cannot_reason(self, action):
        """Extension point: a reason of this very model (called as superuser)."""
        return ""

    def _check_can(self, action):
        """Raise unless the current user may call ``action`` on every record.

        :raises AccessError: it is not for this user
        :raises UserError: not in this state
        """
        self.check_access("read")
        for record in self:
            if reason := record._get_cannot_actor_reason(action):
                raise AccessError(reason)
            if reason := record._get_cannot_state_reason(action):
                raise UserError(reason)

    @api.model
    def _get_capacity_labels(self):
        return {
            "commune": self.env._("the commune"),
            "requester": self.env._("the requester"),
            "referent": self.env._("the commune's referent"),
            "mayor": self.env._("the mayor"),
            "deputy": self.env._("a deputy mayor"),
            "dgs": self.env._("the head of the commune's administration"),
            "service": self.env._("the service's managers"),
            "leader": self.env._("the team leader"),
            "agent": self.env._("the agents of the job"),
            "finance": self.env._("finance"),
            "direction": self.env._("the direction"),
            "admin": self.env._("the functional administrator"),
        }

    def _get_state_label(self):
        """The state in the user's language."""
        self.ensure_one()
        selection = self._fields["state"]._description_selection(self.env)
        return dict(selection).get(self.state, self.state)

    def _set_can_fields(self, actions):
        """Fill ``can_<verb>`` for each ``action_<verb>`` of ``actions``."""
        for record in self:
            capacities = record._get_capacities()
            for action in actions:
                name = action.replace("action_", "can_", 1)
                record[name] = record._is_actor(
                    action, capacities
                ) and not record._get_cannot_state_reason(action)

    # ------------------------------------------------------------- transition

    def _transition(self, target, vals=None, message=None):
        """Move the records to ``target``: check, lock, change, log, tell.

        Rights are checked by the public method that calls this one.

        :param str target: a state
        :param dict vals: other values to write with the state
        :param str message: text of the history line
        :raises UserError: a record can't go there, or somebody is changing it
        """
        self._lock_for_transition()
        for record in self.sudo():
            if target not in self._transitions.get(record.state, ()):
                raise UserError(
                    self.env._(
                        "“%(name)s” can't go from “%(old)s” to “%(new)s”.",
                        name=record.display_name,
                        old=record._get_state_label(),
                        new=dict(
                            self._fields["state"]._description_selection(self.env)
                        )[target],
                    )
                )
        old_states = {record.id: record.state for record in self.sudo()}
        self._write_guarded({**self._prepare_transition_vals(target), **(vals or {})})
        if message and hasattr(self, "_track_set_log_message"):
            self._track_set_log_message(message)
        self._after_transition(old_states, target)

    def _lock_for_transition(self):
        try:
            self.sudo().lock_for_update(allow_referencing=True)
        except LockError:
            raise UserError(
                self.env._(
                    "Somebody else is changing this file right now. Reload the page"
                    " and try again."
                )
            ) from None

    def _prepare_transition_vals(self, target):
        """Values that go with the new state."""
        return {"state": target}

    def _after_transition(self, old_states, target):
        """Extension point: what follows from the move (other records, messages).

        :param dict old_states: {record id: state before}
        """
