from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.geo import crow_km
from ..tools.sheet_reader import fold
from .request import CLOSED_STATES

# How far back two requests may still be about the same thing, until when they most
# likely are, how many of them are compared.
DAYS_BACK = 90
DAYS_RECENT = 30
MAX_CANDIDATES = 80
# Two points of a phone closer than that are one place, farther than that are two.
NEAR_METRES = 100
FAR_METRES = 500
# How alike the words must be: at the same place, where no place is known; how alike
# two subjects are when one has all the words of the other; and what an older request,
# or one of another type, must have in addition.
LIKENESS = 0.5
LIKENESS_NO_PLACE = 0.6
LIKENESS_CONTAINED = 0.75
DOUBT = 0.15
# Words that say nothing about what is wrong.
_SMALL_WORDS = frozenset(
    "a au aux avec dan de demande d du en est et intervention l la le me mon ne notre ou"
    " par pas petit plu pour probleme qui reparation se son sou sur travaux tre un une"
    " urgent in of on the".split()
)


def words_of(text):
    """The words of a subject, without accents, small words and plurals.

    :param str text: a subject
    :return: frozenset of str
    """
    words = (word.rstrip("sx") for word in fold(text or "").split())
    return frozenset(word for word in words if word and word not in _SMALL_WORDS)


def get_likeness(one, other):
    """Share of the words that two subjects have in common, from 0 to 1.

    A word alone is not all of a subject that has five.
    """
    if not one or not other:
        return 0.0
    return 2 * len(one & other) / (len(one) + len(other))


def is_likely(likeness, common, at_same_place, doubts):
    """Whether two subjects are so alike that it may be one thing asked twice.

    :param float likeness: see `get_likeness`
    :param int common: how many words they share
    :param bool at_same_place: whether their place is known to be one
    :param int doubts: what speaks against it: another type, a long time between
    """
    if at_same_place:
        return likeness >= LIKENESS + DOUBT * doubts
    # a word in common, “leak”, is no evidence where nobody says where
    enough = common > 1 or likeness == 1
    return enough and likeness >= LIKENESS_NO_PLACE + DOUBT * doubts


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
    def _find_similar(
        self, commune, name, request_type=None, site=None, limit=3, point=None
    ):
        """Open requests of ``commune`` about the same thing, the likeliest first.

        With the rights of the reader, in one query.

        :param commune: the commune's partner
        :param str name: the subject, as far as it is typed
        :param request_type: the type asked for, may be empty
        :param site: the place, may be empty
        :param int limit: how many at most
        :param point: (latitude, longitude) of what is not kept yet, may be None
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
        if not point and self[:1]._has_position():
            point = self[:1].latitude, self[:1].longitude
        here = words_of(name), request_type, site, point
        scored = []
        for candidate in candidates:
            score = self._score_similar(candidate, *here)
            if score:
                scored.append((score, candidate.id))
        scored.sort(reverse=True)
        return self.browse([id_ for _score, id_ in scored[:limit]])

    def _score_similar(self, candidate, words, request_type, site, point):
        """How likely ``candidate`` is about the same thing; 0.0 when it is not."""
        at_same_place = self._is_at_same_place(candidate, site, point)
        if at_same_place is False:
            return 0.0
        theirs = words_of(candidate.name)
        same = words == theirs
        if at_same_place and site and not same:
            # “school” says nothing of two requests of the school
            place = words_of(site.name)
            words, theirs = words - place, theirs - place
        common = words & theirs
        likeness = 1.0 if same else get_likeness(words, theirs)
        if len(common) > 1 and common in (words, theirs):
            # half typed, or told at greater length
            likeness = max(likeness, LIKENESS_CONTAINED)
        other_type = bool(request_type) and candidate.type_id not in (
            request_type,
            request_type.browse(),
        )
        recent = fields.Datetime.now() - timedelta(days=DAYS_RECENT)
        doubts = other_type + (candidate.date_submitted < recent)
        if not is_likely(likeness, len(common), bool(at_same_place), doubts):
            return 0.0
        return likeness + bool(at_same_place) / 2 - doubts / 4

    def _is_at_same_place(self, candidate, site, point):
        """Whether ``candidate`` is at ``site``, or at ``point`` on the map.

        :return: True, False, or None when nobody can say
        """
        if site and candidate.site_id:
            return candidate.site_id == site
        if not point or not candidate._has_position():
            return None
        metres = crow_km(point, (candidate.latitude, candidate.longitude)) * 1000
        return None if NEAR_METRES < metres <= FAR_METRES else metres <= NEAR_METRES

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
