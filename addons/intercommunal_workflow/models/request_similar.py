from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.sheet_reader import fold
from .request import CLOSED_STATES

# How far back two requests may still be about the same thing, how many of them are
# compared, and how alike their words must be.
DAYS_BACK = 90
MAX_CANDIDATES = 80
LIKENESS = 0.5
# Words that say nothing about what is wrong.
_SMALL_WORDS = frozenset(
    "a au aux d de des du en et l la le les ou par pour sur un une the of in on".split()
)


def words_of(text):
    """The words of a subject, without accents, small words and plurals.

    :param str text: a subject
    :return: frozenset of str
    """
    words = (word.rstrip("sx") for word in fold(text or "").split())
    return frozenset(word for word in words if word and word not in _SMALL_WORDS)


def get_likeness(one, other):
    """Share of the words that two subjects have in common, from 0 to 1."""
    if not one or not other:
        return 0.0
    return len(one & other) / min(len(one), len(other))


class IntercommunalRequest(models.Model):
    """What looks like a request that is already open."""

    _inherit = "intercommunal.request"

    similar_id = fields.Many2one(
        "intercommunal.request",
        "Looks like",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="An open request of the same commune about the same thing, found when"
        " this one was sent.",
    )

    @api.model
    def _find_similar(self, commune, name, request_type=None, site=None, limit=3):
        """Open requests of ``commune`` about the same thing, the likeliest first.

        With the rights of the reader, in one query.

        :param commune: the commune's partner
        :param str name: the subject, as far as it is typed
        :param request_type: the type asked for, may be empty
        :param site: the place, may be empty
        :param int limit: how many at most
        """
        since = fields.Datetime.now() - timedelta(days=DAYS_BACK)
        candidates = self.search(
            Domain("commune_id", "=", commune.id)
            & Domain("id", "not in", self.ids)
            & Domain("state", "not in", ("draft", *CLOSED_STATES))
            & Domain("date_submitted", ">=", since),
            limit=MAX_CANDIDATES,
            order="id desc",
        )
        words = words_of(name)
        scored = []
        for candidate in candidates:
            score = get_likeness(words, words_of(candidate.name))
            same_site = bool(site) and candidate.site_id == site
            same_type = bool(request_type) and candidate.type_id == request_type
            if score >= LIKENESS or (same_site and same_type):
                scored.append((score + same_site / 2 + same_type / 4, candidate.id))
        scored.sort(reverse=True)
        return self.browse([id_ for _score, id_ in scored[:limit]])

    def _after_transition(self, old_states, target):
        result = super()._after_transition(old_states, target)
        if target in CLOSED_STATES:
            # what is over warns nobody any more
            self._forget_similar()
        return result

    def _after_first_sent(self):
        super()._after_first_sent()
        for request in self:
            request._note_similar()

    def _note_similar(self):
        """Say on the card that this may have been asked already."""
        self.ensure_one()
        similar = self._find_similar(
            self.commune_id, self.name, self.type_id, self.site_id, limit=1
        )
        if similar:
            self._write_guarded({"similar_id": similar.id})

    def _forget_similar(self):
        warned = self.sudo().search(
            Domain("similar_id", "in", self.ids)
            | (Domain("id", "in", self.ids) & Domain("similar_id", "!=", False))
        )
        if warned:
            warned._write_guarded({"similar_id": False})

    def action_not_similar(self):
        """These are two different things: the card warns no more."""
        self._check_can("action_not_similar")
        self._write_guarded({"similar_id": False})
        return True
