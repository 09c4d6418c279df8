"""The mapping: what the columns of another system mean here. The README describes its keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from geo.datum import CoordType
from gridgov.replay import times


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
class VerdictMap:
    """[verdict]: a column, and which of its values mean on_time, which overdue."""

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
    verdict: VerdictMap | None = None
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
        """The instant at which what is still open is judged, where the mapping names one."""
        return times.read(self.as_of, (times.ISO,), self.zone) if self.as_of else None

    def judged_by(self, now: datetime) -> datetime:
        """Return the instant at which what is still open is judged: never one to come."""
        return min(self.judged_at or now, now).replace(microsecond=0)

    @property
    def columns(self) -> Iterator[str]:
        """All columns that are named."""
        parts = (self.number, self.status, self.verdict, self.category, self.unit, self.channel)
        for part in parts:
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
