"""What figures are asked for on a page or on paper, and how its parts are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeVar

from gridgov.faces import views
from gridgov.faces.figures import Question, ask_of, name_of, shown
from gridgov.faces.serve import Serving
from gridgov.insight.periods import Period
from gridgov.insight.reach import OF_AREA, reach
from gridgov.insight.standing import Standing, at_once
from gridgov.insight.totals import Totals
from gridgov.language import say
from gridgov.words import N_

Made = TypeVar("Made")
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


@dataclass(frozen=True)
class Asking:
    """A question; its figures with those before are asked for when first needed."""

    s: Serving
    q: Question
    minutes: bool = True  # whether times are wanted among the figures
    order: str = ""  # by what grids and units are ranked, where somebody asks for that

    @cached_property
    def found(self) -> Mapping[str, Any]:
        """The figures of the period, the one before and a year before."""
        return shown(self.s, self.q, compare=True, minutes=self.minutes)

    def at_once(self, make: Callable[[], Made]) -> Made:
        """Make several sections of one moment, reading what they share but once."""

        def again(_: Standing) -> Made:
            self.__dict__.pop("found", None)
            return make()

        return at_once(self.s.session, self.s.actor, self.s.known, self.s.at, again)

    @property
    def query(self) -> dict[str, str]:
        """What stands in the address."""
        return self.q.query | ({"sort": self.order} if self.order else {})

    @property
    def today(self) -> date:
        """The local day at which it is judged."""
        at = self.q.as_of or self.s.at
        return at.astimezone(self.s.known.settings.zone).date()

    @property
    def of_area(self) -> bool:
        """Tell whether whoever looks decides for an area, rather than for a grid or a unit."""
        return reach(self.s.actor, self.s.known.office).role in OF_AREA


def behind(query: str | None) -> str | None:
    """Return the page that lists what is behind a number."""
    return LIST + query if query else None


def label_of(s: Serving, dimension: str, code: str) -> str:
    """Return what a grid, unit, category or channel is called."""
    if dimension == "channel":
        return say(CHANNELS[code]) if code in CHANNELS else code
    return name_of(s, dimension, code)


def asked_by(
    one: Asking, periods: Sequence[Period], by: tuple[str, ...]
) -> list[Mapping[Any, Totals]]:
    """Return the sums of other periods, by what is named."""
    return [found.by for found in ask_of(one.s, one.q, periods, by)]


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
