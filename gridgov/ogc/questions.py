"""What an address asks for: each parameter understood, or refused with a sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from gridgov.exchange.comparing import CONTROL
from gridgov.exchange.cql2 import LANGUAGES, TEXT, instant, parse
from gridgov.exchange.features import MOST, USUAL, Wanted
from gridgov.ogc import systems
from gridgov.ogc.refusals import (
    AfterWrong,
    BoxOverAntimeridian,
    BoxWrong,
    FormUnknown,
    InstantWrong,
    LanguageUnknown,
    LimitWrong,
    OffsetWrong,
    ParameterTwice,
    ParameterUnknown,
)
from gridgov.ogc.systems import System

JSON, HTML, GEOJSON = "json", "html", "geojson"
OF_ITEMS = (
    "f", "limit", "after", "offset", "bbox", "bbox-crs", "datetime", "crs", "filter", "filter-lang",
    "filter-crs",
)  # fmt: skip
LONGEST_KEY = 64
OPEN = ("", "..")

Args = Mapping[str, list[str]]


@dataclass(frozen=True)
class Question:
    """What is asked of a collection's items, and the system of the answer."""

    wanted: Wanted
    system: System


def given(args: Args, known: Iterable[str]) -> dict[str, str]:
    """Return the parameters; raises ParameterUnknown, ParameterTwice."""
    names = list(known)
    for name, values in args.items():
        if name not in names:
            raise ParameterUnknown(field=name[:40], name=name[:40], known=", ".join(names))
        if len(values) > 1:
            raise ParameterTwice(field=name, name=name)
    return {name: values[0] for name, values in args.items()}


def form(args: Mapping[str, str], forms: tuple[str, ...], accepts_html: bool) -> str:
    """Return the form of the answer: as `f` says, else as the client accepts."""
    chosen = args.get("f")
    if chosen is None:
        return HTML if accepts_html and HTML in forms else JSON
    if chosen not in forms:
        raise FormUnknown(field="f", known=", ".join(forms))
    return JSON if chosen == GEOJSON else chosen


def items(args: Mapping[str, str], properties: Iterable[str]) -> Question:
    """Read what is asked of a collection's items."""
    since, until = _interval(args.get("datetime"))
    text, language = args.get("filter"), args.get("filter-lang", TEXT)
    if language not in LANGUAGES:
        raise LanguageUnknown(field="filter-lang")
    of_filter = systems.read(args.get("filter-crs"), "filter-crs")
    boxed = systems.read(args.get("bbox-crs"), "bbox-crs")
    wanted = Wanted(
        limit=_limit(args.get("limit")),
        after=_after(args.get("after")),
        offset=_offset(args.get("offset")),
        area=None if (box := args.get("bbox")) is None else _box(box, boxed),
        since=since,
        until=until,
        tree=None if text is None else parse(text, language),
        to_degrees=of_filter.into,
        equal={name: args[name] for name in properties if name in args},
    )
    return Question(wanted, systems.read(args.get("crs"), "crs"))


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) > 0):
        raise LimitWrong(field="limit")
    return min(int(text), MOST)


def _offset(text: str | None) -> int:
    if text is None:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise OffsetWrong(field="offset")
    return int(text)


def _after(text: str | None) -> str | None:
    if text is not None and (len(text) > LONGEST_KEY or CONTROL.search(text) or not text):
        raise AfterWrong(field="after")
    return text


def _box(text: str, system: System) -> Any:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise BoxWrong(field="bbox") from error
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(map(isfinite, numbers)):
        raise BoxWrong(field="bbox")
    west, south, east, north = numbers
    if west > east and not system.projected and not system.swapped:
        raise BoxOverAntimeridian(field="bbox")
    if south > north and system.swapped and not system.projected:
        raise BoxOverAntimeridian(field="bbox")
    if west > east or south > north:
        raise BoxWrong(field="bbox")
    if not system.projected:
        lon, lat = (1, 0) if system.swapped else (0, 1)
        most = {lon: 180.0, lat: 90.0}
        edges = [max(-most[n % 2], min(most[n % 2], value)) for n, value in enumerate(numbers)]
        west, south, east, north = edges
    area = system.box((west, south, east, north))
    if not all(map(isfinite, area.bounds)):
        raise BoxWrong(field="bbox")
    return area


def _interval(text: str | None) -> tuple[datetime | None, datetime | None]:
    if text is None:
        return None, None
    parts = text.split("/")
    if len(parts) > 2 or (len(parts) == 1 and parts[0] in OPEN):
        raise InstantWrong(field="datetime")
    first, last = parts[0], parts[-1]
    try:
        since = None if first in OPEN else instant(first)
        until = None if last in OPEN else instant(last, end=True)
    except ValueError as error:
        raise InstantWrong(field="datetime") from error
    if since and until and since > until:
        raise InstantWrong(field="datetime")
    return since, until
