"""Steps: loads the case, asks the rules, writes row, timeline and outbox in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from secrets import SystemRandom
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases import claims, grams, numbers
from gridgov.cases.cooperate import jointly, of_joint, tell_followers, together
from gridgov.cases.facts import Past, Scene
from gridgov.cases.fire import planned, settle
from gridgov.cases.known import Known
from gridgov.cases.refusals import AnotherCase, ClaimedAlready
from gridgov.cases.reroute import about_whom, located_again, rerouted
from gridgov.cases.rules import advance, step_named
from gridgov.cases.see import claimed_by, listed, visible
from gridgov.cases.standing import is_reporter
from gridgov.cases.tables import Attachment, Case, Event, Subject
from gridgov.cases.workflow import ENDED, MERGED, OPEN, Step
from gridgov.cases.write import WORDLESS, apply, flush, past
from gridgov.errors import CaseMovedOn, NotFound
from gridgov.ladder.plan import rows_of
from gridgov.people.actors import Actor, by_code
from gridgov.people.roles import Role

# Carried reporters take these by their own number; they reach the case that carries theirs.
CARRIED = frozenset({"confirm", "evaluate", "reopen", "appeal"})
TEXTS = frozenset({
    "submit", "settle", "summarise", "publish", "amend", "bundle", "close_joint",
})  # fmt: skip
_RANDOM = SystemRandom()


@dataclass(frozen=True)
class Wish:
    """A step that somebody wants to take, with the version of the case that they saw."""

    step: str
    version: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


def find(
    session: Session,
    number: str,
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    lock: bool = False,
    to_claim: bool = False,
) -> Case:
    """Return a case that the actor may see, or a wish that they have claimed; raises NotFound.

    `to_claim` also finds what stands on the public list of wishes, for whoever has an account.
    """
    open_to = [visible(actor, known.office, at), claimed_by(actor)]
    if to_claim and actor.account:
        open_to.append(listed(at))
    query = sa.select(Case).where(Case.number == numbers.read(number), sa.or_(*open_to))
    case = session.scalars(query.with_for_update(of=Case) if lock else query).one_or_none()
    if case is None:
        raise NotFound(field="number")
    return case


def act(
    session: Session,
    number: str,
    wishes: Sequence[Wish],
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    draw: Callable[[], float] = _RANDOM.random,
) -> Case:
    """Take one or several steps, all or none; raises a refusal, or CaseMovedOn.

    `draw` gives a number in [0, 1) that decides whether a case is drawn for a check.
    """
    _lock_in_order(session, number, wishes)
    steps = [step_named(wish.step) for wish in wishes]
    to_claim = steps[0].name == "claim"
    case = find(session, number, actor, at, known, lock=True, to_claim=to_claim)
    if to_claim and case.claimant_id not in (None, actor.account):
        raise ClaimedAlready
    carried = case.status == MERGED and {step.name for step in steps} <= CARRIED
    if carried and is_reporter(Scene.of(known, case, actor, at)):
        case = carrier(session, case, lock=True)
        actor = by_code(case.number)
    if any(wish.version is not None and wish.version != case.version for wish in wishes):
        raise CaseMovedOn(field="version")
    scene = scene_of(session, case, actor, at, known)
    rungs = rows_of(session, [case.id])[case.id]
    for step, wish in zip(steps, wishes, strict=True):
        # What the clocks have come to is settled first: the step may stop, move or end them.
        scene, _ = settle(session, scene, known, rungs)
        scene = _take(session, scene, step, wish, known, draw())
    planned(session, scene, known, rungs)
    flush(session)
    if TEXTS & {step.name for step in steps}:
        grams.write(session, [case])
    return case


def _lock_in_order(session: Session, number: str, wishes: Sequence[Wish]) -> None:
    """Lock a case and those it is to be merged into, so that no two wait for each other."""
    others = {str(wish.given["target"]) for wish in wishes if wish.given.get("target")}
    if others:
        both = sa.select(Case.id).where(Case.number.in_({number, *others}))
        session.execute(both.order_by(Case.id).with_for_update(of=Case))


def _take(
    session: Session, scene: Scene, step: Step, wish: Wish, known: Known, draw: float
) -> Scene:
    target = None
    if other := wish.given.get("target"):
        try:
            target = find(session, other, scene.actor, scene.at, known, lock=True)
        except NotFound as error:
            raise AnotherCase(field="target", number=other[:20]) from error
    scene = scene.but(given=wish.given, target=target, draw=draw)
    moved = advance(scene, step)
    if step.name == "claim":
        claims.one_more(session, scene.actor, known)
    scene = together(session, scene, moved)
    if step.name == "amend" or moved.changes.get("kind", scene.case.kind) != scene.case.kind:
        moved = rerouted(scene, moved, known)
    elif moved.start in ENDED and moved.to in OPEN:
        # It kept the cell of its time while it had ended; from here on today's map counts.
        moved = replace(moved, changes=located_again(scene, known) | moved.changes)
    scene = _about_others(session, scene, moved.changes.get("grid_code"))
    event = apply(session, scene, moved)
    tell_followers(session, scene, moved, event)
    return scene.but(past=(*scene.past, past(event)), given={}, target=None)


def _about_others(session: Session, scene: Scene, grid: str | None) -> Scene:
    """Hide a case about a grid's leader or members from those of the grid that it has come to."""
    persons = about_whom(scene, grid) - scene.subject_persons
    session.add_all(Subject(case_id=scene.case.id, person_code=code) for code in sorted(persons))
    return scene.but(subject_persons=scene.subject_persons | persons)


def carrier(session: Session, case: Case, *, lock: bool = False) -> Case:
    """Return the case that carries a merged one, over as many merges as there are."""
    while case.status == MERGED and case.merged_into_id is not None:
        query = sa.select(Case).where(Case.id == case.merged_into_id)
        case = session.scalars(query.with_for_update(of=Case) if lock else query).one()
    return case


def scene_of(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    known: Known,
    events: Sequence[Past] | None = None,
) -> Scene:
    """Read what the rules look at: three statements, fewer where the events are known."""
    subjects = session.execute(
        sa.select(Subject.person_code, Subject.unit_code).where(Subject.case_id == case.id)
    ).all()
    photo = sa.select(sa.func.max(Event.version)).select_from(Attachment).join(Attachment.event)
    photo = photo.where(
        Attachment.case_id == case.id,
        Attachment.media_type.startswith("image/"),
        Event.round == case.round,
        Event.role != Role.REPORTER,
        Event.version > 1,
    )
    carried = sa.select(sa.func.count()).where(Case.merged_into_id == case.id)
    counts = session.execute(
        sa.select(
            photo.scalar_subquery().label("photo"),
            carried.scalar_subquery().label("n"),
            *of_joint(case),
        )
    ).one()
    return Scene.of(
        known,
        case,
        actor,
        at,
        past=tuple(events if events is not None else history(session, case)),
        subject_persons=frozenset(row.person_code for row in subjects if row.person_code),
        subject_units=frozenset(row.unit_code for row in subjects if row.unit_code),
        carried=counts.n,
        ladder=known.ladder,
        photos=counts.photo is not None,
        **jointly(session, case, counts),
    )


def history(session: Session, case: Case) -> list[Past]:
    """Return a case's events as the rules see them, the oldest first."""
    query = sa.select(Event).where(Event.case_id == case.id).order_by(Event.version)
    return [past(event) for event in session.scalars(query.options(WORDLESS))]
