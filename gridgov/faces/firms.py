"""Firms, visits and who could help, as pages and programs show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from gridgov.cases.facts import Scene
from gridgov.cases.find import cursor
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.community.branches import Branch
from gridgov.community.contacts import masked_of
from gridgov.community.firm_cases import PAGE, cases_of, told
from gridgov.community.firms import Listed
from gridgov.community.plan import Due, Planned
from gridgov.community.tables import Visit
from gridgov.community.visit import MET, Heard, Recorded, Shown, VisitDraft, visits
from gridgov.faces import views, worklist
from gridgov.faces.serve import Serving
from gridgov.joint.items import CHANNEL
from gridgov.language import say
from gridgov.people.actors import Actor
from gridgov.people.alliance import REASONS, Helper
from gridgov.people.firms import KINDS
from gridgov.people.roles import Role
from gridgov.people.tables import Firm
from gridgov.privacy.data_map import data_map
from gridgov.words import N_

VISITS_SHOWN = 20
PERIOD = timedelta(days=90)
_FIRM = ("code", "name", "credit_code", "address", "branch", "kind", "point")


def short(firm: Firm) -> dict[str, str]:
    """Return a firm by code and name."""
    return {"code": firm.code, "name": firm.name}


def of_case(s: Serving, scene: Scene) -> dict[str, str] | None:
    """Return the firm of a case, to whoever reads its words and no summary of them."""
    found = s.session.get(Firm, scene.case.firm_code) if told(scene) else None
    return short(found) if found else None


def listed(s: Serving, one: Listed) -> dict[str, Any]:
    """Return a firm as in a list."""
    firm = one.firm
    located = s.known.active(s.at).locate(*firm.point) if firm.point else None
    return {name: getattr(firm, name) for name in _FIRM} | {
        "kind_name": say(KINDS[firm.kind]) if firm.kind in KINDS else None,
        "cell": views.cell(firm.cell_code),
        "grid": views.grid(s.known, located.grid if located else None),
        "visited_on": one.visited_on,
        "metres": one.metres,
    }


class Pages(NamedTuple):
    """Where a firm's lists begin: cases after a cursor, visits before a ref; how long they are."""

    after: str | None = None
    before: str | None = None
    cases: int = PAGE
    visits: int = VISITS_SHOWN


def whole(s: Serving, firm: Firm, pages: Pages) -> dict[str, Any]:
    """Return a firm with its contacts masked, and of its cases what whoever asks may see."""
    cases, more = cases_of(s.session, firm.code, s.actor, s.at, s.known, pages.after, pages.cases)
    return about(s, firm, pages) | {
        "cases": [case(s, one) for one in cases],
        "next": cursor(cases[-1]) if more else None,
        "promised": promised(s, cases),
        "meetings": [],
    }


def about(s: Serving, firm: Firm, pages: Pages) -> dict[str, Any]:
    """Return a firm with its contacts masked and its visits, without its cases."""
    latest = sa.select(sa.func.max(Visit.visited_on)).where(Visit.firm_code == firm.code)
    found = visits(
        s.session, s.actor, s.at, s.known,
        firm=firm.code, before=pages.before, limit=pages.visits + 1,
    )  # fmt: skip
    shown = found[: pages.visits]
    return listed(s, Listed(firm, s.session.scalar(latest))) | {
        "contacts": masked_of(s.session, firm.code),
        "visits": [visit(s, one) for one in shown],
        "earlier": shown[-1].visit.ref if len(found) > pages.visits else None,
    }


def case(s: Serving, one: Case, actor: Actor | None = None) -> dict[str, Any]:
    """Return a case of a firm in a line, as whoever asks reads it or somebody else."""
    return {
        "number": one.number,
        "title": worklist.title(s.known, views.bare(s, one, actor or s.actor)),
        "status": one.status,
        "status_name": views.status_name(one, own=actor is not None),
        "unit": views.unit(s.known, one.unit_code),
        "reported_at": one.reported_at,
    }


def promised(s: Serving, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the measures that a firm's joint cases consist of, as far as whoever asks sees them.

    What others reported and was bundled with them is promised to those. What a meeting resolved
    for one of them is an item of it, and so among them.
    """
    joint = {one.id: one.number for one in cases if one.joint}
    query = sa.select(Case).where(Case.joint_id.in_(joint), visible(s.actor, s.known.office, s.at))
    query = query.where(Case.channel == CHANNEL)
    found = s.session.scalars(query.order_by(Case.id)) if joint else ()
    return [
        case(s, one) | {"of": joint.get(one.joint_id or 0), "result": one.result} for one in found
    ]


def visit(s: Serving, one: Shown) -> dict[str, Any]:
    """Return a visit: never who made it, but in which role and for which unit."""
    made = one.visit
    return {
        "ref": made.ref,
        "firm": short(one.firm),
        "on": made.visited_on,
        "role": made.role,
        "role_name": say(Role(made.role).label),
        "unit": views.unit(s.known, made.unit_code),
        "met": list(made.met),
        "met_names": [say(MET[who]) for who in made.met if who in MET],
        "follow_up_on": made.follow_up_on,
        "needs": [case(s, need) for need in one.cases],
    }


def recorded(s: Serving, made: Recorded) -> dict[str, Any]:
    """Return what became of a visit: each need's case, with the code for the firm to follow it."""
    keys = s.known.settings.keys
    view = visit(s, Shown(made.visit, made.firm, made.cases))
    for need in view["needs"]:
        need["query_code"] = keys.query_code(need["number"])
    return view


def planned(s: Serving, one: Planned) -> dict[str, Any]:
    """Return a suggestion of the plan."""
    today = s.at.astimezone(s.known.settings.zone).date()
    return listed(s, one.listed) | {
        "every_days": one.every_days,
        "from_day": one.from_day,
        "waits": one.waits(today),
    }


def due(s: Serving, one: Due) -> dict[str, Any]:
    """Return what is to be asked after."""
    return {
        "firm": short(one.firm),
        "on": one.visit.visited_on,
        "follow_up_on": one.visit.follow_up_on,
    }


def branch(s: Serving, one: Branch) -> dict[str, Any]:
    """Return what a branch of business needs."""
    return {
        "name": one.name,
        "firms": one.firms,
        "needs": one.needs,
        "categories": [
            {"category": views.category(s.known, code), "needs": count}
            for code, count in one.by_category.items()
        ],
    }


def helper(s: Serving, one: Helper) -> dict[str, Any]:
    """Return who could help, with why in data and in words."""
    unit = one.unit
    return {
        "unit": {"code": unit.code, "name": unit.name},
        "offers": list(unit.offers),
        "languages": list(unit.languages),
        "hours": unit.hours,
        "reasons": [
            {"rule": rule, "data": data, "words": say(REASONS[rule], _values(data))}
            for rule, data in one.reasons
        ],
    }


def _values(data: dict[str, Any]) -> dict[str, str]:
    return {"words": say(N_(", ")).join(data.get("words", ()))}


def draft(body: dict[str, Any], s: Serving) -> VisitDraft:
    """Return a visit as the verb takes it, with what is noted of each need."""
    today = s.at.astimezone(s.known.settings.zone).date()
    told = {"version": data_map().version, "collected": ["description", "location"]}
    return VisitDraft(
        firm=body["firm"],
        on=body.get("on") or today,
        met=tuple(dict.fromkeys(body["met"])),
        needs=tuple(Heard(**need) for need in body.get("needs") or ()),
        follow_up_on=body.get("follow_up_on"),
        noted={"notice": told},
    )


def span(s: Serving, wanted: dict[str, Any]) -> tuple[datetime, datetime]:
    """Return the half-open period of two days, both in it; the last 90 where they are left out."""
    zone = s.known.settings.zone
    last = wanted.get("last") or s.at.astimezone(zone).date()
    first = wanted.get("first") or last - PERIOD
    midnight = datetime.min.time()
    return (
        datetime.combine(first, midnight, zone),
        datetime.combine(last, midnight, zone) + timedelta(days=1),
    )
