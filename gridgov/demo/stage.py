"""What people do in the demonstration beside working single cases: visits, joint cases, meetings.

Whoever does something is named here by login, since these stories have their people; each deed
goes through the verb that a page or a program would call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Concatenate, NamedTuple, ParamSpec

from sqlalchemy.orm import Session

from gridgov.cases.act import Wish, act
from gridgov.cases.tables import Case
from gridgov.community.visit import Heard, VisitDraft, record
from gridgov.demo.beats import Ahead
from gridgov.demo.ground import Ground
from gridgov.demo.minutes_pdf import minutes_pdf
from gridgov.demo.names import PARK
from gridgov.demo.times import OFFICE, plausible
from gridgov.joint import meetings, minutes, resolutions
from gridgov.joint.guests import Present
from gridgov.joint.items import ItemDraft, add_item
from gridgov.joint.meetings import Plan
from gridgov.joint.resolutions import Resolved
from gridgov.joint.tables import Meeting, Resolution
from gridgov.people.actors import Actor, by_code, person_acting
from gridgov.storage.content import clean
from gridgov.storage.store import Store
from gridgov.worktime.rules import Calendar

P = ParamSpec("P")
REPORTER = "reporter"
MINUTE = timedelta(minutes=1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # before any story


@dataclass
class Stage:
    """The park at an instant of the story; cases, meetings and resolutions by their names in it."""

    session: Session
    ground: Ground
    store: Store
    at: datetime = EPOCH
    cases: dict[str, Case] = field(default_factory=dict)
    meetings: dict[str, Meeting] = field(default_factory=dict)
    resolutions: dict[str, Resolution] = field(default_factory=dict)

    def play(self, doing: Doing) -> None:
        """Let something be done at its instant."""
        self.at = doing.at
        doing.do(self)

    def visit(
        self, who: str, firm: str, met: Sequence[str], needs: Mapping[str, tuple[str, str]],
        follow_up: int | None = None,
    ) -> None:  # fmt: skip
        """Record a visit; `needs` are category and words by the name that the case has here."""
        draft = VisitDraft(
            firm,
            self._day(0),
            met,
            [Heard(self._said(words), category) for category, words in needs.values()],
            self._day(follow_up) if follow_up else None,
        )
        made = record(self.session, draft, self._actor(who), self.at, self.ground.known)
        self.cases.update(zip(needs, made.cases, strict=True))

    def step(self, who: str, name: str, step: str, given: Mapping[str, Any]) -> None:
        """Take a step on a case."""
        case = self.cases[name]
        actor = by_code(case.number) if who == REPORTER else self._actor(who)
        told = {key: self._value(key, value) for key, value in given.items()}
        wish = Wish(step, None, told)
        act(self.session, case.number, [wish], actor, self.at, self.ground.known, draw=lambda: 0.0)

    def item(self, who: str, joint: str, name: str, draft: ItemDraft) -> None:
        """Put an item on the list of a joint case."""
        number, known = self.cases[joint].number, self.ground.known
        actor = self._actor(who)
        said = ItemDraft(
            self._said(draft.text), draft.category, draft.unit, draft.limit, draft.co_units
        )
        self.cases[name] = add_item(self.session, number, said, actor, self.at, known)

    def plan(
        self, who: str, name: str, kind: str, invited: Present, cases: Sequence[str],
        starts: datetime | None = None,
    ) -> None:  # fmt: skip
        """Plan a meeting of the street, for now or later."""
        street, known = self.ground.known.maps.parks[PARK].street_code, self.ground.known
        numbers = [self.cases[case].number for case in cases]
        title, place = self._said(name), self._said("room")
        asked = Plan(kind, title, starts or self.at, place, street, invited, numbers)
        self.meetings[name] = meetings.plan(self.session, asked, self._actor(who), self.at, known)

    def hold(self, who: str, name: str, came: Present) -> None:
        """Note who came to a meeting, and add its minutes."""
        key, known, actor = self.meetings[name].id, self.ground.known, self._actor(who)
        held = meetings.hold(self.session, key, came, actor, self.at, known)
        office, day = self._said("office"), self._day(0).isoformat()
        data = minutes_pdf(office, held.title, day, self._said(f"{name}_minutes"))
        if data is not None:
            cleaned = clean(data, max_bytes=known.settings.max_file_bytes)
            digest = self.store.put(cleaned.data)
            minutes.add(self.session, key, cleaned, digest, actor, self.at, known)

    def resolve(self, who: str, meeting: str, name: str, asked: Mapping[str, Any]) -> None:
        """Write down what a meeting resolved; `case` is one by its name here."""
        named = self.cases[asked["case"]].number if "case" in asked else None
        given = dict(asked) | {"due": self._day(asked["due"]), "case": named}
        wanted = Resolved(text=self._said(name), **given)
        key, known = self.meetings[meeting].id, self.ground.known
        actor = self._actor(who)
        made = resolutions.resolve(self.session, key, wanted, actor, self.at, known)
        self.resolutions[name] = made
        if made.kind == resolutions.ITEM and made.case_id is not None:
            self.cases[name] = self.session.get_one(Case, made.case_id)

    def report_on(self, who: str, name: str, words: str) -> None:
        """Report on a resolution as its owner."""
        key, actor = self.resolutions[name].id, self._actor(who)
        resolutions.report(self.session, key, self._said(words), actor, self.at, self.ground.known)

    def tick(self, who: str, name: str, meeting: str) -> None:
        """Tick a resolution as done, at a later meeting."""
        key, actor = self.resolutions[name].id, self._actor(who)
        resolutions.tick(
            self.session, key, True, None, actor, self.at, self.ground.known,
            meeting=self.meetings[meeting].id,
        )  # fmt: skip

    def _actor(self, who: str) -> Actor:
        account = self.ground.accounts.get(who)
        return person_acting(self.ground.known.office, who, self.at, account)

    def _said(self, words: str) -> str:
        return self.ground.words.told[words]

    def _day(self, days: int) -> date:
        later = self.at + timedelta(days=days)
        return later.astimezone(self.ground.known.settings.zone).date()

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, Ahead):
            return self._day(value.days)
        if key == "target":
            return self.cases[value].number
        return self._said(value) if value in self.ground.words.told else value


class Doing(NamedTuple):
    """Something that is done at an instant."""

    at: datetime
    do: Callable[[Stage], None]


@dataclass
class Chronicle:
    """A story in the order in which it happens: hours after what was before, and what is done."""

    deeds: list[tuple[float, Callable[[Stage], None]]] = field(default_factory=list)

    def then(
        self,
        wait: float,
        do: Callable[Concatenate[Stage, P], None],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Add a deed."""
        self.deeds.append((wait, lambda stage: do(stage, *args, **kwargs)))

    def does(self, wait: float, who: str, case: str, step: str, **given: Any) -> None:
        """Add a step on a case."""
        self.then(wait, Stage.step, who, case, step, given)

    def timed(self, calendar: Calendar, start: datetime, days: float, rest: float) -> list[Doing]:
        """Lay it out in office hours: begun so many days before the start, over some before it."""
        began = start - timedelta(days=days)
        while True:
            rng = Random(f"{days}")  # noqa: S311 (a story, no secret)
            at, found = began, []
            for wait, do in self.deeds:
                at = plausible(at + max(MINUTE, timedelta(hours=wait)), OFFICE, calendar, rng)
                found.append(Doing(at, do))
            if at <= start - timedelta(days=rest):
                return found
            began -= timedelta(hours=6)
