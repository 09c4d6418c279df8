"""Administration (三员): each of the three administrators finds their own part, and no more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from flask import Response, request, url_for
from werkzeug.wrappers import Response as Answer

from gridgov.faces import access
from gridgov.language import say
from gridgov.people.actors import Actor
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

PAGE = 50


class Part(NamedTuple):
    """A page of the administration: what it is called, where it is, what it is for."""

    label: str
    endpoint: str
    hint: str


# Who may open which, the access table says.
PARTS = (
    Part(N_("Accounts"), "web.admin_accounts", N_("Who signs in; first passwords, locks, tokens")),
    Part(
        N_("Duties"), "web.admin_duties", N_("Who holds which role where; deputies; handing over")
    ),
    Part(N_("People"), "web.admin_people", N_("Who may hold duties")),
    Part(N_("Duty roster"), "web.admin_roster", N_("Who is called at which hour")),
    Part(N_("Maps"), "web.admin_maps", N_("Versions of the map; check a file, and take it")),
    Part(N_("Categories"), "web.admin_categories", N_("Kinds of request, whom they go to, limits")),
    Part(N_("Ladder"), "web.admin_ladder", N_("When whom is told; rehearse a change first")),
    Part(N_("Calendar"), "web.admin_calendar", N_("Holidays and make-up days; import a year")),
    Part(N_("Channels"), "web.admin_channels", N_("How people and other systems are told")),
    Part(N_("Messages given up"), "web.admin_dead", N_("Read why, and let them go out again")),
    Part(N_("Whether it runs"), "web.admin_state", N_("Whether jobs and sealing run")),
    Part(N_("Journals"), "web.admin_journals", N_("What happened and belongs to no case")),
    Part(N_("Contacts read"), "web.admin_readings", N_("Who read which contact, and why")),
    Part(N_("Audit trail"), "web.admin_audit", N_("Seals, and the last verification")),
)


@blueprint.get("/admin")
def admin() -> Answer:
    """Show whoever administers the doors that are theirs."""
    with visiting() as visit:
        doors = [
            (say(one.label), url_for(one.endpoint), say(one.hint)) for one in mine(visit.actor)
        ]
        return visit.page("admin.html", doors=doors, tabs=[])


def mine(actor: Actor) -> list[Part]:
    """Return the parts that somebody may open."""
    return [one for one in PARTS if access.LINES["GET", one.endpoint].lets_in(actor)]


def shown(visit: Visit, template: str, here: str, status: int = 200, **values: Any) -> Response:
    """Show a page of the administration, below the tabs of whoever looks."""
    tabs = [
        (say(one.label), url_for(one.endpoint), None, one.endpoint == here)
        for one in mine(visit.actor)
    ]
    title = next(say(one.label) for one in PARTS if one.endpoint == here)
    values.setdefault("errors", [])
    return visit.page(template, status, tabs=tabs, title=title, **values)


def onward(address: str) -> Response:
    """Go on to another page after something was done."""
    return Response(status=303, headers={"Location": address})


def after() -> int:
    """Return what the page that is asked for comes after."""
    given = request.args.get("after", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def local(visit: Visit, text: str) -> datetime | None:
    """Return an instant as a browser's field says it, in the office's time zone."""
    try:
        made = datetime.fromisoformat(text).replace(tzinfo=visit.zone) if text else None
        return made.astimezone(UTC) if made else None
    except (ValueError, OverflowError):  # no date, or one that UTC cannot tell
        return None
