"""Categories, channels, messages given up, and how jobs stand: for the system administrator."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.wrappers import Response as Answer

from gridgov.audit.status import status
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.errors import GridgovError
from gridgov.faces import spoken, views
from gridgov.faces.serve import Serving
from gridgov.jobs.standing import standing
from gridgov.language import say, speaks
from gridgov.notices import claim, webhooks
from gridgov.notices.channels import kinds, list_channels
from gridgov.web import forms
from gridgov.web.admin import onward, shown
from gridgov.web.admin_words import CHANNELS, JOBS, called
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import Wrong
from gridgov.web.meeting_forms import is_key
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

MOST = 200
DEAD = "web.admin_dead"
URGENCY = {"normal": N_("normal"), "urgent": N_("urgent")}
CHECKED = {"always": N_("always"), "sample": N_("by sample")}
PHOTO = {"none": N_("none"), "after": N_("after handling")}
PUBLIC = {"no": N_("no"), "place": N_("place"), "text": N_("text")}
UNITS = {
    "urgent_hours": N_("%(n)s urgent hours"), "working_hours": N_("%(n)s working hours"),
    "working_days": N_("%(n)s working days"), "calendar_days": N_("%(n)s calendar days"),
}  # fmt: skip


@blueprint.get("/admin/categories")
def admin_categories() -> Answer:
    """List the kinds of request, whom they go to, and by when."""
    with visiting() as visit:
        s = visit.serving
        rows = [_category(s, one) for one in s.known.categories.values()]
        heads = (
            N_("Code of the kind"), N_("Class"), N_("Kind of request"), N_("Goes to"),
            N_("Urgency"), N_("Limit"), N_("Photo"), N_("Checked"), N_("Public"), N_("Standard"),
        )  # fmt: skip
        table = {
            "caption": say(N_("Categories")),
            "heads": [say(head) for head in heads],
            "rows": rows,
            "none": say(N_("There is no category yet.")),
            "how": say(N_("Load them with `gridgov load`.")),
        }
        intro = say(
            N_("Change them in their file, and load it again; codes of our own are marked.")
        )
        here = "web.admin_categories"
        return shown(visit, "admin_list.html", here, tables=[table], intro=intro)


@blueprint.get("/admin/channels")
def admin_channels() -> Answer:
    """List how people are reached, addresses masked, and which systems are told."""
    with visiting() as visit:
        s = visit.serving
        people = [
            (_person(s, one.holder), called(CHANNELS, one.kind), one.label)
            for one in list_channels(s.session, None)
        ]
        systems = [
            (one["url"], one["waiting"], one["sent"], one["dead"])
            for one in webhooks.listed(s.session)
        ]
        tables = [
            {
                "caption": say(N_("People")),
                "heads": [say(N_("Person")), say(N_("Channel")), say(N_("Address"))],
                "rows": people,
                "none": say(N_("Nobody has a channel yet.")),
                "how": say(N_("One is added on the server: "
                              "gridgov notices channel add PERSON ADDRESS")),
                "how_always": True,
            },
            {
                "caption": say(N_("Other systems")),
                "heads": [say(N_("Address")), say(N_("Waiting")), say(N_("Sent")),
                          say(N_("Given up"))],
                "rows": systems,
                "none": say(N_("No other system is told.")),
                "how": say(N_("One is added on the server: gridgov notices webhook add ADDRESS")),
                "how_always": True,
            },
        ]  # fmt: skip
        return shown(visit, "admin_list.html", "web.admin_channels", tables=tables)


@blueprint.get("/admin/messages")
def admin_dead() -> Answer:
    """List the messages that were given up, with why."""
    with visiting() as visit:
        return _dead(visit, [])


@blueprint.post("/admin/messages/<int:key>/retry")
def admin_retry(key: int) -> Answer:
    """Let a message that was given up go out again."""
    try:
        with visiting(write=True) as visit:
            s = visit.serving
            claim.retry(s.session, s.known.settings.keys, key, s.at, s.actor)
    except GridgovError as error:
        with visiting() as visit:
            return _dead(visit, forms.of_error(error))
    return onward("/admin/messages?done=1")


@blueprint.get("/admin/state")
def admin_state() -> Answer:
    """Tell whether jobs run, and how sealing stands."""
    with visiting() as visit:
        s = visit.serving
        jobs = [
            one._asdict() | {"every": spoken.span(one.every_s), "name": called(JOBS, one.job)}
            for one in standing(s.session, s.at)
        ]
        audit = status(s.session, s.at)
        return shown(visit, "admin_state.html", "web.admin_state", jobs=jobs, audit=audit)


def _dead(visit: Visit, wrong: Wrong) -> Answer:
    s = visit.serving
    before = request.args.get("before", "")
    letters = claim.dead_letters(s.session, MOST + 1, int(before) if is_key(before) else None)
    more, letters = len(letters) > MOST, letters[:MOST]
    by = kinds(s.session, (one.channel for one in letters))
    found = [
        {
            "id": one.id,
            "at": one.created_at,
            "to": _person(s, one.recipient),
            "channel": called(CHANNELS, by.get(one.channel, one.channel)),
            "error": one.error or "",
        }
        for one in letters
    ]
    done = request.args.get("done")
    code = 422 if wrong else 200
    return shown(
        visit, "admin_dead.html", DEAD, code,
        errors=wrong, dead=found, done=done, number=claim.dead_number(s.session),
        next=letters[-1].id if more else None,
    )  # fmt: skip


def _category(s: Serving, one: CategoryFacts) -> tuple[Any, ...]:
    unit = views.unit(s.known, one.unit)
    limit = one.limits.get("case")
    return (
        one.code + (f" ({say(N_('local'))})" if one.local else ""),
        one.group if speaks("zh") else one.group_en,
        one.name if speaks("zh") else one.name_en,
        unit["name"] if unit else say(N_("by its grid")),
        say(URGENCY.get(one.urgency, one.urgency)),
        say(UNITS[str(limit[0])], {"n": f"{float(limit[1]):g}"}) if limit else "",
        say(PHOTO.get(one.photo, one.photo)),
        say(CHECKED.get(one.check, one.check)),
        say(PUBLIC.get(one.public, one.public)),
        one.standard_ref or "",
    )


def _person(s: Serving, code: str) -> str:
    found = views.person(s.known, code)
    return found["name"] if found else code
