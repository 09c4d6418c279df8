"""Plays the story: each report and each step through the verbs, in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any

from sqlalchemy.orm import Session

from gridgov.cases.act import Wish, act
from gridgov.cases.attach import File, attach
from gridgov.cases.report import report
from gridgov.cases.tables import Case
from gridgov.demo.beats import ATTACH, Ahead, Beat, Other, Someone
from gridgov.demo.cast import Cast
from gridgov.demo.ground import Ground
from gridgov.demo.photos import KINDS, draw
from gridgov.demo.plan import Deed, Planned
from gridgov.demo.stage import Doing, Stage
from gridgov.people.roles import Role
from gridgov.storage.content import clean
from gridgov.storage.store import Store

Progress = Callable[[int, int], None]
# When, and among what happens at the same instant, in which order.
Scene = tuple[datetime, int, int, Callable[[], None]]
DRAWN, NOT_DRAWN = 0.0, 1.0


@dataclass
class Play:
    """A story in a session, with the cases that it has made so far."""

    session: Session
    ground: Ground
    store: Store
    cases: dict[int, Case] = field(default_factory=dict)
    _photos: dict[int, File] = field(default_factory=dict)

    def all(
        self,
        planned: Sequence[Planned],
        doings: Sequence[Doing] = (),
        progress: Progress | None = None,
    ) -> None:
        """Play all of it."""
        scenes = sorted([*self._scenes(planned), *self._told(doings)], key=itemgetter(0, 1, 2))
        for done, (_, _, _, play) in enumerate(scenes, start=1):
            play()
            if progress:
                progress(done, len(scenes))

    def _scenes(self, planned: Sequence[Planned]) -> Iterator[Scene]:
        for one in planned:
            yield one.at, one.index, 0, partial(self._report, one, one.at)
            for place, deed in enumerate(one.deeds, start=1):
                yield deed.at, one.index, place, partial(self._deed, one, deed)

    def _told(self, doings: Sequence[Doing]) -> Iterator[Scene]:
        stage = Stage(self.session, self.ground, self.store)
        for place, doing in enumerate(doings):
            yield doing.at, len(doings), place, partial(stage.play, doing)

    def _report(self, one: Planned, at: datetime) -> None:
        actor = Cast(self.ground, one.index, at).entering(one.report.who, one.report.grid)
        taken = report(self.session, one.report.draft, actor, at, self.ground.known)
        self.cases[one.index] = taken.case

    def _deed(self, one: Planned, deed: Deed) -> None:
        case, beat, at = self.cases[one.index], deed.beat, deed.at
        hidden = frozenset(s.person_code for s in case.subjects if s.person_code)
        cast = Cast(self.ground, one.index, at, hidden)
        actor = cast.acting(beat.who, case)
        if beat.steps[0][0] == ATTACH:
            audience = beat.steps[0][1]["audience"]
            file, known = self._photo(one.index), self.ground.known
            attach(self.session, case.number, file, actor, at, known, audience)
            return
        wishes = [
            Wish(step, case.version if first else None, self._given(given, case, cast))
            for first, (step, given) in _numbered(beat)
        ]
        drawn = DRAWN if beat.drawn else NOT_DRAWN
        act(self.session, case.number, wishes, actor, at, self.ground.known, draw=lambda: drawn)

    def _given(self, given: Mapping[str, Any], case: Case, cast: Cast) -> dict[str, Any]:
        return {name: self._value(name, value, case, cast) for name, value in given.items()}

    def _value(self, name: str, value: Any, case: Case, cast: Cast) -> Any:
        if isinstance(value, Other):
            return self.cases[value.place].number
        if isinstance(value, Someone):
            held = self.ground.known.office.on_duty(Role(value.who), case.unit_code or "", cast.at)
            return held[-1].person
        if isinstance(value, Ahead):
            return self._ahead(value.days, name, cast.at)
        return value

    def _ahead(self, days: int, name: str, at: datetime) -> date | datetime:
        later = at + timedelta(days=days)
        return (
            later
            if name == "reply_due"
            else later.astimezone(self.ground.known.settings.zone).date()
        )

    def _photo(self, index: int) -> File:
        kind = index % KINDS
        if kind not in self._photos:
            cleaned = clean(draw(kind), max_bytes=self.ground.known.settings.max_file_bytes)
            self._photos[kind] = File.of(cleaned, self.store.put(cleaned.data))
        return self._photos[kind]


def _numbered(beat: Beat) -> Iterator[tuple[bool, tuple[str, Mapping[str, Any]]]]:
    for place, step in enumerate(beat.steps):
        yield place == 0, step
