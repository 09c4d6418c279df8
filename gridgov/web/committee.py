"""The committee's page: what needs deciding, what is late, the figures, the map, where it grows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import redirect, request
from werkzeug.wrappers import Response as Answer

from gridgov.faces import asking, joint_lists, meeting, sections, tiles, waits
from gridgov.faces.figures import Question
from gridgov.insight.overview import MOST
from gridgov.insight.paper import Paper, Section
from gridgov.insight.report_pdf import pdf
from gridgov.insight.report_xlsx import table, workbook
from gridgov.joint import resolved
from gridgov.language import say
from gridgov.web import meeting as page
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import Visit, visiting
from gridgov.words import N_

LATE_ON_THE_WALL = 8
TILES = ("reported", "closing_in_time", "evaluation", "rework", "own_grid", "score")
DECIDED_ON_THE_WALL = 8  # of each kind
# What comes when it is reached, by its title.
BELOW = {
    **{name: title for name, (title, _) in sections.BY.items()},
    "trend": N_("Week by week"),
    "category_trend": N_("Categories week by week"),
    "spots": N_("Hot spots"),
    "clocks": N_("Times"),
}


@blueprint.get("/committee")
def committee() -> Answer:
    """Show what is looked at first, for the wall and the weekly meeting; no names of persons.

    The tables below come one by one as they are reached; with `whole` all stand here at once.
    """
    if "last" in request.args:
        return redirect("/committee?" + urlencode(page.inclusive(page.given())), 303)
    with visiting() as visit:
        whole = "whole" in request.args
        one = page.asking_of(visit.serving, minutes=whole)
        return visit.page("committee.html", **one.at_once(lambda: _wall(visit, one, whole=whole)))


@blueprint.get("/committee/part/<name>")
def committee_part(name: str) -> Answer:
    """Show one table of the committee's page, for its script to put in."""
    with visiting() as visit:
        one = page.asking_of(visit.serving)
        if name not in BELOW:
            raise meeting.TableUnknown
        section = one.at_once(lambda: meeting.TABLES[name](one))
        return visit.page("committee_part.html", section=section, query=urlencode(one.query))


@blueprint.get("/figures")
def figures() -> Answer:
    """Show figures as far as one's duties reach: an area's, one's own grid's or unit's."""
    if "last" in request.args:
        return redirect("/figures?" + urlencode(page.inclusive(page.given())), 303)
    with visiting() as visit:
        one = page.asking_of(visit.serving)
        names = [name for name in meeting.names(one) if name not in ("figures", "score", "late")]
        values = one.at_once(
            lambda: _common(visit, one) | {"shown": [meeting.TABLES[name](one) for name in names]}
        )
        return visit.page("figures.html", **values)


@blueprint.get("/figures/tables/<name>.<form>")
def figures_table(name: str, form: str) -> Answer:
    """Send one table as CSV or XLSX."""
    with visiting() as visit:
        one = page.asking_of(visit.serving)
        q = one.q
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
        one = page.asking_of(visit.serving)
        q = one.q
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


def _wall(visit: Visit, one: asking.Asking, *, whole: bool) -> dict[str, Any]:
    most = MOST if whole else DECIDED_ON_THE_WALL
    waiting, late = waits.both(one, LATE_ON_THE_WALL, most)
    parts = {name: meeting.TABLES[name](one) if whole else None for name in BELOW}
    return _common(visit, one) | {
        "deciding": waiting.cases,
        "groups": waiting.groups,
        "left_over": resolved.count(one.s.session, one.s.actor, one.s.at, one.s.known),
        "jointly": joint_lists.counted(one.s),
        "late": late,
        "parts": parts,
        "whole": whole,
        "titles": {name: say(title) for name, title in BELOW.items()},
    }


def _common(visit: Visit, one: asking.Asking) -> dict[str, Any]:
    s, q = one.s, one.q
    return {
        "one": one,
        "query": urlencode(one.query),
        "map_query": urlencode(q.query),
        "judged_at": q.as_of or s.at,
        "period": asking.told(q.period),
        "judged": asking.judged(s, q),
        "narrowed": page.narrowed(s, q),
        "periods": page.choices(s, q),
        "filters": page.filters(s, q),
        "tiles": [tiles.tile(one, name) for name in TILES],
        "score": sections.score(one),
        "all_figures": sections.figures(one),
    }
