"""Wishes (微心愿): who may claim one, and what comes of it. Pure; the list's SQL is in `see`.

Any account may claim a wish whose anonymised text was approved, one account at a time; who has
claimed it acts as its handler. They are shown that text and their own handling: never what the
wisher wrote or left, nor what staff says among itself. What the wisher's contact is, they learn
from a dispatcher alone, by a comment for whoever claimed it.
"""

from __future__ import annotations

from collections.abc import Sequence

from gridgov.cases import refusals as no
from gridgov.cases.facts import Scene
from gridgov.cases.standing import claims
from gridgov.cases.tables import Event
from gridgov.cases.workflow import CHECKING, CLOSED, EVALUATED, HANDLING, SUSPENDED, WAITING
from gridgov.people.roles import Role

WISH = "wish"
CLAIMANT = "claimant"  # the audience of what is told to whoever claimed it
# While it stands here it is somebody's; going anywhere else lets it go.
HELD = frozenset({HANDLING, WAITING, SUSPENDED, CHECKING, CLOSED, EVALUATED})
# What whoever claimed it is shown of others' doings, beside what is meant for them.
TOLD = frozenset({"claim", "progress", "submit", "pass", "rework", "confirm", "deny"})


def claimable(scene: Scene) -> None:
    """A wish with an approved text, which is not one's own, and which no unit is to lead."""
    case = scene.case
    if case.kind != WISH or not case.public_text or case.confidential:
        raise no.NotClaimable
    if case.joint or case.joint_id is not None:
        raise no.NotClaimable
    if case.reporter_account_id is not None and case.reporter_account_id == scene.actor.account:
        raise no.OwnWish
    if case.claimant_id is not None:
        raise no.ClaimedAlready


def own_claim(scene: Scene) -> None:
    """Only whoever claimed it gives it back."""
    if not claims(scene):
        raise no.NotYours(step=scene.step and scene.step.label)


def claimed_stays(scene: Scene) -> None:
    """What somebody has claimed as a wish stays a wish until it is taken back."""
    category = scene.category
    if scene.case.claimant_id is not None and (category is None or category.kind != WISH):
        raise no.ClaimedFirst(field="category")


def for_claimant(scene: Scene) -> None:
    """Only of a wish that somebody has claimed can something be meant for them."""
    if scene.given.get("audience") != CLAIMANT:
        return
    if scene.case.claimant_id is None:
        raise no.NobodyClaimed(field="audience")


def since_claim(events: Sequence[Event]) -> list[Event]:
    """Return what happened since the last claim, as far as whoever claimed it is shown it."""
    last = max((e.version for e in events if e.step == "claim"), default=None)
    if last is None:
        return []
    return [e for e in events if e.version >= last and _told(e)]


def _told(event: Event) -> bool:
    own = event.role == Role.HANDLER and event.step in ("comment", "attach")
    return own or event.step in TOLD or event.audience == CLAIMANT
