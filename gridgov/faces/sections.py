"""Figures as tables: all of them, the score taken apart, times, and what is beside what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from gridgov.faces.asking import Asking, asked_by, behind, label_of
from gridgov.insight.figures import COUNTED, rates, score_parts, summed
from gridgov.insight.figures import score as whole_score
from gridgov.insight.figures import told as rates_told
from gridgov.insight.paper import Cell, Chart, Kind, Order, Section, Series
from gridgov.insight.reach import reach
from gridgov.insight.totals import Totals
from gridgov.language import say
from gridgov.people.roles import Role
from gridgov.words import N_

Counts = Mapping[str, int]
BARS = 12
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
RANKED_NOTE = N_("Ranked, since you asked for it: few cases say little, and loads differ.")
# By what grids and units are ranked on request, by the column that holds it.
ORDERS = {"filed": 1, "late": 4, "closing_in_time": 5, "rework": 7, "satisfied": 8, "score": 9}
RANKED = ("grid", "unit")


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
    heads = (N_("Stage"), N_("Cases"), N_("Median, minutes"), N_("90th percentile, minutes"),
             N_("Median before"))  # fmt: skip
    note = say(N_("Working minutes of clocks that have stopped; nearest rank."))
    return Section("clocks", say(N_("Times")), [say(head) for head in heads], rows, note)


def broken_down(one: Asking, by: str) -> Section:
    """Grids, units, categories or channels, each beside its own past, in their order."""
    title, what = BY[by]
    period = one.q.period
    here, past = asked_by(one, [period, period.before], (by,))
    of_unit = reach(one.s.actor, one.s.known.office).role is Role.HEAD
    rows = [
        _beside(one, by, code, totals.counts, past.get((code,), Totals()).counts, of_unit=of_unit)
        for (code,), totals in sorted(here.items())
    ]
    heads = (what, N_("Filed"), N_("Filed before"), N_("Closed cases"), N_("Late, of those filed"),
             N_("Closed in time"), N_("In time before"), N_("Rework rate"), N_("Satisfaction rate"),
             N_("Overall score"), N_("Score before"))  # fmt: skip
    ranked = bool(one.order) and by in RANKED
    if ranked:
        rows.sort(key=lambda row: _rank(row[ORDERS[one.order]].value))
    orders = _orders(one, by, [say(head) for head in heads]) if by in RANKED else ()
    most = sorted((row[1].value for row in rows), reverse=True)[:BARS]
    bars = [row for row in rows if by == "grid" or row[1].value >= most[-1]]
    chart = Chart(
        "bars", [row[0].value for row in bars],
        [Series(say(N_("Filed")), [row[1].value for row in bars]),
         Series(say(N_("Filed before")), [row[2].value for row in bars], faint=True)],
    )  # fmt: skip
    note = say(RANKED_NOTE if ranked else BY_NOTE)
    return Section(by, say(title), [say(head) for head in heads], rows, note, chart, orders)


def _rank(value: float | None) -> tuple[bool, float]:
    return value is None, -(value or 0)


def _orders(one: Asking, by: str, heads: Sequence[str]) -> list[Order]:
    """Return the orders that a table can be had in, that of the map and the office first."""
    names = {"": say(N_("map and office"))} | {name: heads[at] for name, at in ORDERS.items()}
    return [
        Order(
            label,
            "?" + urlencode(one.q.query | ({"sort": name} if name else {})) + f"#{by}",
            name == one.order,
        )
        for name, label in names.items()
    ]


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
