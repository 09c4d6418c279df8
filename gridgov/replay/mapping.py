"""The mapping: what the columns of another system mean here. The README describes its keys."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from geo.datum import CoordType
from gridgov.replay import times
from gridgov.replay.plan import PATHS
from gridgov.replay.refusals import MappingUnreadable, ValueWrong
from gridgov.replay.toml import build

KINDS = ("component", "matter", "enterprise", "resident", "party", "wish")
UNIT_KINDS = ("department", "property", "team", "branch", "community", "company")
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")


@dataclass(frozen=True)
class Number:
    """[number]: the column that holds the other system's number of a case."""

    column: str


@dataclass(frozen=True)
class Times:
    """[times]: the columns of times, the zone they are local in, and how they are written."""

    zone: str
    opened: str
    closed: str | None = None
    target: str | None = None
    formats: tuple[str, ...] = (times.ISO,)


@dataclass(frozen=True)
class StatusMap:
    """[status]: a column, and which of our statuses its values mean."""

    column: str
    values: dict[str, str]


@dataclass(frozen=True)
class CategoryMap:
    """[category]: a column, and which of our codes its values mean; others are made on demand."""

    column: str
    values: dict[str, str] = field(default_factory=dict)
    create: bool = False
    first: str = "90001"
    class_: str = "Replayed"
    kind: str = "matter"


@dataclass(frozen=True)
class UnitMap:
    """[unit]: a column, and which of our units its values mean; others are made on demand."""

    column: str
    values: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    create: bool = False
    prefix: str = "unit-"
    kind: str = "department"


@dataclass(frozen=True)
class ChannelMap:
    """[channel]: one name for all rows, or a column and what its values mean."""

    name: str | None = None
    column: str | None = None
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Description:
    """[description]: the columns that make up the text, in their order."""

    columns: tuple[str, ...]
    separator: str = "\n"


@dataclass(frozen=True)
class Place:
    """[place]: the columns of longitude and latitude, their datum, and an address."""

    lon: str
    lat: str
    coord_type: str = CoordType.WGS84.value
    address: str | None = None


@dataclass(frozen=True)
class ParkMap:
    """[park]: where the cases belong; all but the code only where it is to be made."""

    code: str
    name: str | None = None
    street: str | None = None
    areas: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MapMade:
    """[map]: how the map is made where the park has none; west, south, east, north in degrees."""

    community: str
    square: tuple[float, ...] = ()
    margin_m: float = 25.0
    target_m2: float = 10_000.0
    grids: int = 6


@dataclass(frozen=True)
class Label:
    """`label`: the column of labels; `pad` makes 2108.0 the text 02108."""

    column: str
    pad: int = 0


@dataclass(frozen=True)
class AreaMap:
    """[areas]: a file of polygons to count by, and a column of labels to compare with."""

    file: str
    label_field: str
    label: Label | None = None


@dataclass(frozen=True)
class Mapping:
    """A mapping as a whole."""

    number: Number
    times: Times
    channel: ChannelMap
    park: ParkMap
    status: StatusMap | None = None
    category: CategoryMap | None = None
    description: Description | None = None
    unit: UnitMap | None = None
    result: str | None = None
    place: Place | None = None
    map: MapMade | None = None
    areas: AreaMap | None = None
    as_of: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def zone(self) -> ZoneInfo:
        """The zone of local times."""
        return ZoneInfo(self.times.zone)

    @property
    def judged_at(self) -> datetime | None:
        """The instant at which what is still open is judged."""
        return times.read(self.as_of, (times.ISO,), self.zone) if self.as_of else None

    @property
    def columns(self) -> Iterator[str]:
        """All columns that are named."""
        for part in (self.number, self.status, self.category, self.unit, self.channel):
            if part is not None and part.column is not None:
                yield part.column
        yield from filter(None, (self.times.opened, self.times.closed, self.times.target))
        yield from self.description.columns if self.description else ()
        if self.place:
            yield from filter(None, (self.place.lon, self.place.lat, self.place.address))
        if self.areas and self.areas.label:
            yield self.areas.label.column
        if self.result:
            yield self.result


def read_mapping(path: Path) -> Mapping:
    """Read a mapping and judge it whole; raises what the room names MappingWrong."""
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


def _judged(m: Mapping) -> Iterator[tuple[str, object, bool, str]]:
    yield "times.zone", m.times.zone, _is_zone(m.times.zone), "a name such as America/New_York"
    for one in m.times.formats:
        yield "times.formats", one, times.is_format(one), 'iso, or one such as "%m/%d/%Y %H:%M"'
    yield "times.formats", m.times.formats, bool(m.times.formats), "one format or more"
    if m.as_of:
        yield "as_of", m.as_of, m.judged_at is not None, "a time such as 2024-01-01T00:00:00"
    yield "encoding", m.encoding, _is_encoding(m.encoding), "a name such as utf-8 or latin-1"
    one_sign = len(m.delimiter) == 1 and m.delimiter not in '"\n\r\ufeff '
    yield "delimiter", m.delimiter, one_sign, "one character"
    for given in m.status.values.values() if m.status else ():
        yield "status.values", given, given in PATHS, "one of " + ", ".join(sorted(PATHS))
    yield from _judged_channel(m.channel)
    if m.category:
        fits = re.fullmatch("[0-9]{5}", m.category.first) is not None
        yield "category.first", m.category.first, fits, "5 digits"
        yield "category.kind", m.category.kind, m.category.kind in KINDS, ", ".join(KINDS)
        name = m.category.class_
        yield "category.class", name, 0 < len(name) <= 100, "1 to 100 characters"
    if m.unit:
        begins = CODE.fullmatch(m.unit.prefix) is not None and len(m.unit.prefix) <= 24
        yield "unit.prefix", m.unit.prefix, begins, "1 to 24 letters, digits and dashes"
        for name in m.unit.names.values():
            yield "unit.names", name, 0 < len(name) <= 100, "1 to 100 characters"
        yield "unit.kind", m.unit.kind, m.unit.kind in UNIT_KINDS, ", ".join(UNIT_KINDS)
    if m.place:
        kind = m.place.coord_type
        yield "place.coord_type", kind, kind in set(CoordType), ", ".join(CoordType)
    if m.areas and m.areas.label:
        yield "areas.label.pad", m.areas.label.pad, 0 <= m.areas.label.pad <= 50, "0 to 50"
    yield from _judged_park(m)


def _judged_channel(channel: ChannelMap) -> Iterator[tuple[str, object, bool, str]]:
    one = (channel.name is None) != (channel.column is None)
    yield "channel", channel, one, "either a name or a column"
    for name in (channel.name or "-", *channel.values.values()):
        yield "channel", name, 0 < len(name) <= 20 and name.isprintable(), "1 to 20 characters"


def _judged_park(m: Mapping) -> Iterator[tuple[str, object, bool, str]]:
    park = m.park
    yield "park.code", park.code, CODE.fullmatch(park.code) is not None, "a code of 1 to 32 signs"
    yield "park.name", park.name, park.name is None or 0 < len(park.name) <= 100, "a name"
    fits = park.street is None or re.fullmatch("[0-9]{9}", park.street) is not None
    yield "park.street", park.street, fits, "9 digits"
    for code, name in park.areas.items():
        fits = re.fullmatch("([0-9]{6}|[0-9]{9}|[0-9]{12})", code) is not None
        yield "park.areas", code, fits and 0 < len(name) <= 100, "codes of 6, 9, 12 digits"
    if m.map is None:
        return
    yield "map.grids", m.map.grids, 0 < m.map.grids < 1000, "1 to 999"
    yield "map.target_m2", m.map.target_m2, 100 <= m.map.target_m2 <= 1e9, "100 to 10⁹ m²"
    yield "map.margin_m", m.map.margin_m, 1 <= m.map.margin_m <= 1e5, "1 to 100,000 m"
    street = park.street or m.map.community[:9]
    fits = re.fullmatch("[0-9]{12}", m.map.community) is not None
    yield "map.community", m.map.community, fits, "12 digits"
    inside = m.map.community.startswith(street)
    yield "map.community", m.map.community, inside, "a code within the park's street"
    if m.map.square:
        yield "map.square", m.map.square, _is_square(m.map.square), "west, south, east, north"


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
