"""A case as whoever asks is shown it, its timeline, and what its reporter is answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.act import CARRIED, carrier, scene_of
from gridgov.cases.facts import Scene
from gridgov.cases.placing import Location
from gridgov.cases.report import Draft, Reported
from gridgov.cases.standing import is_reporter, only_claims
from gridgov.cases.tables import Case, Event, Reporter
from gridgov.cases.workflow import MERGED, STATUS_LABELS, Status
from gridgov.cases.write import past
from gridgov.faces import firms, joint, views
from gridgov.faces.serve import Serving
from gridgov.language import say
from gridgov.people.actors import Actor, by_code
from gridgov.privacy.data_map import data_map


def case_view(s: Serving, case: Case, actor: Actor) -> dict[str, Any]:
    """Return a case as whoever asks sees it; a merged one, to its reporter, as what carries it."""
    carries = None
    if case.status == MERGED and is_reporter(views.bare(s, case, actor)):
        carries, case = case, carrier(s.session, case)
        actor = by_code(case.number)
    events = events_of(s.session, case)
    scene: Scene = scene_of(
        s.session, case, actor, s.at, s.known, [past(event) for event in events]
    )
    masked = s.session.scalar(sa.select(Reporter.masked).where(Reporter.case_id == case.id))
    view = views.whole(s.known, scene, masked=masked, carries=carries.number if carries else None)
    if not only_claims(scene):
        view |= joint.of_case(s, scene, own=is_reporter(scene))
        if carries is None:
            view["firm"] = firms.of_case(s, scene)
    return view if carries is None else _carried(view, carries)


def _carried(view: dict[str, Any], carries: Case) -> dict[str, Any]:
    """Show the progress of the case that carries another, and nothing of what its reporter said."""
    own = {"number": carries.number, "text": carries.description, "address": carries.address}
    steps = [step for step in view["steps"] if step["name"] in CARRIED]
    return view | own | {"point": carries.point, "steps": steps}


def timeline_view(s: Serving, case: Case, actor: Actor) -> list[dict[str, Any]]:
    """Return what happened to a case, as whoever asks may read it."""
    own = views.timeline(s.known, views.bare(s, case, actor), events_of(s.session, case))
    if case.status == MERGED and is_reporter(views.bare(s, case, actor)):
        # Carried reporters follow, by their own number, what becomes of it.
        shown = carrier(s.session, case)
        scene = views.bare(s, shown, by_code(shown.number))
        after = [one for one in events_of(s.session, shown) if one.at >= case.updated_at]
        own += views.timeline(s.known, scene, after, carried=True)
    return own


def events_of(session: Session, case: Case) -> list[Event]:
    """Return a case's events, the oldest first."""
    query = sa.select(Event).where(Event.case_id == case.id).order_by(Event.version)
    return list(session.scalars(query))


def collected(draft: Draft) -> list[str]:
    """Name the fields by which a report brought personal data, or may have."""
    contact = None if draft.anonymous else draft.contact
    found = [name for name in ("name", "phone", "email") if getattr(contact, name, None)]
    found += [name for name in ("description", "answers") if getattr(draft, name)]
    return found + (["location"] if draft.location != Location() else [])


def noted(draft: Draft) -> Draft:
    """Return a report that keeps with the case what its reporter was told and agreed to."""
    told = {"version": data_map().version, "collected": collected(draft)}
    return replace(draft, noted={**draft.noted, "notice": told | draft.noted.get("notice", {})})


def reported_view(s: Serving, taken: Reported, draft: Draft) -> dict[str, Any]:
    """Return what the reporter of a case is answered."""
    case, known = taken.case, s.known
    return {
        "number": case.number,
        "query_code": known.settings.keys.query_code(case.number),
        "status": case.status,
        "status_name": say(STATUS_LABELS[Status(case.status)]),
        "version": case.version,
        "cell": views.cell(case.cell_code),
        "grid": views.grid(known, case.grid_code),
        "flags": case.flags,
        "routing": views.routing(known, _why(s, taken)),
        "notice": views.notice(known, collected(draft)),
        "similar": views.near(known, taken.near),
    }


def _why(s: Serving, taken: Reported) -> dict[str, Any]:
    if taken.routing:
        return taken.routing.data
    first = sa.select(Event.data).where(Event.case_id == taken.case.id, Event.version == 1)
    return dict(s.session.execute(first).scalar_one()["routing"])
