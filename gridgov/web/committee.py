"""The committee's page: what needs deciding, what is late, the figures, the map, where it grows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from werkzeug.wrappers import Response as Answer

from gridgov.faces import asking, meeting, sections, tiles, waits
from gridgov.faces.figures import Question
from gridgov.insight.paper import Paper, Section
from gridgov.insight.report_pdf import pdf
from gridgov.insight.report_xlsx import table, workbook
from gridgov.language import say, speaks
from gridgov.web import meeting as page
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

LATE_ON_THE_WALL = 8
TILES = ("reported", "closing_in_time", "evaluation", "rework", "own_grid", "score")
BESIDE = ("grid", "unit", "trend", "category", "category_trend", "channel", "spots", "clocks")


@blueprint.get("/committee")
def committee() -> Answer:
    """Show everything for the wall and the weekly meeting; no names of persons."""
    if "last" in request.args:
        return redirect("/committee?" + urlencode(page.inclusive(page.given())), 303)
    with visiting() as visit:
        s, q = visit.serving, page.asked(visit.serving)
        one = asking.asking(s, q)
        waiting, groups = waits.decide(s)
        late, late_count, late_list = waits.late(one, LATE_ON_THE_WALL)
        return visit.page(
            "committee.html", **_common(visit, one, q), groups=groups, late=late,
            deciding=len({row[1].value for row in waiting.rows}),
            late_count=late_count, late_list=late_list,
            sections={name: meeting.TABLES[name](one) for name in BESIDE},
        )  # fmt: skip


@blueprint.get("/figures")
def figures() -> Answer:
    """Show figures as far as one's duties reach: an area's, one's own grid's or unit's."""
    if "last" in request.args:
        return redirect("/figures?" + urlencode(page.inclusive(page.given())), 303)
    with visiting() as visit:
        s, q = visit.serving, page.asked(visit.serving)
        one = asking.asking(s, q)
        left_out = ("figures", "score", "late")
        shown = [meeting.TABLES[name](one) for name in meeting.names(one) if name not in left_out]
        return visit.page("figures.html", **_common(visit, one, q), shown=shown)


@blueprint.get("/figures/tables/<name>.<form>")
def figures_table(name: str, form: str) -> Answer:
    """Send one table as CSV or XLSX."""
    with visiting() as visit:
        s, q = visit.serving, page.asked(visit.serving)
        one = asking.asking(s, q)
        if name not in meeting.names(one) or form not in ("csv", "xlsx"):
            raise meeting.TableUnknown
        section = meeting.TABLES[name](one)
        stem = f"{name}-{q.period.start}-{q.period.end}"
        if form == "csv":
            return page.sent(table(section), f"{stem}.csv", "text/csv")
        return page.sent(workbook(paper(visit, q, [section])), f"{stem}.xlsx", page.XLSX)


@blueprint.get("/figures/report.<form>")
def figures_report(form: str) -> Answer:
    """Send the report of a period for the meeting: PDF to print, XLSX to reckon with."""
    with visiting() as visit:
        s, q = visit.serving, page.asked(visit.serving)
        one = asking.asking(s, q)
        if form not in ("pdf", "xlsx"):
            raise meeting.TableUnknown
        made = paper(visit, q, meeting.report(one))
        name = f"gridgov-{q.period.start}-{q.period.end}.{form}"
        if form == "pdf":
            return page.sent(pdf(made), name, "application/pdf")
        return page.sent(workbook(made), name, page.XLSX)


def paper(visit: Visit, q: Question, sections: list[Section]) -> Paper:
    """Return sections with what stands above them on paper."""
    return meeting.paper(visit.serving, q, sections)


def _common(visit: Visit, one: asking.Asking, q: Question) -> dict[str, Any]:
    s = visit.serving
    query = urlencode(q.query)
    return {
        "one": one,
        "query": query,
        "period": asking.told(q.period),
        "judged": asking.judged(s, q),
        "narrowed": page.narrowed(s, q),
        "periods": page.choices(s, q),
        "filters": page.filters(s, q),
        "tiles": [tiles.tile(one, name) for name in TILES],
        "score": sections.score(one),
        "all_figures": sections.figures(one),
        "grid_names": {found["code"]: found["name"] for found in asking.grids_of(s)},
        "map_query": query,
        "chinese_first": speaks("zh"),
        "report_of": say(N_("Report of this period")),
    }
