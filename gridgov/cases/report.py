"""Intake: makes the case, its place, its routing with the reason, its first events and notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridgov.cases import numbers, repeat
from gridgov.cases.contact import Contact, seal
from gridgov.cases.facts import Scene
from gridgov.cases.fire import instants, planned
from gridgov.cases.guards import urgent_unit
from gridgov.cases.known import Known
from gridgov.cases.nearby import Near, similar
from gridgov.cases.of_firm import firm_of
from gridgov.cases.placing import Location, Placed, place
from gridgov.cases.refusals import CategoryUnknown
from gridgov.cases.routing import OF_OFFICE, Routing, route
from gridgov.cases.rules import Moved, advance
from gridgov.cases.tables import Case, Subject
from gridgov.cases.take_in import Basket, write_new
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.cases.workflow import REPORTED, STEPS
from gridgov.cases.write import apply, past
from gridgov.errors import BadInput, Conflict, NotAllowed
from gridgov.people.actors import CLOCK, Actor
from gridgov.people.roles import Role

# Channels by which staff enters what somebody else says.
FOR_OTHERS = frozenset({"telephone", "counter", "hotline", "mail", "visit"})
OPEN_CHANNELS = frozenset({"web", "wechat"})


class NothingSaid(BadInput):
    """Say what it is: a description, a category, or both."""


class ChannelNotYours(NotAllowed):
    """Without signing in, the channel is web or wechat, and external_ref stays empty."""


class SubjectUnknown(BadInput):
    """There is no such unit or person; leave the code out and say in words who it is about."""


class ExternalRefTaken(Conflict):
    """A case with this external_ref came by this channel already."""


class About(NamedTuple):
    """Whom a case is about (被反映对象): kind is leader, member, unit, person or other."""

    kind: str
    unit: str | None = None
    person: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Draft:
    """A report as it came in."""

    description: str | None = None
    category: str | None = None
    urgency: str | None = None
    location: Location = Location()  # noqa: RUF009 (an immutable tuple)
    contact: Contact | None = None
    anonymous: bool = False
    confidential: bool | None = None
    subject: About | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    channel: str = "web"
    external_ref: str | None = None
    firm: str | None = None  # whose need it is, where staff names it
    noted: Mapping[str, Any] = field(default_factory=dict)  # kept in the first event's data


@dataclass(frozen=True)
class Reported:
    """A case taken in; `repeated` when the same request had come before."""

    case: Case
    routing: Routing | None
    near: list[Near]
    repeated: bool


def report(
    session: Session,
    draft: Draft,
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    request: repeat.Key | None = None,
) -> Reported:
    """Take in a report; with a `request` that came before, return what it made then."""
    check(draft, actor, known)
    category = known.categories.get(draft.category or "")
    draft = _of_firm(session, draft, category, actor)
    placed = _placed(draft, category, at, known)
    day = at.astimezone(known.zone(placed.park)).date()
    number = numbers.any_of(day)
    if request and (before := repeat.claim(session, request, number, at)):
        case = session.scalars(sa.select(Case).where(Case.number == before)).one()
        return Reported(case, None, [], True)
    near = similar(
        session,
        point=placed.point,
        category=category,
        actor=actor,
        office=known.office,
        at=at,
        metres=known.settings.nearby_m,
        weeks=known.settings.nearby_weeks,
        active=known.active(at),
    )
    for _ in range(numbers.ROUNDS):
        basket = Basket()
        _, routing = intake(basket, draft, actor, at, known, placed=placed, number=number)
        try:
            made = write_new(session, basket)
        except IntegrityError as error:
            if draft.external_ref and "external_ref" in str(error.orig):
                raise ExternalRefTaken(field="external_ref") from error
            raise
        if made is not None:
            return Reported(made, routing, near, False)
        # Somebody has this number, or got it at this very moment: nothing was written yet.
        number = numbers.any_of(day)
        if request:
            repeat.renumber(session, request, number)
    raise numbers.NumbersUsedUp


def intake(
    session: Session | Basket,
    draft: Draft,
    actor: Actor,
    at: datetime,
    known: Known,
    *,
    placed: Placed,
    number: str,
    told: bool = True,
    inferred: bool | None = None,
) -> tuple[Case, Routing]:
    """Add a case with its first events to the session, unflushed; grams are the caller's."""
    category = known.categories.get(draft.category or "")
    # What a firm needs goes to the street, not to a leader who may be its competitor.
    kind = category.kind if category else "enterprise" if draft.firm else None
    persons, units = _subjects(draft.subject, placed, at, known)
    routing = route(
        kind=kind,
        cell=placed.cell,
        grid=placed.grid,
        area=placed.street,
        flags=placed.flags,
        office=known.office,
        at=at,
        subject_persons=persons,
        subject_units=units,
        in_words=draft.subject is not None and draft.subject.kind in OF_OFFICE,
    )
    case = _case(draft, category, placed, routing, actor, at, number)
    session.add(case)
    about = [(code, None) for code in sorted(persons)] + [(None, code) for code in sorted(units)]
    session.add_all(Subject(case=case, person_code=who, unit_code=unit) for who, unit in about)
    if draft.contact and not draft.anonymous:
        settings = known.settings
        sealed = seal(draft.contact, settings.keys, number, settings.phone_country)
        sealed.case = case
        session.add(sealed)
    scene = Scene.of(known, case, actor, at, subject_persons=persons, subject_units=units)
    first = apply(session, scene, _reported(draft, actor, routing), told=told, inferred=inferred)
    scene = scene.but(past=(past(first),))
    if told and (category.urgency if category else None) == "urgent" and kind != "party":
        scene = _dispatch_at_once(session, scene)
    if isinstance(session, Basket):
        session.rungs = instants(scene, known, set()) if told else {}
    elif told:
        planned(session, scene, known, [])
    return case, routing


def check(draft: Draft, actor: Actor, known: Known) -> None:
    """Refuse what cannot become a case."""
    if not draft.description and not draft.category:
        raise NothingSaid(field="description")
    category = known.categories.get(draft.category or "")
    if draft.category and (category is None or (not category.active and not actor.machine)):
        raise CategoryUnknown(field="category", code=draft.category)
    if actor.role is Role.ANYONE and (draft.channel not in OPEN_CHANNELS or draft.external_ref):
        raise ChannelNotYours(field="channel")


def _of_firm(session: Session, draft: Draft, category: CategoryFacts | None, actor: Actor) -> Draft:
    if draft.firm is None and actor.firm is None:
        return draft
    # What somebody needs of the Party is theirs and not their firm's.
    own = draft.anonymous or (category is not None and category.kind == "party")
    others = draft.channel in FOR_OTHERS
    return replace(draft, firm=firm_of(session, draft.firm, actor, own=own, for_other=others))


def _placed(draft: Draft, category: CategoryFacts | None, at: datetime, known: Known) -> Placed:
    active = known.active(at)
    placed = place(draft.location, active, known.settings.default_park)
    if category and category.transfer:
        # Neutral in title, without place or papers: the place only tells whose organiser.
        default = known.maps.parks[placed.park].code
        return place(Location(), active, default)
    return placed


def _subjects(
    about: About | None, placed: Placed, at: datetime, known: Known
) -> tuple[frozenset[str], frozenset[str]]:
    if about is None:
        return frozenset(), frozenset()
    office, grid = known.office, placed.grid or ""
    persons = {about.person} if about.person else set()
    units = {about.unit} if about.unit else set()
    if persons - office.people.keys() or units - office.units.keys():
        raise SubjectUnknown(field="subject")
    if about.kind in ("leader", "member") and not persons:
        persons |= {duty.person for duty in office.on_duty(Role(about.kind), grid, at)}
    return frozenset(filter(None, persons)), frozenset(filter(None, units))


def _case(
    draft: Draft,
    category: CategoryFacts | None,
    placed: Placed,
    routing: Routing,
    actor: Actor,
    at: datetime,
    number: str,
) -> Case:
    private = category.kind in ("enterprise", "party") if category else draft.firm is not None
    urgent = "urgent" in (draft.urgency, category.urgency if category else None)
    for_other = draft.channel in FOR_OTHERS
    return Case(
        number=number,
        version=0,
        status=REPORTED.value,
        level=routing.level,
        round=1,
        category_code=category.code if category else None,
        kind=category.kind if category else None,
        urgency="urgent" if urgent else "normal",
        channel=draft.channel,
        external_ref=draft.external_ref,
        description=draft.description,
        answers=dict(draft.answers) or None,
        flags=[*placed.flags, *routing.flags],
        confidential=private if draft.confidential is None else draft.confidential,
        anonymous=draft.anonymous,
        reporter_account_id=None if for_other else actor.account,
        firm_code=draft.firm,
        reported_at=at,
        updated_at=at,
        **placed.columns,
    )


def _reported(draft: Draft, actor: Actor, routing: Routing) -> Moved:
    role = actor.role or next((duty.role for duty in actor.duties), Role.REPORTER)
    data: dict[str, Any] = {**draft.noted, "routing": routing.data, "channel": draft.channel}
    if draft.subject:
        data["about"] = draft.subject.kind
        data["text"] = draft.subject.text
    if draft.channel in FOR_OTHERS and not actor.machine:
        data["for_other"] = True
    return Moved(STEPS["report"], role, REPORTED, REPORTED, {}, data)


def _dispatch_at_once(session: Session | Basket, scene: Scene) -> Scene:
    """特急 goes by rule and roster, in the very transaction that took it in."""
    by_clock = scene.but(actor=CLOCK)
    if not urgent_unit(by_clock):
        return scene
    event = apply(session, by_clock, advance(by_clock, STEPS["dispatch_urgent"]))
    return scene.but(past=(*scene.past, past(event)))
