"""What is late now and what waits for a word from above, as tables without a name in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gridgov.cases.tables import Case
from gridgov.cases.worklist import scenes
from gridgov.faces.asking import Asking, behind
from gridgov.faces.serve import Serving
from gridgov.faces.worklist import line
from gridgov.insight.late import late_now, open_until
from gridgov.insight.overview import MOST, Deciding, to_decide
from gridgov.insight.paper import Cell, Section
from gridgov.insight.periods import Period
from gridgov.insight.reach import reach
from gridgov.language import say
from gridgov.words import N_

LATE_SHOWN = 30
WHY = {
    "urgent": N_("Urgent, still open"),
    "return": N_("Return asked for"),
    "extension": N_("More time asked for"),
    "suspension": N_("Suspension asked for"),
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
    """What is late now, where and whose; how many; and the list of them all."""

    section: Section
    number: int
    link: str | None


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
    asked = open_until(one.q.asked, one.today)
    return late_now(s.session, asked, within, s.actor, s.known, s.at, most=most, as_of=one.q.as_of)


def _late_of(
    one: Asking, lines: Mapping[int, dict[str, Any]], cases: Sequence[Case], number: int
) -> Late:
    asked = open_until(one.q.asked, one.today)
    rows = [lines[case.id] for case in cases]
    rows.sort(key=lambda row: (row["due"] is None, row["due"] or row["reported_at"]))
    span = one.q._replace(asked=asked, period=Period(asked.start, asked.end))
    made = [_case(one.s, row) for row in rows]
    section = Section("late", say(N_("Late now")), _case_heads(), made)
    return Late(section, number, behind(urlencode({"number": "late"} | span.query)))


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
    return Waits(Section("decide", say(N_("What needs deciding")), heads, rows), groups, cases)


def _case_heads() -> list[str]:
    heads = (N_("Case"), N_("What"), N_("Place"), N_("Grid"), N_("Unit"), N_("Due"))
    return [say(head) for head in heads]


def _case(s: Serving, row: Mapping[str, Any]) -> list[Cell]:
    zone = s.known.settings.zone
    due = f"{row['due'].astimezone(zone):%Y-%m-%d %H:%M}" if row["due"] else None
    return [
        Cell(row["number"], link=f"/cases/{row['number']}"), Cell(row["title"]),
        Cell(row["place"]), Cell(row["grid"]["name"] if row["grid"] else None),
        Cell(row["unit"]["name"] if row["unit"] else None), Cell(due),
    ]  # fmt: skip
