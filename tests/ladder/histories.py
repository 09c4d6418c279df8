"""Random lawful histories of a case, and an oracle that walks them piece by piece.

The oracle knows nothing of spans or running sums: it cuts time wherever anything changes (an
event, an office door) and adds up the pieces, each wholly inside or outside of a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from gridgov.cases.facts import Past
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.cases.workflow import STEPS, To
from gridgov.worktime.rules import Calendar

SECOND = timedelta(seconds=1)
# A Friday, 16:00 in Ningbo; the weeks after it hold a make-up Sunday and the national days.
START = datetime(2026, 9, 18, 8, 0, tzinfo=UTC)
MOVING = (
    "settle ask_verify verify recall_verify ask_more supply file reject appeal merge unmerge"
    " withdraw dispatch dispatch_urgent assign_final accept grant_return recall extend suspend"
    " resume submit pass rework deny reopen evaluate comment amend"
).split()
GAPS = st.one_of(
    st.integers(0, 3), st.integers(0, 20_000), st.integers(0, 400_000), st.just(86_400)
)
DISPATCHES = ("dispatch", "dispatch_urgent", "assign_final")
NAMES = {
    "reported": "intake", "verifying": "verify", "waiting": "waiting", "filed": "dispatch",
    "dispatched": "accept", "handling": "handle", "suspended": "suspension", "checking": "check",
}  # fmt: skip


@st.composite
def histories(draw: Any) -> list[Past]:
    """Draw what happened to a case, the report first."""
    at = START + draw(st.integers(0, 7 * 86_400)) * SECOND
    past = [_event("report", 1, at, None, "reported")]
    status, round_, came_from = "reported", 1, "reported"
    for _ in range(draw(st.integers(0, 14))):
        lawful = [name for name in MOVING if status in STEPS[name].start]
        if not lawful:
            break
        step = STEPS[draw(st.sampled_from(lawful))]
        at += draw(GAPS) * SECOND
        round_ += step.name == "reopen"
        if step.name == "ask_more":
            came_from = status
        to = status if step.to is To.SAME else str(step.to)
        to = came_from if step.to is To.BACK else to
        if step.name == "submit" and draw(st.booleans()):
            to = "closed"
        past.append(_event(step.name, round_, at, status, to))
        status = to
    return past


def _event(step: str, round_: int, at: datetime, start: str | None, to: str) -> Past:
    return Past(step, round_, at, "clock", None, None, start, to, {})


def category(**limits: tuple[str, Any]) -> CategoryFacts:
    """Return a category with these limits."""
    said = ("01001", "lamp", "lamp", "light", "light", "component", "property", "normal")
    return CategoryFacts(*said, limits, "none", "always", 0.0, "no", True, False, True, True, None)


@dataclass
class Oracle:
    """One clock of a history, told by walking it."""

    past: list[Past]
    key: tuple[int, str, int]
    calendar: Calendar

    def runs(self, place: int) -> bool:
        """Tell whether it runs between an event and the next."""
        event = self.past[place]
        round_, name, run = self.key
        if event.round != round_ or event.to_status not in NAMES:
            return False
        if name == "case":
            return event.to_status not in ("waiting", "verifying", "suspended")
        starts = {"accept": DISPATCHES, "handle": DISPATCHES}.get(name)
        starts = starts or {"waiting": ("ask_more",), "suspension": ("suspend",)}.get(name, ())
        before = [one for one in self.past[: place + 1] if one.round == round_]
        number = max(1, sum(one.step in starts for one in before)) if starts else 1
        return NAMES[event.to_status] == name and number == run

    def running(self) -> bool:
        """Tell whether it runs now."""
        return self.runs(len(self.past) - 1)

    def seconds(self, office: bool, until: datetime | None = None) -> Iterator[tuple[Any, int]]:
        """Yield each piece in which it runs and time of its kind passes: start, seconds."""
        for place, event in enumerate(self.past):
            last = place + 1 == len(self.past)
            end = until if last else self.past[place + 1].at
            end = min(end, until) if end and until else end
            if not self.runs(place):
                continue
            for begin, stop in self._pieces(event.at, end, office):
                yield begin, (stop - begin) // SECOND

    def _pieces(
        self, start: datetime, end: datetime | None, office: bool
    ) -> Iterator[tuple[datetime, datetime]]:
        if not office:
            yield start, end or start + timedelta(days=4000)
            return
        day = start.astimezone(self.calendar.zone).date()
        while end is None or datetime.combine(day, time(), self.calendar.zone) < end:
            for opens, shuts in self.calendar.office if self.calendar.working_day(day) else ():
                begin = max(start, datetime.combine(day, opens, self.calendar.zone))
                stop = datetime.combine(day, shuts, self.calendar.zone)
                stop = min(stop, end) if end else stop
                if begin < stop:
                    yield begin.astimezone(UTC), stop.astimezone(UTC)
            day += timedelta(days=1)

    def used(self, now: datetime, office: bool) -> int:
        """Add up what it has run."""
        return sum(seconds for _, seconds in self.seconds(office, now))

    def reaches(self, wanted: int, office: bool) -> datetime | None:
        """Return the first instant with so much behind it, or None while it stands."""
        if wanted <= 0:
            places = [place for place in range(len(self.past)) if self.runs(place)]
            return self.past[places[0]].at
        for begin, seconds in self.seconds(office):
            if seconds >= wanted:
                return begin + wanted * SECOND
            wanted -= seconds
        return None
