"""A list of cases: by filters, or what is behind a number, whose count is that number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from werkzeug.wrappers import Response as Answer

from gridgov.cases import numbers
from gridgov.cases.find import Wanted, count, search
from gridgov.cases.workflow import STATUS_LABELS, Status
from gridgov.cases.worklist import scenes
from gridgov.faces import asking
from gridgov.faces.figures import question
from gridgov.faces.inputs import OUT_OF_RANGE, choice, code, text
from gridgov.faces.serve import Serving
from gridgov.faces.worklist import line
from gridgov.insight.behind import NUMBERS, behind
from gridgov.insight.figures import COUNTED, FIGURES, OVERDUE, OVERDUE_LABEL
from gridgov.insight.periods import FIRST, LAST
from gridgov.insight.reach import reach
from gridgov.language import say
from gridgov.web import meeting as page
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import visiting
from gridgov.words import N_

SHOWN = 50
GROUPS = {"open": N_("All open ones"), "ended": N_("All ended ones")}
PARTS = {
    "over": N_("counted of it"),
    "under": N_("all that it is counted of"),
    "raw_over": N_("counted of it, with what is excused"),
    "raw_under": N_("all that it is counted of, with what is excused"),
}


class ListAddress(Schema):
    """What a list is asked for besides places and times."""

    class Meta:
        """Places and times are read elsewhere."""

        unknown = EXCLUDE

    q = text(100)
    number = choice(NUMBERS)
    status = choice({*Status, *GROUPS})
    after = fields.String(validate=validate.Length(max=80))


LIST = ListAddress()


DAYS = validate.Range(date(FIRST, 1, 1), date(LAST, 12, 31), error=OUT_OF_RANGE)


class FilterAddress(Schema):
    """Places and kinds, where no period is named."""

    class Meta:
        """The rest is read elsewhere."""

        unknown = EXCLUDE

    grid = code()
    cell = code(15)
    unit = code()
    category = code(5)
    channel = code(20)
    since = fields.Date(data_key="from", validate=DAYS)
    until = fields.Date(data_key="to", validate=DAYS)


FILTER = FilterAddress()


@blueprint.get("/list")
def cases() -> Answer:
    """Show a page of cases, the newest first, with how many there are."""
    args = page.given()
    if "last" in args:
        args = page.inclusive(args)
    with visiting() as visit:
        s = visit.serving
        try:
            more, places = LIST.load(args), FILTER.load(args)
        except ValidationError as error:
            raise page.AddressNotUnderstood(field=next(iter(error.messages_dict))) from error
        wanted, heading = _wanted(s, args, more, places)
        found = search(s.session, wanted, s.actor, s.at, s.known)
        whole = count(s.session, wanted, s.actor, s.at, s.known)
        lines = [line(s.known, one)
                 for one in scenes(s.session, found.cases, s.actor, s.at, s.known)]  # fmt: skip
        own = {name: value for name, value in args.items() if name != "after"}
        return visit.page(
            "list.html", lines=lines, count=whole, heading=heading, args=own,
            statuses=_statuses(), filters=_offered(s), query=urlencode(own),
            next=f"/list?{urlencode(own | {'after': found.next})}" if found.next else None,
            first=f"/list?{urlencode(own)}" if "after" in args else None,
            export=None if "number" in more else _export(own), in_use=_in_use(s, own),
        )  # fmt: skip


def _wanted(
    s: Serving, args: dict[str, str], more: dict[str, Any], places: dict[str, Any]
) -> tuple[Wanted, str]:
    status = (more["status"],) if "status" in more else ()
    base = Wanted(status=status, after=more.get("after"), limit=SHOWN)
    sought = more.get("q", "")
    if sought and (read := _number(sought)):
        base = replace(base, number=read)
    elif sought:
        base = replace(base, q=sought)
    if "number" in more:
        asked = question(s, page.ADDRESS.load(args))
        condition = behind(
            s.session, more["number"], asked.asked, reach(s.actor, s.known.office), s.actor,
            s.known, s.at, as_of=asked.as_of,
        )  # fmt: skip
        heading = _called(more["number"])
        if more["number"] != OVERDUE:
            heading = f"{heading} · {asking.told(asked.period)}"
        parts = [heading, *page.narrowed(s, asked)]
        return replace(base, behind=condition), " · ".join(parts)
    zone = s.known.settings.zone
    instants: dict[str, Any] = {
        name: page.midnight(places.pop(name), zone) for name in ("since", "until") if name in places
    }
    return replace(base, **places, **instants), say(N_("Cases"))


def _number(sought: str) -> str | None:
    try:
        return numbers.read(sought)
    except numbers.NumberWrong:
        return None


def _called(number: str) -> str:
    if number == OVERDUE:
        return say(OVERDUE_LABEL)
    if number in COUNTED:
        return say(COUNTED[number][0])
    name, _, part = number.partition(".")
    label = next(figure.label for figure in FIGURES if figure.name == name)
    return f"{say(label)}, {say(PARTS[part])}"


def _statuses() -> list[tuple[str, str]]:
    own = [(name, say(label)) for name, label in GROUPS.items()]
    return own + [(status.value, say(STATUS_LABELS[status])) for status in Status]


def _offered(s: Serving) -> dict[str, Any]:
    return page.offered(s) | {"last": _day_before(request.args.get("to"))}


def _in_use(s: Serving, args: dict[str, str]) -> list[str]:
    """Return the filters in words; what is searched for stands in its own field."""
    said = [label for name, label in _statuses() if name == args.get("status")]
    chosen = {name: args[name] for name in ("grid", "unit", "category", "channel") if name in args}
    said += [asking.label_of(s, name, value) for name, value in chosen.items()]
    said += [args["cell"]] if "cell" in args else []
    days = {"first": args.get("from"), "last": _day_before(args.get("to"))}
    if any(days.values()):
        days = {name: day or "…" for name, day in days.items()}
        said.append(say(N_("%(first)s to %(last)s"), days))
    return said


def _day_before(text: str | None) -> str:
    try:
        return (fields.Date().deserialize(text) - timedelta(days=1)).isoformat() if text else ""
    except ValidationError:
        return ""


def _export(args: dict[str, str]) -> str:
    """Return the parameters of the same list as a file."""
    names = ("status", "grid", "unit", "category", "channel", "cell", "q")
    return urlencode({name: args[name] for name in names if name in args})
