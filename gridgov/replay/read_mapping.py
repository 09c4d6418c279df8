"""A mapping is read whole and judged whole, before anything of the history is."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from geo.datum import CoordType
from gridgov.replay import times
from gridgov.replay.mapping import CategoryMap, ChannelMap, MapMade, Mapping, ParkMap, UnitMap
from gridgov.replay.plan import ON_TIME, OVERDUE, PATHS
from gridgov.replay.refusals import MappingUnreadable, ValueWrong
from gridgov.replay.toml import build
from gridgov.words import N_, Phrase

Judged = Iterator[tuple[str, object, bool, str]]
KINDS = ("component", "matter", "enterprise", "resident", "party", "wish")
UNIT_KINDS = ("department", "property", "team", "branch", "community", "company")
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
ENDS = (ON_TIME, OVERDUE)
A_FORMAT = Phrase(N_('iso, or one such as "%(format)s"'), format="%m/%d/%Y %H:%M")


def read_mapping(path: Path) -> Mapping:
    """Read a mapping and judge it whole; raises the room's MappingWrong."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise MappingUnreadable(path=path.name, reason=error) from error
    return checked(build(Mapping, data))


def checked(mapping: Mapping) -> Mapping:
    """Return a mapping whose every value can be meant; raises ValueWrong."""
    for key, value, fits, takes in _judged(mapping):
        if not fits:
            raise ValueWrong(key=key, value=value, takes=takes)
    return mapping


def _judged(m: Mapping) -> Judged:
    yield "times.zone", m.times.zone, _is_zone(m.times.zone), N_("a name such as America/New_York")
    for one in m.times.formats:
        yield "times.formats", one, times.is_format(one), A_FORMAT
    yield "times.formats", m.times.formats, bool(m.times.formats), N_("one format or more")
    if m.as_of:
        yield "as_of", m.as_of, m.judged_at is not None, N_("a time such as 2024-01-01T00:00:00")
    yield "encoding", m.encoding, _is_encoding(m.encoding), N_("a name such as utf-8 or latin-1")
    one_sign = len(m.delimiter) == 1 and m.delimiter not in '"\n\r\ufeff '
    yield "delimiter", m.delimiter, one_sign, N_("one character")
    for given in m.status.values.values() if m.status else ():
        yield "status.values", given, given in PATHS, _one_of(sorted(PATHS))
    for given in m.verdict.values.values() if m.verdict else ():
        yield "verdict.values", given, given in ENDS, _one_of(ENDS)
    yield from _judged_channel(m.channel)
    if m.category:
        yield from _judged_category(m.category)
    if m.unit:
        yield from _judged_unit(m.unit)
    if m.place:
        kind = m.place.coord_type
        yield "place.coord_type", kind, kind in set(CoordType), ", ".join(CoordType)
    if m.areas and m.areas.label:
        yield "areas.label.pad", m.areas.label.pad, 0 <= m.areas.label.pad <= 50, N_("0 to 50")
    yield from _judged_park(m.park)
    if m.map:
        yield from _judged_map(m.map, m.park)


def _one_of(known: Iterable[str]) -> str:
    return Phrase(N_("one of %(known)s"), known=", ".join(known))


def _judged_channel(channel: ChannelMap) -> Judged:
    one = (channel.name is None) != (channel.column is None)
    yield "channel", channel, one, N_("either a name or a column")
    for name in (channel.name or "-", *channel.values.values()):
        yield "channel", name, 0 < len(name) <= 20 and name.isprintable(), N_("1 to 20 characters")


def _judged_category(category: CategoryMap) -> Judged:
    fits = re.fullmatch("[0-9]{5}", category.first) is not None
    yield "category.first", category.first, fits, N_("5 digits")
    yield "category.kind", category.kind, category.kind in KINDS, ", ".join(KINDS)
    name = category.class_
    yield "category.class", name, 0 < len(name) <= 100, N_("1 to 100 characters")


def _judged_unit(unit: UnitMap) -> Judged:
    begins = CODE.fullmatch(unit.prefix) is not None and len(unit.prefix) <= 24
    yield "unit.prefix", unit.prefix, begins, N_("1 to 24 letters, digits and dashes")
    for name in unit.names.values():
        yield "unit.names", name, 0 < len(name) <= 100, N_("1 to 100 characters")
    yield "unit.kind", unit.kind, unit.kind in UNIT_KINDS, ", ".join(UNIT_KINDS)


def _judged_park(park: ParkMap) -> Judged:
    fits = CODE.fullmatch(park.code) is not None
    yield "park.code", park.code, fits, N_("a code of 1 to 32 signs")
    yield "park.name", park.name, park.name is None or 0 < len(park.name) <= 100, N_("a name")
    fits = park.street is None or re.fullmatch("[0-9]{9}", park.street) is not None
    yield "park.street", park.street, fits, N_("9 digits")
    for code, name in park.areas.items():
        fits = re.fullmatch("([0-9]{6}|[0-9]{9}|[0-9]{12})", code) is not None
        yield "park.areas", code, fits and 0 < len(name) <= 100, N_("codes of 6, 9, 12 digits")


def _judged_map(made: MapMade, park: ParkMap) -> Judged:
    yield "map.grids", made.grids, 0 < made.grids < 1000, N_("1 to 999")
    yield "map.target_m2", made.target_m2, 100 <= made.target_m2 <= 1e9, N_("100 to 10⁹ m²")
    yield "map.margin_m", made.margin_m, 1 <= made.margin_m <= 1e5, N_("1 to 100,000 m")
    fits = re.fullmatch("[0-9]{12}", made.community) is not None
    yield "map.community", made.community, fits, N_("12 digits")
    inside = made.community.startswith(park.street or "")
    yield "map.community", made.community, inside, N_("a code within the park's street")
    if made.square:
        yield "map.square", made.square, _is_square(made.square), N_("west, south, east, north")


def _is_square(square: tuple[float, ...]) -> bool:
    if len(square) != 4:
        return False
    west, south, east, north = square
    # Below some 10 m nothing is left to be cut.
    return -180 <= west < east - 1e-4 and east <= 180 and -85 <= south < north - 1e-4 <= 85


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _is_encoding(name: str) -> bool:
    try:
        found = codecs.lookup(name)
        return bool(found._is_text_encoding) and isinstance("".encode(name), bytes)
    except (LookupError, ValueError):
        return False
