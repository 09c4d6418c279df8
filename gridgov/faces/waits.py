"""What is late now and what waits for a word from above, as tables without a name in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from gridgov.cases.worklist import scenes
from gridgov.faces.asking import Asking, behind
from gridgov.faces.serve import Serving
from gridgov.faces.worklist import line
from gridgov.insight.late import late_now, open_until
from gridgov.insight.overview import to_decide
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


def late(one: Asking, most: int = LATE_SHOWN) -> tuple[Section, int, str | None]:
    """What is late now, where and whose; how many; and the list of them all."""
    s = one.s
    asked = open_until(one.q.asked, one.today)
    within = reach(s.actor, s.known.office)
    cases, number = late_now(
        s.session, asked, within, s.actor, s.known, s.at, most=most, as_of=one.q.as_of
    )
    lines = [line(s.known, scene) for scene in scenes(s.session, cases, s.actor, s.at, s.known)]
    lines.sort(key=lambda row: (row["due"] is None, row["due"] or row["reported_at"]))
    span = one.q._replace(asked=asked, period=Period(asked.start, asked.end))
    section = Section("late", say(N_("Late now")), _case_heads(), [_case(s, row) for row in lines])
    return section, number, behind(urlencode({"number": "late"} | span.query))


def decide(s: Serving) -> tuple[Section, list[dict[str, Any]]]:
    """What waits for a word from above: as a table, and in groups with their lines."""
    found, counts = to_decide(s.session, s.actor, s.known, s.at)
    cases = list({one.case.id: one.case for one in found}.values())
    lines = {
        scene.case.id: line(s.known, scene)
        for scene in scenes(s.session, cases, s.actor, s.at, s.known)
    }
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
    return Section("decide", say(N_("What needs deciding")), heads, rows), groups


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
