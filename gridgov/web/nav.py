"""Which pages stand in whose navigation, the first page first; what is not built is not shown."""

from __future__ import annotations

from typing import NamedTuple

from flask import current_app, request, url_for

from gridgov.people.actors import Actor
from gridgov.people.firms import LOOKERS
from gridgov.people.roles import ADMIN_ROLES, Role
from gridgov.words import N_

_ON_SITE = frozenset({Role.LEADER, Role.MEMBER, Role.HANDLER, Role.HEAD, Role.ORGANISER})

_JOINT = frozenset({Role.COMMITTEE, Role.DISPATCHER, Role.HEAD})
_FIGURES = frozenset({Role.DISPATCHER, Role.LEADER, Role.HEAD, Role.ORGANISER, Role.GIS})


class Entry(NamedTuple):
    """A link of the navigation, and the roles that it is for; none: for everybody.

    `without_duty`: for whoever has an account but no duty, who may have claimed a wish.
    """

    label: str
    endpoint: str
    roles: frozenset[Role] = frozenset()
    without_duty: bool = False

    def shown(self, actor: Actor) -> bool:
        """Tell whether it is for somebody."""
        if self.without_duty:
            return actor.account is not None and not actor.duties
        return not self.roles or actor.holds(*self.roles)


class Link(NamedTuple):
    """A link as it is shown."""

    label: str
    address: str
    here: str  # for aria-current: the page itself, or "true" for a page below it


# What is reached from a page of the navigation but does not stand below its address.
BELOW = {"web.visits": ("/firms",)}
# The first one that is somebody's is the page that they begin with.
NAV = (
    Entry(N_("What needs deciding"), "web.committee", frozenset({Role.COMMITTEE})),
    Entry(N_("Queue"), "web.queue", frozenset({Role.DISPATCHER})),
    Entry(N_("My work"), "web.work", _ON_SITE),
    Entry(N_("Visits"), "web.visits", LOOKERS),
    Entry(N_("Callbacks"), "web.calls", frozenset({Role.CALLER})),
    Entry(N_("Telephone intake"), "web.intake", frozenset({Role.DISPATCHER, Role.CALLER})),
    Entry(N_("Figures"), "web.figures", _FIGURES),
    Entry(N_("Joint cases"), "web.joint", _JOINT),
    Entry(N_("Meetings"), "web.meetings_page", frozenset({Role.COMMITTEE, Role.DISPATCHER})),
    Entry(N_("On duty"), "web.duty", frozenset({Role.DISPATCHER, Role.COMMITTEE, Role.CALLER})),
    Entry(N_("Map"), "web.map", frozenset({Role.GIS, Role.DISPATCHER, Role.COMMITTEE})),
    Entry(N_("Redraw grids"), "web.rehearse", frozenset({Role.GIS, Role.COMMITTEE})),
    Entry(N_("Administration"), "web.admin", ADMIN_ROLES),
    Entry(N_("My work"), "web.work", without_duty=True),
    Entry(N_("Report"), "web.report"),
    Entry(N_("Follow"), "web.follow"),
    Entry(N_("Wishes"), "web.wishes"),
)


def links(actor: Actor) -> list[Link]:
    """Return the navigation of whoever looks."""
    return [
        Link(one.label, address := url_for(one.endpoint), _here(one.endpoint, address))
        for one in NAV
        if one.endpoint in current_app.view_functions and one.shown(actor)
    ]


def _here(endpoint: str, address: str) -> str:
    if request.endpoint == endpoint:
        return "page"
    below = (f"{address}/", *(f"{one}/" for one in BELOW.get(endpoint, ())))
    return "true" if f"{request.path}/".startswith(below) else ""


def first_page(actor: Actor) -> str | None:
    """Return where somebody's work begins; None where nothing is theirs alone."""
    for one in NAV:
        if one.roles and actor.holds(*one.roles) and one.endpoint in current_app.view_functions:
            return url_for(one.endpoint)
    return None
