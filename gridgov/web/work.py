"""My work: what waits for whoever looks, by the verb it waits for."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response as Answer

from gridgov.cases.worklist import BY_NAME, WORK, waiting
from gridgov.faces.worklist import piles
from gridgov.language import say
from gridgov.people.roles import Role
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import visiting
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
    Role.ORGANISER: tuple(work.name for work in WORK),
}


@blueprint.get("/work")
def work() -> Answer:
    """Show the piles, today's first; `?pile=` one of them alone."""
    chosen = request.args.get("pile")
    with visiting() as visit:
        s = visit.serving
        found = piles(s.known, waiting(s.session, s.actor, s.at, s.known))
        mine = {name for duty in s.actor.duties for name in OF_ROLE.get(duty.role, ())}
        shown = [pile for pile in found if pile["name"] in mine or pile["count"]]
        one = chosen if chosen in BY_NAME else None
        tabs = [(say(N_("All of it")), "/work", None, one is None)]
        tabs += [
            (pile["label"], f"/work?pile={pile['name']}", pile["count"], pile["name"] == one)
            for pile in shown
        ]
        return visit.page("work.html", piles=shown, chosen=one, tabs=tabs)
