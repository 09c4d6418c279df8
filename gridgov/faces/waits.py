"""What is late now and what waits for a word from above, as tables without a name in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gridgov.cases.tables import Case
from gridgov.cases.worklist import scenes
from gridgov.faces import spoken
from gridgov.faces.asking import Asking, behind
from gridgov.faces.rest import rest
from gridgov.faces.serve import Serving
from gridgov.faces.worklist import line
from gridgov.insight.figures import OVERDUE, OVERDUE_LABEL, OVERDUE_METHOD
from gridgov.insight.late import late_now
from gridgov.insight.overview import MOST, Deciding, to_decide
from gridgov.insight.paper import Cell, Section
from gridgov.insight.reach import reach
from gridgov.language import say
from gridgov.words import N_

LATE_SHOWN = 30
WHY = {
    "urgent": N_("Urgent, still open"),
    "return": N_("Return asked for"),
    "extension": N_("More time asked for"),
    "suspension": N_("Suspension asked for"),
    "joint": N_("Joint handling proposed"),
    "denied": N_("Denied by the reporter"),
    "reopened": N_("Opened again"),
    "suspension_ends": N_("Suspension ends within a week"),
}


class Waits(NamedTuple):
    """What waits for a word from above, in groups with their lines; of how many cases."""

    section: Section
    groups: list[dict[str, Any]]
    cases: int


class Late(NamedTuple):
    """What is past its limit, where and whose; how many; the list of them all; how counted."""

    section: Section
    lines: list[dict[str, Any]]
    number: int
    link: str | None
    method: str


def late(one: Asking, most: int = LATE_SHOWN) -> Late:
    """Return what is late now."""
    cases, number = _late(one, most)
    return _late_of(one, _lines(one.s, cases), cases, number)


def decide(s: Serving, most: int = MOST) -> Waits:
    """Return what waits for a word from above, at most so many lines of each kind."""
    found = to_decide(s.session, s.actor, s.known, s.at, most)
    return _decide_of(s, _lines(s, [one.case for one in found.found]), found)


def both(one: Asking, late_most: int, most: int) -> tuple[Waits, Late]:
    """Return what waits for a word and what is late, their cases read together."""
    found = to_decide(one.s.session, one.s.actor, one.s.known, one.s.at, most)
    cases, number = _late(one, late_most)
    lines = _lines(one.s, [*(each.case for each in found.found), *cases])
    return _decide_of(one.s, lines, found), _late_of(one, lines, cases, number)


def _lines(s: Serving, cases: Iterable[Case]) -> dict[int, dict[str, Any]]:
    each = list({case.id: case for case in cases}.values())
    return {
        scene.case.id: line(s.known, scene)
        for scene in (scenes(s.session, each, s.actor, s.at, s.known) if each else ())
    }


def _late(one: Asking, most: int) -> tuple[Sequence[Case], int]:
    s = one.s
    within = reach(s.actor, s.known.office)
    asked, as_of = one.q.asked, one.q.as_of
    return late_now(s.session, asked, within, s.actor, s.known, s.at, most=most, as_of=as_of)


def _late_of(
    one: Asking, lines: Mapping[int, dict[str, Any]], cases: Sequence[Case], number: int
) -> Late:
    found = [lines[case.id] for case in cases]
    rows = [_past(one, each) for each in found]
    heads = _case_heads()
    heads.insert(-1, say(N_("Late by")))
    method = say(OVERDUE_METHOD)
    link = behind(urlencode({"number": OVERDUE} | one.q.query))
    said = rest(len(rows), number, link)
    section = Section("late", say(OVERDUE_LABEL), heads, rows, method, rest=said)
    return Late(section, found, number, link, method)


def _past(one: Asking, row: Mapping[str, Any]) -> list[Cell]:
    """Return a case that is past its limit: by how much in words, and since when exactly."""
    due = row["case_due"]
    at = one.q.as_of or one.s.at
    by = spoken.span((at - due).total_seconds()) if due else None
    *first, _ = _case(one.s, row)
    return [*first, Cell(by), Cell(_day(one.s, due))]


def _decide_of(s: Serving, lines: Mapping[int, dict[str, Any]], deciding: Deciding) -> Waits:
    found, counts, cases = deciding
    groups: list[dict[str, Any]] = [
        {
            "name": why,
            "label": say(label),
            "count": counts.get(why, 0),
            "cases": [lines[one.case.id] for one in found if one.why == why],
        }
        for why, label in WHY.items()
        if counts.get(why)
    ]
    rows = [
        [Cell(say(WHY[one.why])), *_case(s, lines[one.case.id])] for one in found if one.why in WHY
    ]
    heads = [say(N_("What for")), *_case_heads()]
    whole = sum(group["count"] for group in groups)
    said = rest(len(rows), whole, "/list?status=open")
    title = say(N_("What needs deciding"))
    return Waits(Section("decide", title, heads, rows, rest=said), groups, cases)


def _case_heads() -> list[str]:
    heads = (N_("Case"), N_("What"), N_("Place"), N_("Grid"), N_("Unit"), N_("Due"))
    return [say(head) for head in heads]


def _case(s: Serving, row: Mapping[str, Any]) -> list[Cell]:
    return [
        Cell(row["number"], link=f"/cases/{row['number']}"), Cell(row["title"]),
        Cell(row["place"]), Cell(row["grid"]["name"] if row["grid"] else None),
        Cell(row["unit"]["name"] if row["unit"] else None), Cell(_day(s, row["due"])),
    ]  # fmt: skip


def _day(s: Serving, due: datetime | None) -> str | None:
    return f"{due.astimezone(s.known.settings.zone):%Y-%m-%d %H:%M}" if due else None
