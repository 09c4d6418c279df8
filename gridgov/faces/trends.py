"""Figures over time, and where they grow, as tables and lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from gridgov.faces.asking import WEEK, Asking, asked_by, behind
from gridgov.faces.figures import name_of
from gridgov.faces.rest import rest
from gridgov.faces.said import together
from gridgov.insight.figures import COUNTED, summed
from gridgov.insight.overview import hot_spots
from gridgov.insight.paper import Cell, Chart, Kind, Section, Series
from gridgov.insight.periods import Period
from gridgov.insight.reach import reach
from gridgov.insight.totals import Totals
from gridgov.language import say
from gridgov.words import N_

WEEKS, FEW_WEEKS, LINES, SPOTS = 12, 8, 5, 100
BEGUN = N_("%(week)s (not over yet)")
LEFT_OUT = N_("The week from %(week)s is not over yet: the table says so, the chart leaves it out.")
OF_CLOSED = N_("Closed are cases filed in that week; of late weeks some are still open.")


def trend(one: Asking) -> Section:
    """Cases reported and filed by week, with those of the weeks a year before."""
    start, end = _weeks(one, WEEKS)
    spans = [Period(start, end), Period(start - 52 * WEEK, end - 52 * WEEK)]
    here, past = (_by_week(found) for found in asked_by(one, spans, ("week",)))
    weeks = [start + number * WEEK for number in range((end - start) // WEEK)]
    rows = []
    for week in weeks:
        now, then = here.get(week, {}), past.get(week - 52 * WEEK, {})
        asked = replace(one.q.asked, start=week, end=week + WEEK)
        query = one.q._replace(period=Period(week, week + WEEK, "week"), asked=asked).query
        links = {
            name: behind(urlencode({"number": name} | query)) for name in ("reported", "closed")
        }
        rows.append([
            Cell(_called(one, week)), Cell(now.get("reported", 0), Kind.COUNT, links["reported"]),
            Cell(then.get("reported", 0), Kind.COUNT),
            Cell(now.get("closed", 0), Kind.COUNT, links["closed"]),
        ])  # fmt: skip
    heads = (N_("Week from"), N_("Reported"), N_("Reported a year before"),
             N_("Closed, of those filed"))  # fmt: skip
    labels = [say(head) for head in heads]
    drawn = rows[: len(_over(one, weeks))]
    series = [
        Series(say(N_("Reported")), [row[1].value for row in drawn]),
        Series(say(N_("Closed cases")), [row[3].value for row in drawn]),
    ]
    if any(row[2].value for row in drawn):
        faint = [row[2].value for row in drawn]
        series.append(Series(say(N_("A year before")), faint, faint=True))
    chart = Chart("lines", [row[0].value for row in drawn], series)
    note = together([say(OF_CLOSED), *_left_out(one, weeks)])
    return Section("trend", say(N_("Week by week")), labels, rows, note, chart)


def category_trend(one: Asking) -> Section:
    """Cases filed by category and week; those with most as lines."""
    start, end = _weeks(one, FEW_WEEKS)
    weeks = [start + number * WEEK for number in range((end - start) // WEEK)]
    [found] = asked_by(one, [Period(start, end)], ("category", "week"))
    by: dict[str, dict[date, int]] = {}
    for (category, week), totals in found.items():
        by.setdefault(str(category), {})[week] = totals.counts["filed"]
    rows = []
    for category, counts in sorted(by.items()):
        links = [_of_week(one, week, category) for week in weeks]
        rows.append([
            Cell(name_of(one.s, "category", category)),
            *(Cell(counts.get(week, 0), Kind.COUNT, link)
              for week, link in zip(weeks, links, strict=True)),
        ])  # fmt: skip
    heads = [say(N_("Category")), *(_called(one, week) for week in weeks)]
    over = _over(one, weeks)
    most = sorted(rows, key=lambda row: -sum(cell.value for cell in row[1:]))[:LINES]
    lines = [Series(row[0].value, [cell.value for cell in row[1 : len(over) + 1]]) for row in most]
    chart = Chart("lines", [f"{week:%m-%d}" for week in over], lines)
    drawn = say(N_("Filed in the weeks from these days; those with most are drawn."))
    note = together([drawn, *_left_out(one, weeks)])
    title = say(N_("Categories week by week"))
    return Section("category_trend", title, heads, rows, note, chart)


def _over(one: Asking, weeks: list[date]) -> list[date]:
    """Return the weeks that are over; drawn beside them, one that has begun looks like a fall."""
    return [week for week in weeks if week + WEEK <= one.today]


def _called(one: Asking, week: date) -> str:
    day = f"{week:%m-%d}"
    return day if _over(one, [week]) else say(BEGUN, {"week": day})


def _left_out(one: Asking, weeks: list[date]) -> list[str]:
    begun = [week for week in weeks if not _over(one, [week])]
    return [say(LEFT_OUT, {"week": f"{week:%m-%d}"}) for week in begun]


def _of_week(one: Asking, week: date, category: str) -> str | None:
    asked = replace(one.q.asked, start=week, end=week + WEEK, category=category)
    question = one.q._replace(period=Period(week, week + WEEK, "week"), asked=asked)
    return behind(urlencode({"number": "filed"} | question.query))


def _weeks(one: Asking, number: int) -> tuple[date, date]:
    """Return so many whole weeks, the last being that in which the period or today ends."""
    last = min(one.q.period.end - timedelta(days=1), one.today)
    end = last - timedelta(days=last.weekday()) + WEEK
    start = min(end - number * WEEK, max(one.q.period.start, end - 53 * WEEK))
    return start - timedelta(days=start.weekday()), end


def _by_week(found: Mapping[Any, Totals]) -> dict[date, dict[str, int]]:
    return {
        key[0]: {name: summed(parts, totals.counts) for name, (_, parts) in COUNTED.items()}
        for key, totals in found.items()
    }


def spots(one: Asking) -> Section:
    """Where a category has grown."""
    s = one.s
    within = reach(s.actor, s.known.office)
    cells = (cell for version in s.known.active(s.at).versions for cell in version.cells)
    landmarks = {cell.code: cell.landmark for cell in cells}
    found, rows = hot_spots(s.session, one.q.asked, within, s.actor, s.known, s.at), []
    for spot in found[:SPOTS]:
        asked = replace(one.q.asked, cell=spot.cell, category=spot.category)
        link = behind(urlencode({"number": "filed"} | one.q._replace(asked=asked).query))
        rows.append([
            Cell(landmarks.get(spot.cell) or spot.cell),
            Cell(name_of(s, "category", spot.category)), Cell(spot.load, Kind.COUNT, link),
            Cell(spot.usual, Kind.POINTS),
        ])  # fmt: skip
    heads = (N_("Place"), N_("Category"), N_("Filed"), N_("Usual"))
    note = say(N_("Cells with five or more of a category, and half again as many as the mean of "
                  "the four equal spans before."))  # fmt: skip
    where = f"/api/v1/figures/hot-spots?{urlencode(one.q.query)}"
    said = rest(len(rows), len(found), where)
    title = say(N_("Hot spots"))
    return Section("spots", title, [say(head) for head in heads], rows, note, rest=said)
