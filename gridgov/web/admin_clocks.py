"""The ladder and the calendar, for the system administrator: look, rehearse, put in force."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.wrappers import Response as Answer

from gridgov.cases.workflow import STEPS
from gridgov.database import db
from gridgov.errors import BadInput, GridgovError
from gridgov.escalation.put_in_force import put_ladder, put_year
from gridgov.escalation.replan import Replanned, preview
from gridgov.ladder.ladder import Rung, parse
from gridgov.language import say, sentence
from gridgov.web import forms
from gridgov.web.admin import onward, shown
from gridgov.web.admin_words import RUNGS, called
from gridgov.web.blueprint import blueprint
from gridgov.web.forms import Wrong
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_
from gridgov.worktime.calendar import FIRST_YEAR, LAST_YEAR
from gridgov.worktime.problems import DaysWrong
from gridgov.worktime.read import MAX_BYTES, read
from gridgov.worktime.rules import missing_years
from gridgov.worktime.show import shown as year_shown

LADDER, CALENDAR = "web.admin_ladder", "web.admin_calendar"
MOST_SHOWN = 100
SHOWN = 20  # mistakes of a file
LONGEST = 100_000  # of a ladder, in characters
CLOCKS = {
    "any": N_("any clock"), "intake": N_("intake"), "verify": N_("verification"),
    "dispatch": N_("dispatch"), "accept": N_("acceptance"), "handle": N_("handling"),
    "check": N_("check"), "case": N_("the whole case"), "waiting": N_("waiting for the reporter"),
    "suspension": N_("suspension"), "letter": N_("validity of the letter"),
    "join": N_("co-operation"),
}  # fmt: skip
TELLS = {
    "actor": N_("whoever must act"), "leader": N_("Grid leader"), "head": N_("Head of unit"),
    "unit": N_("the unit"), "street": N_("Street"), "district": N_("the district"),
    "next_on_duty": N_("the next on the roster"), "reporter": N_("reporter"),
    "asked": N_("the unit asked to co-operate"), "lead": N_("the leading unit"),
}  # fmt: skip
URGENCY = {"urgent": N_("urgent"), "normal": N_("normal")}
UNITS = {
    "urgent_hours": N_("%(n)s urgent hours"), "working_hours": N_("%(n)s working hours"),
    "working_days": N_("%(n)s working days"), "calendar_days": N_("%(n)s calendar days"),
}  # fmt: skip


class NoLadder(BadInput):
    """Choose a file, or write the ladder into the field."""


class NoDaysFile(BadInput):
    """Choose the file of the year first."""


@blueprint.get("/admin/ladder")
def admin_ladder() -> Answer:
    """Show the ladder in force."""
    with visiting() as visit:
        return _ladder(visit, "", [])


@blueprint.post("/admin/ladder/plan")
def admin_plan_ladder() -> Answer:
    """Rehearse a ladder: what it would change on which open case; changes nothing."""
    text = _text()
    try:
        new = parse(text) if text.strip() else None
        if new is None:
            raise NoLadder(field="text")
        with visiting() as visit:
            settings, at = visit.serving.known.settings, visit.serving.at
        changes = preview(db.engine, settings, at, new)
        with visiting() as visit:
            return _ladder(visit, text, [], changes)
    except GridgovError as error:
        wrong = forms.of_error(error)
    with visiting() as visit:
        return _ladder(visit, text, [one | {"field": "text"} for one in wrong])


@blueprint.post("/admin/ladder")
def admin_put_ladder() -> Answer:
    """Put a ladder in force, and plan all open cases again."""
    text = _text()
    try:
        new = parse(text)
        with visiting() as visit:
            settings, actor, at = visit.serving.known.settings, visit.actor, visit.serving.at
        changed = put_ladder(db.engine, settings, new, "web", actor, at)
    except GridgovError as error:
        wrong = forms.of_error(error)
    else:
        return onward(f"/admin/ladder?changed={changed}")
    with visiting() as visit:
        return _ladder(visit, text, [one | {"field": "text"} for one in wrong])


@blueprint.get("/admin/calendar")
def admin_calendar() -> Answer:
    """Show a year: working days by month, holidays and make-up days; and what years lack."""
    with visiting() as visit:
        return _calendar(visit, [])


@blueprint.post("/admin/calendar")
def admin_put_year() -> Answer:
    """Take a year from a file, whole; provisional deadlines are computed again."""
    sent = request.files.get("file")
    try:
        with visiting() as visit:
            s = visit.serving
            settings, actor, at = s.known.settings, visit.actor, s.at
            keeping = s.known.calendars.keeping
        if sent is None or not sent.filename:
            raise NoDaysFile(field="file")
        published = read(sent.stream.read(MAX_BYTES + 1), keeping)
        code = keeping.chosen(None, settings.time_zone)
        made, moved = put_year(db.engine, settings, code, published, sent.filename, actor, at)
    except DaysWrong as error:
        wrong = [{"field": "file", "message": _line(one)} for one in error.problems[:SHOWN]]
        if (beyond := error.values["count"] - SHOWN) > 0:
            more = say(N_("… and %(n)s lines more"), {"n": beyond})
            wrong.append({"field": "file", "message": more})
    except GridgovError as error:
        wrong = forms.of_error(error)
    else:
        same = "&same=1" if made.unchanged else ""
        return onward(f"/admin/calendar?year={made.year}&moved={moved}{same}")
    with visiting() as visit:
        return _calendar(visit, wrong)


def _text() -> str:
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        # What a file holds stands in the field then, so that it can be mended there.
        return sent.stream.read(LONGEST).decode("utf-8", "replace")
    return request.form.get("text", "")[:LONGEST].replace("\r\n", "\n")


def _line(problem: Any) -> str:
    if problem.line is None:
        return sentence(problem)
    return say(N_("Line %(line)s: %(text)s"), {"line": problem.line, "text": sentence(problem)})


def _ladder(
    visit: Visit, text: str, wrong: Wrong, changes: list[Replanned] | None = None
) -> Answer:
    known = visit.serving.known
    rehearsed = None
    if changes is not None:
        lines = [(one.number, change) for one in changes for change in one.changes]
        rehearsed = {
            "cases": len(changes),
            "lines": [
                (number, say(CLOCKS.get(change.clock, change.clock)), called(RUNGS, change.name),
                 change.before, change.after)
                for number, change in lines[:MOST_SHOWN]
            ],
            "more": max(0, len(lines) - MOST_SHOWN),
        }  # fmt: skip
    return shown(
        visit,
        "admin_ladder.html",
        LADDER,
        422 if wrong else 200,
        errors=wrong,
        text=text,
        rehearsed=rehearsed,
        changed=request.args.get("changed"),
        rungs=[_rung(one) for one in known.ladder.rungs],
        limits=[
            (say(CLOCKS[clock]), _limit(limit)) for clock, limit in known.ladder.limits.items()
        ],
    )


def _rung(one: Rung) -> tuple[str, ...]:
    when = f"{round(one.fraction * 100)} %" if one.fraction is not None else _limit(one.after)
    if one.before is not None:
        when = say(N_("%(time)s before"), {"time": _limit(one.before)})
    of = [one.category, say(URGENCY[one.urgency]) if one.urgency else ""]
    steps = [say(STEPS[name].label) for name in one.steps]
    told = [say(TELLS[name]) for name in one.tell]
    lists = (", ".join(filter(None, names)) for names in (steps, told, of))
    return called(RUNGS, one.name), say(CLOCKS[one.clock]), when, *lists


def _limit(limit: Any) -> str:
    if limit is None:
        return ""
    return say(UNITS[str(limit.kind)], {"n": f"{float(limit.amount):g}"})


def _calendar(visit: Visit, wrong: Wrong) -> Answer:
    s, args = visit.serving, request.args
    now = s.at.astimezone(visit.zone)
    asked = args.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else now.year
    year = min(max(year, FIRST_YEAR), LAST_YEAR)
    calendar, keeping = s.known.calendar(None), s.known.calendars.keeping
    code = keeping.of(None, visit.zone.key).calendar
    days = s.known.calendars.days.get(code or "")
    found = year_shown(calendar, year, days.days if days else {})
    loaded = days.years.get(year) if days else None
    return shown(
        visit,
        "admin_calendar.html",
        CALENDAR,
        422 if wrong else 200,
        errors=wrong,
        year=found,
        source=loaded.source if loaded else None,
        missing=missing_years(calendar, s.at),
        moved=args.get("moved"),
        same=args.get("same"),
        office=[f"{a:%H:%M}–{b:%H:%M}" for a, b in calendar.office],
    )
