"""What waits for somebody: open cases by the verb that they wait for (我的工作, 派遣台).

A case waits for whoever is offered a step that moves it on; which steps those are stands in `WORK`,
whether they are offered the workflow's table tells. So a list never holds what cannot be done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.cooperate import jointly_of_many
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known
from gridgov.cases.rules import offered
from gridgov.cases.see import claimed_by, visible
from gridgov.cases.tables import Attachment, Case, Event, Subject
from gridgov.cases.workflow import (
    CHECKING,
    DISPATCHED,
    FILED,
    HANDLING,
    OPEN,
    REPORTED,
    VERIFYING,
    Status,
)
from gridgov.cases.write import WORDLESS, past
from gridgov.people.actors import Actor
from gridgov.people.roles import Role
from gridgov.words import N_

MOST = 300


class Work(NamedTuple):
    """A pile of work: the verb it waits for, where the cases stand, the steps that end the wait."""

    name: str
    label: str
    statuses: frozenset[Status]
    steps: frozenset[str]


def _work(name: str, label: str, statuses: Sequence[Status], *steps: str) -> Work:
    return Work(name, label, frozenset(statuses), frozenset(steps))


# In the order in which they are looked at; a case lies on the first pile that takes it.
WORK = (
    _work(
        "decide",
        N_("To decide"),
        tuple(OPEN),
        "grant_return",
        "extend",
        "suspend",
        "excuse",
        "open_joint",
    ),
    _work("claimed", N_("Claimed by me"), (HANDLING,), "give_back"),
    _work("returned", N_("Come back"), (FILED, HANDLING), "dispatch", "assign_final", "submit"),
    _work("intake", N_("To take in"), (REPORTED,), "file", "settle"),
    _work("verify", N_("To verify"), (VERIFYING,), "verify"),
    _work("dispatch", N_("To dispatch"), (FILED,), "dispatch", "assign_final"),
    _work("accept", N_("To accept"), (DISPATCHED,), "accept"),
    _work("join", N_("To answer the call"), tuple(OPEN), "join"),
    _work("close", N_("Joint cases to close"), (HANDLING,), "close_joint"),
    _work("handle", N_("To handle"), (HANDLING,), "submit", "progress"),
    _work("check", N_("To check"), (CHECKING,), "pass"),
)
BY_NAME = {work.name: work for work in WORK}
STEPS = frozenset(step for work in WORK for step in work.steps)
CAME_BACK = frozenset({"grant_return", "recall", "rework", "deny", "reopen"})


class Waiting(NamedTuple):
    """A case on somebody's pile."""

    work: Work
    scene: Scene


class Worklist(NamedTuple):
    """What waits for somebody, and how many open cases were not looked at for it."""

    found: list[Waiting]
    more: int


def waiting(
    session: Session, actor: Actor, at: datetime, known: Known, most: int = MOST
) -> Worklist:
    """Return the open cases that wait for somebody, the urgent ones first, then the oldest.

    At most so many of them are looked at; six statements, and one where there are more.
    """
    where = (
        sa.or_(visible(actor, known.office, at), claimed_by(actor)),
        Case.status.in_(sorted(OPEN)),
    )
    ordered = sa.select(Case).where(*where)
    ordered = ordered.order_by((Case.urgency != "urgent"), Case.reported_at, Case.id)
    cases = session.scalars(ordered.limit(most + 1)).all()
    more = 0
    if len(cases) > most:
        cases, counted = cases[:most], sa.select(sa.func.count(Case.id)).where(*where)
        more = (session.scalar(counted) or most) - most
    found = (_pile(scene) for scene in scenes(session, cases, actor, at, known))
    return Worklist([one for one in found if one is not None], more)


def _pile(scene: Scene) -> Waiting | None:
    steps = {offer.step.name for offer in offered(scene, STEPS)}
    for work in WORK:
        if scene.status not in work.statuses or not steps & work.steps:
            continue
        if work.name == "returned" and not came_back(scene):
            continue
        return Waiting(work, scene)
    return None


def came_back(scene: Scene) -> bool:
    """Tell whether the case came to where it stands by a return, a rework or a denial."""
    moves = (one for one in reversed(scene.past) if one.from_status != one.to_status)
    last = next(moves, None)
    return last is not None and last.step in CAME_BACK


def scenes(
    session: Session, cases: Sequence[Case], actor: Actor, at: datetime, known: Known
) -> Iterator[Scene]:
    """Return what the rules look at of many cases, read in four statements."""
    ids = [case.id for case in cases]
    about: dict[int, list[Subject]] = defaultdict(list)
    for one in session.scalars(sa.select(Subject).where(Subject.case_id.in_(ids))):
        about[one.case_id].append(one)
    events: dict[int, list[Event]] = defaultdict(list)
    ordered = sa.select(Event).where(Event.case_id.in_(ids)).order_by(Event.case_id, Event.version)
    for event in session.scalars(ordered.options(WORDLESS)):
        events[event.case_id].append(event)
    photos = set(session.scalars(_photos(ids)))
    carrying = sa.select(Case.merged_into_id, sa.func.count()).group_by(Case.merged_into_id)
    rows = session.execute(carrying.where(Case.merged_into_id.in_(ids)))
    carried = {row[0]: row[1] for row in rows}
    joint = jointly_of_many(session, cases)
    for case in cases:
        yield Scene.of(
            known,
            case,
            actor,
            at,
            past=tuple(past(event) for event in events[case.id]),
            subject_persons=frozenset(one.person_code for one in about[case.id] if one.person_code),
            subject_units=frozenset(one.unit_code for one in about[case.id] if one.unit_code),
            carried=carried.get(case.id, 0),
            photos=case.id in photos,
            ladder=known.ladder,
            **joint[case.id],
        )


def _photos(ids: Sequence[int]) -> sa.Select[int]:
    """Select the cases to which staff added a photo in the present round."""
    return (
        sa.select(Attachment.case_id)
        .join(Attachment.event)
        .join(Case, Case.id == Attachment.case_id)
        .where(
            Attachment.case_id.in_(ids),
            Attachment.media_type.startswith("image/"),
            Event.round == Case.round,
            Event.role != Role.REPORTER,
            Event.version > 1,
        )
    )
