"""What a committee looks at, as sections of tables and charts: on its page, and on paper.

One section is one table with the cases behind its numbers; the page, the sheet and the printed
report show the same sections, so that paper and screen agree.
"""

from __future__ import annotations

from collections.abc import Callable

from gridgov.errors import NotFound
from gridgov.faces import joint_lists
from gridgov.faces.asking import Asking, judged, told
from gridgov.faces.figures import Question
from gridgov.faces.sections import broken_down, clocks, figures, score
from gridgov.faces.serve import Serving
from gridgov.faces.trends import category_trend, spots, trend
from gridgov.faces.waits import decide, late
from gridgov.insight.paper import Paper, Section
from gridgov.insight.reach import reach
from gridgov.language import say, speaks
from gridgov.people.roles import Role
from gridgov.words import N_

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
    "late": lambda one: late(one).section,
}


class TableUnknown(NotFound):
    """There is no such table of figures for you."""


def names(one: Asking) -> list[str]:
    """Return which tables are for whoever looks: an area's are not for a grid or a unit."""
    if one.of_area:
        return list(TABLES)
    role = reach(one.s.actor, one.s.known.office).role
    left_out = {"unit"} if role is Role.LEADER else {"grid"}
    return [name for name in TABLES if name not in left_out]


def report(one: Asking) -> list[Section]:
    """Return what the weekly and monthly report holds, in the order of the meeting."""
    return one.at_once(lambda: _report(one))


def _report(one: Asking) -> list[Section]:
    decides = one.s.actor.holds(Role.COMMITTEE, Role.DISPATCHER)
    decided = [decide(one.s).section, *joint_lists.sections(one.s)] if decides else []
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
