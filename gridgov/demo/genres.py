"""Which tales are told, how often, of which categories and places.

Each is told at least once, whatever the length of the story.
"""

from __future__ import annotations

from dataclasses import dataclass

from gridgov.demo import ended_tales as ended
from gridgov.demo import open_tales as going_on
from gridgov.demo.beats import Tale

# Of categories.
PLAIN, SAMPLED, RESIDENT, ENTERPRISE = "plain", "sampled", "resident", "enterprise"
PARTY, TRANSFER, WISH, URGENT = "party", "transfer", "wish", "urgent"
# Of places; LED is a cell whose grid has a leader.
LED, LEADERLESS, OUTSIDE, UNPLACED, UNCERTAIN = "led", "leaderless", "outside", "unplaced", "wide"
FIRM = "firm"


@dataclass(frozen=True)
class Genre:
    """A tale with what it can be told of. `weight` 0: once, and no more."""

    tale: Tale
    weight: int
    categories: tuple[str, ...] = (PLAIN, PLAIN, RESIDENT)
    place: str = LED
    channel: str | None = None
    first: str = ""  # what the report says of the category: unknown, wrong, or the right one
    about: str = ""  # whom it is about: leader or unit
    merged: bool = False
    confidential: bool | None = None
    anonymous: bool = False

    @property
    def going_on(self) -> bool:
        """Tell whether the case is open at the end."""
        return self.tale.__module__ == going_on.__name__


GENRES: tuple[Genre, ...] = (
    Genre(going_on.reported, 8),
    Genre(going_on.reported, 1, place=OUTSIDE),
    Genre(going_on.reported, 1, (RESIDENT,), UNPLACED, first="unknown"),
    Genre(going_on.reported, 1, place=LEADERLESS),
    Genre(going_on.reported, 1, anonymous=True),
    Genre(going_on.verifying, 5),
    Genre(going_on.waiting_in_intake, 4),
    Genre(going_on.waiting_in_handling, 3),
    Genre(going_on.filed, 7),
    Genre(going_on.dispatched, 8),
    Genre(going_on.dispatched, 3, (ENTERPRISE,), FIRM),
    Genre(going_on.handling, 12),
    Genre(going_on.handling, 6, (ENTERPRISE,), FIRM),
    Genre(going_on.handling, 2, (PARTY,), UNPLACED),
    Genre(going_on.handling, 1, place=LEADERLESS),
    Genre(going_on.handling, 1, (RESIDENT,), about="unit"),
    Genre(going_on.asked_longer, 3),
    Genre(going_on.asked_return, 3),
    Genre(going_on.suspended, 4),
    Genre(going_on.checking, 7),
    Genre(going_on.checking, 1, (TRANSFER,), UNPLACED),
    Genre(going_on.reworking, 2),
    Genre(going_on.supervised, 3),
    Genre(going_on.carded, 1),
    Genre(going_on.carded_red, 1),
    Genre(going_on.escalated, 3),
    Genre(going_on.in_the_district, 1),
    Genre(going_on.assigned_finally, 1),
    Genre(going_on.reopened, 2),
    Genre(going_on.failed_sample, 1),
    Genre(going_on.unmerged, 0, merged=True),
    Genre(going_on.urgent, 2, (URGENT,)),
    Genre(going_on.urgent_unanswered, 0, (URGENT,)),
    Genre(going_on.denied, 2),
    Genre(going_on.summarised, 2, (RESIDENT,), UNPLACED, confidential=True),
    Genre(going_on.published, 2, (WISH,), UNPLACED),
    Genre(going_on.hurried, 2),
    Genre(ended.settled, 10, (PLAIN,)),
    Genre(ended.settled_at_once, 10, (PLAIN,), channel="patrol"),
    Genre(ended.settled_and_sampled, 3, (PLAIN,)),
    Genre(ended.closed, 14),
    Genre(ended.closed, 2, place=UNCERTAIN),
    Genre(ended.closed, 2, place=OUTSIDE),
    Genre(ended.closed, 1, place=LEADERLESS),
    Genre(ended.closed, 1, about="leader"),
    Genre(ended.closed, 3, (PARTY,), UNPLACED),
    Genre(ended.closed, 2, (TRANSFER,), UNPLACED),
    Genre(ended.closed_by_sample, 10, (SAMPLED,)),
    Genre(ended.evaluated, 24),
    Genre(ended.evaluated, 16, (ENTERPRISE,), FIRM),
    Genre(ended.evaluated, 3, (ENTERPRISE,), UNPLACED, "visit", confidential=True),
    Genre(ended.evaluated, 3, (RESIDENT,), UNPLACED, "mail"),
    Genre(ended.evaluated, 2, (PARTY,), UNPLACED, "counter"),
    Genre(ended.evaluated_unchecked, 10, (SAMPLED,)),
    Genre(ended.confirmed, 6),
    Genre(ended.denied_and_done, 4),
    Genre(ended.denied_unchecked, 2, (SAMPLED,)),
    Genre(ended.reworked, 4),
    Genre(ended.verified, 6),
    Genre(ended.not_found, 3),
    Genre(ended.verified_late, 2),
    Genre(ended.asked_in_intake, 4),
    Genre(ended.asked_in_handling, 3),
    Genre(ended.rejected, 4),
    Genre(ended.appealed, 2),
    Genre(ended.withdrawn, 5),
    Genre(ended.merged, 7, merged=True),
    Genre(ended.returned, 5),
    Genre(ended.return_refused, 2),
    Genre(ended.recalled, 2),
    Genre(ended.extended, 3),
    Genre(ended.not_extended, 1),
    Genre(ended.resumed, 3),
    Genre(ended.not_suspended, 1),
    Genre(ended.reopened_and_done, 3),
    Genre(ended.sent_down, 2),
    Genre(ended.excused, 1, channel="hotline"),
    Genre(ended.upheld, 1),
    Genre(ended.instructed, 2),
    Genre(ended.urgent_done, 8, (URGENT,)),
    Genre(ended.published_and_done, 4, (WISH,), UNPLACED),
    Genre(ended.filed_by_leader, 3, channel="telephone", first="unknown"),
    Genre(ended.recategorised, 2, first="wrong"),
    Genre(ended.moved, 2),
    Genre(ended.passed_by_head, 0, (TRANSFER,), UNPLACED),
    Genre(going_on.wished, 3, (WISH,), UNPLACED),
    Genre(going_on.claimed, 2, (WISH,), UNPLACED),
    Genre(going_on.given_back, 0, (WISH,), UNPLACED),
    Genre(going_on.transferring, 1, (TRANSFER,), UNPLACED),
    Genre(ended.realised, 3, (WISH,), UNPLACED),
)
