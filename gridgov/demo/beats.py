"""What a tale is told in: beats, each with who takes which steps, and how long that takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from gridgov.cases.placing import Location
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.demo.times import AWAKE, OFFICE
from gridgov.demo.words import Words

ATTACH = "attach"


class Ahead(NamedTuple):
    """A day or an instant so many days after the step is taken."""

    days: int


class Someone(NamedTuple):
    """A person known only when the step is taken: `handler` is the unit's second one."""

    who: str


class Other(NamedTuple):
    """Another case of the story, by its place in it."""

    place: int


@dataclass(frozen=True)
class Beat:
    """Steps that one person takes at one instant; `wait` is in hours after the beat before."""

    who: str
    steps: tuple[tuple[str, Mapping[str, Any]], ...]
    wait: tuple[float, float]
    hours: str
    drawn: bool = True  # whether a submit under sampling is drawn for a check


@dataclass
class Teller:
    """What a tale is told of; its beats gather here in their order."""

    rng: Random
    words: Words
    category: CategoryFacts
    units: Sequence[str]  # that serve the case, its category's own first
    elsewhere: Location = Location()  # noqa: RUF009 (an immutable tuple)
    beats: list[Beat] = field(default_factory=list)

    def say(self, occasion: str) -> str:
        """Return a sentence."""
        return self.words.say(self.rng, occasion)

    def chance(self, share: float) -> bool:
        """Tell whether something happens this time."""
        return self.rng.random() < share

    def does(
        self,
        who: str,
        step: str,
        wait: tuple[float, float] = (0.3, 4),
        hours: str | None = None,
        drawn: bool = True,
        **given: Any,
    ) -> None:
        """Add a beat of one step."""
        self.together(who, [(step, given)], wait, hours, drawn=drawn)

    def together(
        self,
        who: str,
        steps: Sequence[tuple[str, Mapping[str, Any]]],
        wait: tuple[float, float] = (0.3, 4),
        hours: str | None = None,
        *,
        drawn: bool = True,
    ) -> None:
        """Add a beat of several steps, sent as one list."""
        usual = AWAKE if who == "reporter" else OFFICE
        self.beats.append(Beat(who, tuple(steps), wait, hours or usual, drawn))

    def photo(self, who: str, wait: tuple[float, float], hours: str | None = None) -> None:
        """Add a photo."""
        audience = "reporter" if who == "reporter" else "staff"
        self.does(who, ATTACH, wait, hours, audience=audience)

    @property
    def unit(self) -> str:
        """The unit that a dispatcher thinks of first."""
        return self.units[0]

    @property
    def another_unit(self) -> str:
        """A second unit that serves the case, or the first where there is no other."""
        return self.units[1 if len(self.units) > 1 else 0]

    @property
    def done(self) -> str:
        """What was done about it."""
        return self.words.fill(self.rng, self.rng.choice(self.words.done[self.category.code]))


Given = dict[str, Any]
Tale = Callable[[Teller], None]
