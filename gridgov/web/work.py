"""My work: what waits for whoever looks, by the verb it waits for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import request
from werkzeug.wrappers import Response as Answer

from gridgov.cases.facts import Scene
from gridgov.cases.rules import offered
from gridgov.cases.standing import role_for
from gridgov.cases.workflow import STEPS
from gridgov.cases.worklist import BY_NAME, Waiting, waiting
from gridgov.faces import meetings, views
from gridgov.faces.worklist import TITLE, piles
from gridgov.joint.invite import coming
from gridgov.language import say
from gridgov.people.roles import Role
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

# The piles that a role meets at all; a pile that can never hold anything is not shown empty.
OF_GRID = ("intake", "verify", "dispatch", "check", "returned")
OF_UNIT = ("accept", "handle", "returned")
OF_ROLE = {
    Role.LEADER: OF_GRID,
    Role.MEMBER: ("verify", "check"),
    Role.HANDLER: OF_UNIT,
    Role.HEAD: OF_UNIT,
    Role.DISPATCHER: ("decide", *OF_GRID),
    Role.ORGANISER: ("intake", "dispatch", "accept", "handle"),
}
AT_A_GLANCE = 6  # whoever would have more piles than these sees those alone that hold something
QUICK = frozenset({"accept", "join"})


@blueprint.get("/work")
def work() -> Answer:
    """Show the piles, today's first; `?pile=` one of them alone."""
    chosen = request.args.get("pile")
    with visiting() as visit:
        s = visit.serving
        waits, beyond = waiting(s.session, s.actor, s.at, s.known)
        found = piles(s.known, waits)
        mine = {name for duty in s.actor.duties for name in OF_ROLE.get(duty.role, ())}
        one = chosen if chosen in BY_NAME else None
        empty = mine if len(mine) <= AT_A_GLANCE else {one}
        shown = [pile for pile in found if pile["name"] in empty or pile["count"]]
        tabs = [(say(N_("All of it")), "/work", None, one is None)]
        tabs += [
            (pile["label"], f"/work?pile={pile['name']}", pile["count"], pile["name"] == one)
            for pile in shown
        ]
        more = {case.scene.case.number: _more(case) for case in waits}
        for pile in shown:
            pile["days"] = _by_day(visit, pile["cases"])
        return visit.page(
            "work.html",
            piles=shown,
            chosen=one,
            tabs=tabs,
            more=more,
            beyond=beyond,
            places=_places(visit),
            meetings=meetings.short(s, coming(s.session, s.actor, s.at, s.known)),
        )


def _more(one: Waiting) -> dict[str, Any]:
    """Return what can be done from the list itself: a step that asks nothing, a call."""
    quick = [offer.step for offer in offered(one.scene, QUICK) if not any(offer.needs)]
    return {
        "quick": [(step.name, say(step.label)) for step in quick],
        "reach": _reachable(one.scene),
        "item": _item(one.scene),
    }


def _item(scene: Scene) -> str | None:
    """Return what an item of a joint case is about, as whoever put it on the list wrote it."""
    text = " ".join((scene.case.summary or "").split()) if scene.case.joint_id else ""
    return (text[:TITLE] + "…" if len(text) > TITLE else text) or None


def _reachable(scene: Scene) -> bool:
    """Tell whether whoever looks may read the contact; the case's page asks for what, and notes."""
    return not scene.case.anonymous and role_for(scene, STEPS["read_contact"]) is not None


def _by_day(visit: Visit, cases: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Part a pile's cases into today's, with what is late or urgent, and what can wait."""
    local = visit.serving.at.astimezone(visit.zone)
    tomorrow = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    today = [one for one in cases if _today(one, tomorrow)]
    later = [one for one in cases if not _today(one, tomorrow)]
    named = ((say(N_("Today")), today), (say(N_("Later")), later))
    return [(label, some) for label, some in named if some]


def _today(one: dict[str, Any], tomorrow: datetime) -> bool:
    return bool(one["urgent"] or (one["due"] is not None and one["due"] < tomorrow))


def _places(visit: Visit) -> str:
    """Name the grids and units for which whoever looks works."""
    s = visit.serving
    held = [duty.place for duty in s.actor.duties if duty.role in OF_ROLE]
    found = [views.grid(s.known, place) or views.unit(s.known, place) for place in held]
    return " · ".join(dict.fromkeys(one["name"] for one in found if one))
