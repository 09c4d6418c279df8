"""A record of another system becomes a row, or a refusal by name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gridgov.cases.fields import TEXT_LENGTH
from gridgov.cases.numbers import PER_DAY
from gridgov.errors import GridgovError
from gridgov.replay import refusals as no
from gridgov.replay import times
from gridgov.replay.mapping import Mapping
from gridgov.replay.plan import UNKNOWN, Row, ends
from gridgov.replay.source import Record

REF_LENGTH = 100
NAME_LENGTH = 100
ADDRESS_LENGTH = 300
# Half of a day's numbers, so that drawing a free one stays quick beside other channels' cases.
MOST_A_DAY = PER_DAY // 2
NOTHING = frozenset({"", "nan", "null", "none", "na", "n/a", "nat", "-"})
_WHOLE = re.compile(r"([0-9]+)\.0*")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Refused(NamedTuple):
    """A row that does not become a case: where it stands, and why."""

    line: int
    ref: str
    why: GridgovError

    @property
    def reason(self) -> str:
        """The reason's name: `closed_before_opened`."""
        return re.sub("(?<!^)(?=[A-Z])", "_", type(self.why).__name__).lower()


@dataclass
class History:
    """A whole file as read: rows and refusals together are all its records."""

    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def read(self) -> int:
        """How many records the file has."""
        return len(self.rows) + len(self.refused)

    def sort(self) -> None:
        """Bring refusals into the order of the file."""
        self.refused.sort(key=lambda one: one.line)


def read_history(records: Iterable[Record], mapping: Mapping, now: datetime) -> History:
    """Read all records; nothing that stands in them raises anything."""
    history = History()
    reader = Reader(mapping, now)
    seen: dict[tuple[str, str], int] = {}
    days: dict[object, int] = {}
    for record in records:
        try:
            if record.refused:
                raise record.refused
            row = reader.row(record)
            if row.key in seen:
                raise no.RefTwice(ref=row.ref, line=seen[row.key])
            day = row.opened.astimezone(reader.zone).date()
            if days.get(day, 0) >= MOST_A_DAY:
                raise no.DayFull(most=MOST_A_DAY)
        except no.RowRefused as why:
            ref = record.values.get(mapping.number.column, "").strip()
            history.refused.append(Refused(record.line, ref[:REF_LENGTH], why))
            continue
        seen[row.key] = row.line
        days[day] = days.get(day, 0) + 1
        history.rows.append(row)
    return history


class Reader:
    """Reads records by one mapping."""

    def __init__(self, mapping: Mapping, now: datetime) -> None:
        self.mapping = mapping
        self.zone: ZoneInfo = mapping.zone
        self.now = now
        # Values repeat: a file of a million rows has few categories, and they are kept once.
        self._kept: dict[str, str] = {}

    def row(self, record: Record) -> Row:
        """Return the row of a record; raises RowRefused."""
        m, values = self.mapping, record.values
        ref = self._text(values, m.number.column, REF_LENGTH)
        if not ref:
            raise no.RefMissing(column=m.number.column)
        opened, closed = self._opened_and_closed(values)
        status = self._status(values, closed)
        if ends(status) and closed is None:
            raise no.TimeMissing(column=m.times.closed or "times.closed")
        category = self._text(values, m.category.column, NAME_LENGTH) if m.category else ""
        description = self._description(values)
        if not category and not description:
            raise no.NothingSaid
        lon, lat = self._point(values)
        address = m.place.address if m.place else None
        label = m.areas.label if m.areas else None
        return Row(
            line=record.line,
            ref=ref,
            channel=self._channel(values),
            status=status,
            opened=opened,
            closed=closed,
            due=self._due(values, opened),
            category=self._once(category),
            unit=self._once(self._text(values, m.unit.column, NAME_LENGTH) if m.unit else ""),
            description=description,
            result=self._text(values, m.result, TEXT_LENGTH) or None if m.result else None,
            address=self._text(values, address, ADDRESS_LENGTH) or None if address else None,
            lon=lon,
            lat=lat,
            label=self._once(self._label(values, label.column, label.pad) if label else ""),
            verdict=self._verdict(values),
        )

    def _once(self, text: str) -> str:
        return self._kept.setdefault(text, text)

    def _text(self, values: dict[str, str], column: str, most: int) -> str:
        text = values[column].strip()
        if _NO_TEXT.search(text):
            raise no.TextUnreadable(column=column, encoding=self.mapping.encoding)
        if len(text) > most:
            raise no.TextTooLong(column=column, most=most)
        return text

    def _time(self, values: dict[str, str], column: str | None) -> datetime | None:
        if column is None or (text := values[column].strip()).casefold() in NOTHING:
            return None
        found = times.read(text, self.mapping.times.formats, self.zone)
        if found is None:
            raise no.TimeUnreadable(column=column, value=text)
        if not times.FIRST_YEAR <= found.year <= times.LAST_YEAR:
            raise no.TimeOutside(column=column, value=text)
        return found

    def _opened_and_closed(self, values: dict[str, str]) -> tuple[datetime, datetime | None]:
        columns = self.mapping.times
        opened, closed = self._time(values, columns.opened), self._time(values, columns.closed)
        if opened is None:
            raise no.TimeMissing(column=columns.opened)
        for column, found in ((columns.opened, opened), (columns.closed, closed)):
            if found and column and found > self.now:
                raise no.TimeOutside(column=column, value=values[column].strip())
        if closed and closed < opened:
            # Of an hour that comes twice, the second, where only that is later than the opening.
            closed = times.again(closed, self.zone)
            if closed < opened:
                local = (at.astimezone(self.zone).isoformat(" ") for at in (closed, opened))
                raise no.ClosedBeforeOpened(closed=next(local), opened=next(local))
        return opened, closed

    def _due(self, values: dict[str, str], opened: datetime) -> datetime | None:
        due = self._time(values, self.mapping.times.target)
        return times.again(due, self.zone) if due and due < opened else due

    def _verdict(self, values: dict[str, str]) -> str:
        given = self.mapping.verdict
        if given is None or (value := values[given.column].strip()).casefold() in NOTHING:
            return ""
        return given.values.get(value, UNKNOWN)

    def _status(self, values: dict[str, str], closed: datetime | None) -> str:
        given = self.mapping.status
        if given is None:
            return "closed" if closed else "handling"
        value = values[given.column].strip()
        if value not in given.values:
            raise no.StatusUnknown(value=value)
        return given.values[value]

    def _channel(self, values: dict[str, str]) -> str:
        given = self.mapping.channel
        if given.column is None:
            return given.name or ""
        value = values[given.column].strip()
        if value not in given.values:
            raise no.ChannelUnknown(value=value)
        return given.values[value]

    def _description(self, values: dict[str, str]) -> str | None:
        given = self.mapping.description
        if given is None:
            return None
        parts = [self._text(values, column, TEXT_LENGTH) for column in given.columns]
        whole = given.separator.join(dict.fromkeys(filter(None, parts)))
        if len(whole) > TEXT_LENGTH:
            raise no.TextTooLong(column=", ".join(given.columns), most=TEXT_LENGTH)
        return whole or None

    def _point(self, values: dict[str, str]) -> tuple[float | None, float | None]:
        place = self.mapping.place
        if place is None:
            return None, None
        texts = [values[column].strip() for column in (place.lon, place.lat)]
        if any(text.casefold() in NOTHING for text in texts):
            return None, None
        try:
            lon, lat = (float(text) for text in texts)
        except ValueError as error:
            raise no.CoordinatesUnreadable(lon=texts[0], lat=texts[1]) from error
        if isnan(lon) or isnan(lat) or lon == lat == 0:
            return None, None
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise no.CoordinatesOutOfRange(lon=texts[0], lat=texts[1])
        return lon, lat

    def _label(self, values: dict[str, str], column: str, pad: int) -> str:
        text = self._text(values, column, NAME_LENGTH)
        if text.casefold() in NOTHING:
            return ""
        if pad and (whole := _WHOLE.fullmatch(text)):
            text = whole[1]
        return text.zfill(pad) if pad and text.isdecimal() else text
