"""What figures are asked for on a page or on paper, and how its parts are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from gridgov.faces import views
from gridgov.faces.figures import Question, name_of, shown
from gridgov.faces.serve import Serving
from gridgov.insight.ask import ask
from gridgov.insight.periods import Period
from gridgov.insight.reach import OF_AREA, reach
from gridgov.insight.totals import Totals
from gridgov.language import say
from gridgov.words import N_

WEEK = timedelta(days=7)
LIST = "/list?"
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


def asked_by(one: Asking, start: date, end: date, by: tuple[str, ...]) -> Mapping[Any, Totals]:
    """Return the sums of other days, by what is named."""
    s = one.s
    asked = replace(one.q.asked, start=start, end=end)
    within = reach(s.actor, s.known.office)
    return ask(
        s.session, asked, within, s.actor, s.known, s.at, as_of=one.q.as_of, by=by, minutes=False
    ).by


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


def grids_of(s: Serving) -> list[dict[str, str]]:
    """Return the grids of today's map, in their order."""
    codes = sorted({cell.grid for version in s.known.active(s.at).versions
                    for cell in version.cells})  # fmt: skip
    return [found for code in codes if (found := views.grid(s.known, code))]
