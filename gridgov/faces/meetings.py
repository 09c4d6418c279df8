"""Meetings and resolutions as they are shown: by name, and only the cases that one sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.faces import spoken, views
from gridgov.faces.serve import Serving
from gridgov.joint import meetings, resolutions
from gridgov.joint.meetings import keeps
from gridgov.joint.resolved import Told, owns
from gridgov.joint.tables import Guest, Meeting, Minutes, ResolutionEvent
from gridgov.language import say
from gridgov.park.tables import Area
from gridgov.people.roles import Role


def short(s: Serving, found: Sequence[Meeting]) -> list[dict[str, Any]]:
    """Return meetings as in a list."""
    names = _areas(s, {one.area_code for one in found})
    return [_short(one, names) for one in found]


def whole(s: Serving, one: Meeting) -> dict[str, Any]:
    """Return a meeting with its guests, cases and papers."""
    seen = _numbers(s, [about.case_id for about in one.cases])
    return _short(one, _areas(s, {one.area_code})) | {
        "version": one.version,
        "why": one.why,
        "guests": [_guest(s, guest) for guest in one.guests],
        "cases": [seen[about.case_id] for about in one.cases if about.case_id in seen],
        "minutes": [paper(s, minutes) for minutes in one.minutes],
        "keeps": keeps(one, s.actor),
    }


def paper(s: Serving, one: Minutes) -> dict[str, Any]:
    """Return a paper of a meeting."""
    return {
        "id": one.id,
        "media_type": one.media_type,
        "size": one.size,
        "added_at": one.added_at,
        "person": views.person(s.known, one.person_code),
    }


def resolved(s: Serving, found: Iterable[Told]) -> list[dict[str, Any]]:
    """Return resolutions with what happened to them."""
    told = list(found)
    seen = _numbers(
        s, [one.resolution.case_id for one in told if one.resolution.case_id is not None]
    )
    today = s.at.astimezone(s.known.settings.zone).date()
    return [_resolved(s, one, seen, today) for one in told]


def _short(one: Meeting, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "kind_name": say(meetings.KINDS[one.kind]),
        "title": one.title,
        "starts_at": one.starts_at,
        "place": one.place,
        "area": {"code": one.area_code, "name": names.get(one.area_code, one.area_code)},
        "state": one.state,
        "state_name": say(meetings.STATES[one.state]),
        "invited": sum(guest.invited for guest in one.guests),
        "came": sum(bool(guest.came) for guest in one.guests),
    }


def _guest(s: Serving, one: Guest) -> dict[str, Any]:
    unit, person = views.unit(s.known, one.unit_code), views.person(s.known, one.person_code)
    named = unit or person
    return {
        "unit": one.unit_code,
        "person": one.person_code,
        "firm": one.firm_code,
        "name": named["name"] if named else one.firm or one.unit_code or one.person_code or "",
        "invited": one.invited,
        "came": one.came,
    }


def _resolved(s: Serving, told: Told, seen: dict[int, str], today: date) -> dict[str, Any]:
    one, done, dropped = told
    return {
        "id": one.id,
        "version": one.version,
        "meeting": {"id": one.meeting_id, "title": one.meeting.title,
                    "starts_at": one.meeting.starts_at},
        "kind": one.kind,
        "kind_name": say(resolutions.KINDS[one.kind]),
        "text": one.text,
        "unit": views.unit(s.known, one.unit_code),
        "person": views.person(s.known, one.person_code),
        "due": one.due,
        "due_said": spoken.day(one.due, today),
        "case": seen.get(one.case_id) if one.case_id is not None else None,
        "decided_at": one.decided_at,
        "done": done,
        "late": not done and one.due < today,
        "dropped": dropped,
        "ticks": (one.kind == resolutions.OWN or dropped) and keeps(one, s.actor),
        "owns": owns(one, s.actor, s.known),
        "events": [_event(s, event) for event in one.events],
    }  # fmt: skip


def _event(s: Serving, one: ResolutionEvent) -> dict[str, Any]:
    return {
        "version": one.version,
        "at": one.at,
        "what": one.what,
        "what_name": say(resolutions.HAPPENED[one.what]),
        "role": one.role,
        "role_name": say(Role(one.role).label),
        "person": views.person(s.known, one.person_code),
        "meeting": one.meeting_id,
        "text": one.text,
    }


def _numbers(s: Serving, ids: Iterable[int]) -> dict[int, str]:
    """Return the numbers of those cases that whoever looks may see."""
    query = sa.select(Case.id, Case.number).where(
        Case.id.in_(list(ids)), visible(s.actor, s.known.office, s.at)
    )
    return dict(iter(s.session.execute(query)))


def _areas(s: Serving, codes: set[str]) -> dict[str, str]:
    if not codes:
        return {}
    rows = s.session.execute(sa.select(Area.code, Area.name).where(Area.code.in_(codes)))
    return dict(iter(rows))
