"""The plan of the story: each case's report and beats, with the instants at which they happen.

Everything is drawn from the seed and from the instant of the start, and nothing from the
database's own numbers: two machines that start at the same instant tell the same story.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from gridgov.demo import ended_tales, open_tales
from gridgov.demo.beats import Beat, Other
from gridgov.demo.genres import GENRES, Genre
from gridgov.demo.ground import STORY, Ground
from gridgov.demo.report import Report, Reports
from gridgov.demo.times import AWAKE, OFFICE, plausible
from gridgov.worktime.rules import Calendar

# Into these a second report of the same thing may be merged: long enough, and never elsewhere.
CARRIERS = (ended_tales.closed, ended_tales.evaluated, open_tales.handling, open_tales.checking)
MINUTE = timedelta(minutes=1)


class Deed(NamedTuple):
    """A beat with its instant."""

    at: datetime
    beat: Beat


@dataclass(frozen=True)
class Planned:
    """One case of the story."""

    index: int
    genre: Genre
    report: Report
    at: datetime
    deeds: tuple[Deed, ...]


def plan(ground: Ground, start: datetime, seed: int, count: int) -> list[Planned]:
    """Plan at least one case of each genre, and `count` of them where that is more."""
    rng = Random(f"{seed}")  # noqa: S311 (a story, no secret)
    weights = [genre.weight for genre in GENRES]
    more = rng.choices(GENRES, weights=weights, k=max(0, count - len(GENRES)))
    told = [*GENRES, *more]
    reports = Reports(ground, start)
    # Those that are merged come last: they need others to be merged into.
    alone = [genre for genre in told if not genre.merged]
    made = [
        _planned(ground, reports, genre, index, start, seed) for index, genre in enumerate(alone)
    ]
    for genre in (genre for genre in told if genre.merged):
        if pair := _paired(ground, reports, genre, made, start, seed):
            made.append(pair)
    return made


def _planned(
    ground: Ground, reports: Reports, genre: Genre, index: int, start: datetime, seed: int
) -> Planned:
    rng = Random(f"{seed} {index}")  # noqa: S311
    report = reports.make(rng, genre)
    teller = reports.teller(rng, genre, report)
    genre.tale(teller)
    beats = teller.beats
    if report.photo:
        teller.photo("reporter", (0.02, 0.1), "always")
        beats = [beats[-1], *beats[:-1]]
    at, deeds = _timed(ground.known.calendar(None), beats, genre, report, start, rng)
    return Planned(index, genre, report, at, deeds)


def _timed(
    calendar: Calendar, beats: Sequence[Beat], genre: Genre, report: Report, start: datetime,
    rng: Random,
) -> tuple[datetime, tuple[Deed, ...]]:  # fmt: skip
    """Lay the beats out in time, so that the last one is over at the start."""
    drawn = rng.randrange(2**32)
    if genre.going_on:
        rest = timedelta(hours=rng.uniform(0.2, 40))
        began, earlier = start - rest, timedelta(hours=3)
    else:
        rest = timedelta(minutes=rng.uniform(5, 300))
        began, earlier = start - STORY * rng.uniform(0.02, 0.97), timedelta(hours=9)
    while True:
        # The same draws for every try, so that the result depends on the start alone.
        tried = Random(drawn)  # noqa: S311
        at = plausible(began, report.hours, calendar, tried)
        deeds = _deeds(calendar, beats, at, tried)
        if (deeds[-1].at if deeds else at) <= start - rest:
            return at, deeds
        began -= earlier


def _deeds(
    calendar: Calendar, beats: Sequence[Beat], at: datetime, rng: Random
) -> tuple[Deed, ...]:
    deeds = []
    for beat in beats:
        if beat.wait != (0, 0):
            later = at + max(MINUTE, timedelta(hours=rng.uniform(*beat.wait)))
            at = plausible(later, beat.hours, calendar, rng)
        deeds.append(Deed(at, beat))
    return tuple(deeds)


def _paired(
    ground: Ground, reports: Reports, genre: Genre, made: Sequence[Planned], start: datetime,
    seed: int,
) -> Planned | None:  # fmt: skip
    """Plan a second report of what another case is about, merged while that one is open."""
    index = len(made)
    rng = Random(f"{seed} {index}")  # noqa: S311
    taken = {
        given["target"].place
        for one in made
        for deed in one.deeds
        for _, given in deed.beat.steps
        if isinstance(given.get("target"), Other)
    }
    carriers = [
        one
        for one in made
        if one.genre.tale in CARRIERS and one.genre.place == "led" and one.index not in taken
        and not one.genre.about and one.report.draft.category
    ]  # fmt: skip
    rng.shuffle(carriers)
    calendar = ground.known.calendar(None)
    for carrier in carriers:
        over = _answered(carrier) or start
        at = plausible(
            carrier.at + (over - carrier.at) * rng.uniform(0.1, 0.4), AWAKE, calendar, rng
        )
        merged = plausible(at + timedelta(hours=rng.uniform(0.2, 2)), OFFICE, calendar, rng)
        report = reports.again(rng, carrier.report)
        teller = reports.teller(rng, genre, report)
        teller.does("answerer", "merge", target=Other(carrier.index))
        first = Deed(merged, teller.beats.pop())
        genre.tale(teller)
        deeds = (first, *_deeds(calendar, teller.beats, merged, rng))
        if merged < over - MINUTE and deeds[-1].at < start:
            return Planned(index, genre, report, at, deeds)
    return None


def _answered(one: Planned) -> datetime | None:
    """Return when a case's result was submitted, or None where it never was."""
    steps = ((deed.at, name) for deed in one.deeds for name, _ in deed.beat.steps)
    return next((at for at, name in steps if name == "submit"), None)
