"""What a committee looks at, as sections of tables and charts: on its page, and on paper.

One section is one table with the cases behind its numbers; the page, the sheet and the printed
report show the same sections, so that paper and screen agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gridgov.cases.worklist import scenes
from gridgov.errors import NotFound
from gridgov.faces import views
from gridgov.faces.figures import COMPARED, Question, name_of, shown
from gridgov.faces.serve import Serving
from gridgov.faces.worklist import line
from gridgov.insight.ask import ask
from gridgov.insight.figures import COUNTED, rates, score_parts, summed
from gridgov.insight.figures import score as whole_score
from gridgov.insight.figures import told as rates_told
from gridgov.insight.late import late_now, open_until
from gridgov.insight.overview import hot_spots, to_decide
from gridgov.insight.paper import Cell, Chart, Kind, Paper, Section, Series
from gridgov.insight.periods import Period
from gridgov.insight.reach import OF_AREA, reach
from gridgov.insight.totals import Totals
from gridgov.language import say, speaks
from gridgov.people.roles import Role
from gridgov.words import N_

Counts = Mapping[str, int]
WEEK = timedelta(days=7)
WEEKS, FEW_WEEKS, LINES, BARS = 12, 8, 5, 12
LATE_SHOWN = 30
LIST = "/list?"
WHY = {
    "urgent": N_("Urgent, still open"),
    "return": N_("Return asked for"),
    "extension": N_("More time asked for"),
    "suspension": N_("Suspension asked for"),
    "denied": N_("Denied by the reporter"),
    "reopened": N_("Opened again"),
    "suspension_ends": N_("Suspension ends within a week"),
}
CHANNELS = {
    "web": N_("Web page"),
    "wechat": N_("WeChat"),
    "telephone": N_("Telephone"),
    "hotline": N_("Hotline"),
    "counter": N_("Counter"),
    "visit": N_("Visit"),
    "patrol": N_("Patrol"),
    "mail": N_("Letter"),
    "open311": N_("Other programs"),
}
PARTS = {
    "closing_in_time": N_("Closed in time"),
    "closing": N_("Closing rate"),
    "rework": N_("Without rework"),
    "cards": N_("Without cards"),
}
BY = {
    "grid": (N_("Grids beside their own past"), N_("Grid")),
    "unit": (N_("Units beside their own past"), N_("Unit")),
    "category": (N_("By category"), N_("Category")),
    "channel": (N_("By channel"), N_("Channel")),
}
BY_NOTE = N_("In the order of the map and the office, not a ranking. “–”: nothing to count of.")


class Asking(NamedTuple):
    """A question, and its figures with those before."""

    s: Serving
    q: Question
    found: Mapping[str, Any]

    @property
    def today(self) -> date:
        """The local day at which it is judged."""
        at = self.q.as_of or self.s.at
        return at.astimezone(self.s.known.settings.zone).date()

    @property
    def of_area(self) -> bool:
        """Tell whether whoever looks decides for an area, rather than for a grid or a unit."""
        return reach(self.s.actor, self.s.known.office).role in OF_AREA


def asking(s: Serving, q: Question) -> Asking:
    """Ask for the figures of a period, the one before and a year before."""
    return Asking(s, q, shown(s, q, compare=True))


def behind(query: str | None) -> str | None:
    """Return the page that lists what is behind a number."""
    return LIST + query if query else None


def label_of(s: Serving, dimension: str, code: str) -> str:
    """Return what a grid, unit, category or channel is called."""
    if dimension == "channel":
        return say(CHANNELS[code]) if code in CHANNELS else code
    return name_of(s, dimension, code)


def figures(one: Asking) -> Section:
    """All counts and rates, with the period before and a year before."""
    rows = []
    before, year = one.found["before"], one.found["year_before"]
    for count in one.found["counts"]:
        name, kind = count["name"], Kind.COUNT
        rows.append([
            Cell(count["label"]), Cell(count["value"], kind, behind(count["cases"])), Cell(""),
            Cell(before["counts"][name], kind), Cell(year["counts"][name], kind),
            Cell(count["method"]),
        ])  # fmt: skip
    for rate in one.found["rates"]:
        name = rate["name"]
        said = "" if rate["under"] is None else f"{rate['over']} / {rate['under']}"
        rows.append([
            Cell(rate["label"]),
            Cell(rate["value"], Kind.RATE, behind(rate["cases"]["under"]), rate["few"]), Cell(said),
            Cell(before["rates"][name], Kind.RATE), Cell(year["rates"][name], Kind.RATE),
            Cell(rate["method"]),
        ])  # fmt: skip
    for name, kind in (("evaluation", Kind.RATE), ("score", Kind.POINTS)):
        whole = one.found[name]
        rows.append([
            Cell(whole["label"]), Cell(whole["value"], kind), Cell(""),
            Cell(before[name], kind), Cell(year[name], kind), Cell(whole["method"]),
        ])  # fmt: skip
    heads = (N_("Figure"), N_("Now"), N_("Cases"), N_("Period before"), N_("Year before"),
             N_("How it is counted"))  # fmt: skip
    return Section("figures", say(N_("Figures")), [say(head) for head in heads], rows)


def score(one: Asking) -> Section:
    """The overall score taken apart."""
    whole = one.found["score"]
    rows = [
        [Cell(say(PARTS[part["name"]])), Cell(part["points"], Kind.POINTS),
         Cell(float(part["of"]), Kind.POINTS),
         Cell(None if part["points"] is None else part["of"] - part["points"], Kind.POINTS)]
        for part in whole["parts"]
    ]  # fmt: skip
    heads = [say(N_("Part")), say(N_("Points")), say(N_("Of")), say(N_("Lost"))]
    chart = Chart(
        "bars", [row[0].value for row in rows],
        [Series(say(N_("Points")), [row[1].value for row in rows])], Kind.POINTS,
    )  # fmt: skip
    return Section("score", say(N_("The score taken apart")), heads, rows, whole["method"], chart)


def clocks(one: Asking) -> Section:
    """Working minutes of each clock."""
    rows = [
        [Cell(clock["label"]), Cell(clock["n"], Kind.COUNT), Cell(clock["median"], Kind.MINUTES),
         Cell(clock["p90"], Kind.MINUTES),
         Cell(one.found["before"]["clocks"][clock["clock"]], Kind.MINUTES)]
        for clock in one.found["clocks"]
    ]  # fmt: skip
    heads = (N_("Clock"), N_("Cases"), N_("Median, minutes"), N_("90th percentile, minutes"),
             N_("Median before"))  # fmt: skip
    note = say(N_("Working minutes of clocks that have stopped; nearest rank."))
    return Section("clocks", say(N_("Times")), [say(head) for head in heads], rows, note)


def broken_down(one: Asking, by: str) -> Section:
    """Grids, units, categories or channels, each beside its own past, in their order."""
    title, what = BY[by]
    period = one.q.period
    here = _asked(one, period.start, period.end, (by,))
    past = _asked(one, period.before.start, period.before.end, (by,))
    of_unit = reach(one.s.actor, one.s.known.office).role is Role.HEAD
    rows = [
        _beside(one, by, code, totals.counts, past.get((code,), Totals()).counts, of_unit=of_unit)
        for (code,), totals in sorted(here.items())
    ]
    heads = (what, N_("Filed"), N_("Filed before"), N_("Closed cases"), N_("Late now"),
             N_("Closed in time"), N_("In time before"), N_("Rework rate"), N_("Satisfaction rate"),
             N_("Overall score"), N_("Score before"))  # fmt: skip
    most = sorted((row[1].value for row in rows), reverse=True)[:BARS]
    bars = [row for row in rows if by == "grid" or row[1].value >= most[-1]]
    chart = Chart(
        "bars", [row[0].value for row in bars],
        [Series(say(N_("Filed")), [row[1].value for row in bars]),
         Series(say(N_("Filed before")), [row[2].value for row in bars], faint=True)],
    )  # fmt: skip
    return Section(by, say(title), [say(head) for head in heads], rows, say(BY_NOTE), chart)


def _beside(
    one: Asking, by: str, code: str, here: Counts, past: Counts, *, of_unit: bool
) -> list[Cell]:
    """Return a grid's, unit's, category's or channel's row: now, and before."""
    own: dict[str, Any] = {by: code}
    query = one.q._replace(asked=replace(one.q.asked, **own)).query
    found, before = rates(here), rates(past)
    values = rates_told(here, to_a_unit=of_unit)
    values_before = rates_told(past, to_a_unit=of_unit)

    def counted(name: str) -> Cell:
        number = summed(COUNTED[name][1], here)
        return Cell(number, Kind.COUNT, behind(urlencode({"number": name} | query)))

    def rate(name: str) -> Cell:
        return Cell(values[name], Kind.RATE, None, found[name].few)

    return [
        Cell(label_of(one.s, by, code), link=f"?{urlencode(query)}"), counted("filed"),
        Cell(past.get("filed", 0), Kind.COUNT), counted("closed"), counted("late"),
        rate("closing_in_time"), Cell(values_before["closing_in_time"], Kind.RATE),
        rate("rework"), rate("satisfied"),
        Cell(whole_score(score_parts(found, here)), Kind.POINTS),
        Cell(whole_score(score_parts(before, past)) if past.get("filed") else None, Kind.POINTS),
    ]  # fmt: skip


def trend(one: Asking) -> Section:
    """Cases reported and filed by week, with those of the weeks a year before."""
    start, end = _weeks(one, WEEKS)
    here, past = _by_week(one, start, end), _by_week(one, start - 52 * WEEK, end - 52 * WEEK)
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
            Cell(f"{week:%m-%d}"), Cell(now.get("reported", 0), Kind.COUNT, links["reported"]),
            Cell(then.get("reported", 0), Kind.COUNT),
            Cell(now.get("closed", 0), Kind.COUNT, links["closed"]),
        ])  # fmt: skip
    heads = (N_("Week from"), N_("Reported"), N_("Reported a year before"),
             N_("Closed, of those filed"))  # fmt: skip
    labels = [say(head) for head in heads]
    series = [
        Series(say(N_("Reported")), [row[1].value for row in rows]),
        Series(say(N_("Closed cases")), [row[3].value for row in rows]),
    ]
    if any(row[2].value for row in rows):
        faint = [row[2].value for row in rows]
        series.append(Series(say(N_("A year before")), faint, faint=True))
    chart = Chart("lines", [row[0].value for row in rows], series)
    return Section("trend", say(N_("Week by week")), labels, rows, chart=chart)


def category_trend(one: Asking) -> Section:
    """Cases filed by category and week; those with most as lines."""
    start, end = _weeks(one, FEW_WEEKS)
    weeks = [start + number * WEEK for number in range((end - start) // WEEK)]
    found = _asked(one, start, end, ("category", "week"))
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
    heads = [say(N_("Category")), *(f"{week:%m-%d}" for week in weeks)]
    most = sorted(rows, key=lambda row: -sum(cell.value for cell in row[1:]))[:LINES]
    lines = [Series(row[0].value, [cell.value for cell in row[1:]]) for row in most]
    chart = Chart("lines", [f"{week:%m-%d}" for week in weeks], lines)
    note = say(N_("Filed in the weeks from these days; those with most are drawn."))
    title = say(N_("Categories week by week"))
    return Section("category_trend", title, heads, rows, note, chart)


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


def _asked(one: Asking, start: date, end: date, by: tuple[str, ...]) -> Mapping[Any, Totals]:
    s = one.s
    asked = replace(one.q.asked, start=start, end=end)
    within = reach(s.actor, s.known.office)
    return ask(
        s.session, asked, within, s.actor, s.known, s.at, as_of=one.q.as_of, by=by, minutes=False
    ).by


def _by_week(one: Asking, start: date, end: date) -> dict[date, dict[str, int]]:
    return {
        key[0]: {name: summed(parts, totals.counts) for name, (_, parts) in COUNTED.items()}
        for key, totals in _asked(one, start, end, ("week",)).items()
    }


def spots(one: Asking) -> Section:
    """Where a category has grown."""
    s = one.s
    within = reach(s.actor, s.known.office)
    cells = (cell for version in s.known.active(s.at).versions for cell in version.cells)
    landmarks = {cell.code: cell.landmark for cell in cells}
    rows = []
    for spot in hot_spots(s.session, one.q.asked, within, s.actor, s.known, s.at):
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
    return Section("spots", say(N_("Hot spots")), [say(head) for head in heads], rows, note)


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


TABLES: dict[str, Callable[[Asking], Section]] = {
    "figures": figures,
    "score": score,
    "grid": lambda one: broken_down(one, "grid"),
    "unit": lambda one: broken_down(one, "unit"),
    "trend": trend,
    "category": lambda one: broken_down(one, "category"),
    "category_trend": category_trend,
    "channel": lambda one: broken_down(one, "channel"),
    "spots": spots,
    "clocks": clocks,
    "late": lambda one: late(one)[0],
}
OF_A_UNIT = frozenset({"grid"})


def names(one: Asking) -> list[str]:
    """Return which tables are for whoever looks: an area's are not for a grid or a unit."""
    if one.of_area:
        return list(TABLES)
    role = reach(one.s.actor, one.s.known.office).role
    left_out = {"unit"} if role is Role.LEADER else {"grid"}
    return [name for name in TABLES if name not in left_out]


def grids_of(s: Serving) -> list[dict[str, str]]:
    """Return the grids of today's map, in their order."""
    codes = sorted({cell.grid for version in s.known.active(s.at).versions
                    for cell in version.cells})  # fmt: skip
    return [found for code in codes if (found := views.grid(s.known, code))]


class TableUnknown(NotFound):
    """There is no such table of figures for you."""


def report(one: Asking) -> list[Section]:
    """Return what the weekly and monthly report holds, in the order of the meeting."""
    decided = [decide(one.s)[0]] if one.s.actor.holds(Role.COMMITTEE, Role.DISPATCHER) else []
    found = {name: TABLES[name](one) for name in names(one)}
    first = [found.pop(name) for name in ("late", "figures", "score")]
    return [*decided, *first, *found.values()]


def paper(s: Serving, q: Question, sections: list[Section]) -> Paper:
    """Return sections with what stands above them on paper."""
    titles = {"week": N_("Weekly report"), "month": N_("Monthly report")}
    title = say(titles.get(q.period.unit, N_("Report of figures")))
    office = s.known.settings.office_name
    return Paper(
        office, title, told(q.period), judged(s, q), sections, "zh" if speaks("zh") else "en"
    )


def told(period: Period) -> str:
    """Return a period as people say it."""
    last = period.end - timedelta(days=1)
    values = {"year": period.start.year, "month": period.start.month, "day": period.start.day,
              "last": f"{last:%Y-%m-%d}", "first": f"{period.start:%Y-%m-%d}"}  # fmt: skip
    if period.unit == "week":
        year, week, _ = period.start.isocalendar()
        return say(N_("week %(week)s of %(year)s (%(first)s to %(last)s)"),
                   values | {"year": year, "week": week})  # fmt: skip
    if period.unit == "month":
        return say(N_("%(year)s-%(month)s, the month"), values)
    if period.unit == "quarter":
        quarter = {"quarter": (period.start.month + 2) // 3}
        return say(N_("quarter %(quarter)s of %(year)s"), values | quarter)
    if period.unit == "year":
        return say(N_("the year %(year)s"), values)
    return say(N_("%(first)s to %(last)s"), values)


def judged(s: Serving, q: Question) -> str:
    """Return when the figures were judged, as paper says it."""
    at = (q.as_of or s.at).astimezone(s.known.settings.zone)
    return say(N_("as of %(at)s"), {"at": f"{at:%Y-%m-%d %H:%M}"})


class Tile(NamedTuple):
    """One figure in large digits, with what was before and how it is counted."""

    label: str
    now: Cell
    past: list[Past]
    method: str
    note: str


class Past(NamedTuple):
    """What a figure was, and how it has changed since: in percent, points of percent or points."""

    label: str
    was: Cell
    change: str


def _past(one: Asking, now: Cell, values: Mapping[str, Any]) -> list[Past]:
    labels = (N_("On the period before"), N_("On the year before"))
    return [
        Past(say(label), was := Cell(values[span], now.kind), _change(now, was))
        for span, label in zip(COMPARED, labels, strict=True)
    ]


def _change(now: Cell, was: Cell) -> str:
    if now.value is None or was.value is None:
        return "–"
    if now.kind is Kind.COUNT:
        return f"{(now.value - was.value) / was.value:+.1%}" if was.value else "–"
    scale = 100 if now.kind is Kind.RATE else 1
    return say(N_("%(change)s points"), {"change": f"{(now.value - was.value) * scale:+.1f}"})


def tile(one: Asking, name: str) -> Tile:
    """Return a count, rate, evaluation or score as a tile."""
    for kind, group, key in ((Kind.COUNT, "counts", "cases"), (Kind.RATE, "rates", "cases")):
        for found in one.found[group]:
            if found["name"] == name:
                whole = kind is Kind.COUNT
                link = found[key] if whole else found[key]["under"]
                was = {span: one.found[span][group][name] for span in COMPARED}
                parts = not whole and found["under"] is not None
                note = f"{found['over']} / {found['under']}" if parts else ""
                now = Cell(found["value"], kind, behind(link), bool(found.get("few")))
                return Tile(found["label"], now, _past(one, now, was), found["method"], note)
    found = one.found[name]
    now = Cell(_hundred(found["value"], name), Kind.POINTS)
    was = {span: _hundred(one.found[span][name], name) for span in COMPARED}
    return Tile(found["label"], now, _past(one, now, was), found["method"], "")


def _hundred(value: float | None, name: str) -> float | None:
    return value * 100 if value is not None and name == "evaluation" else value
