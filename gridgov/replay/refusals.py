"""Why a history cannot be replayed, and why one row of it is refused."""

from __future__ import annotations

from typing import Any

from gridgov.errors import BadInput, Conflict
from gridgov.words import Word

SHOWN = 60  # characters of a wrong value


class MappingWrong(BadInput):
    """The mapping cannot be used."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**{name: _short(value) for name, value in values.items()})


class MappingUnreadable(MappingWrong):
    """%(path)s cannot be read as TOML: %(reason)s."""


class KeyUnknown(MappingWrong):
    """The mapping does not know the key %(key)s; here it takes %(known)s."""


class KeyMissing(MappingWrong):
    """The mapping lacks the key %(key)s."""


class ValueWrong(MappingWrong):
    """The mapping's %(key)s cannot be %(value)s; it takes %(takes)s."""


class ColumnMissing(MappingWrong):
    """The file has no column %(column)s, which the mapping names; it has %(columns)s."""


class ColumnTwice(MappingWrong):
    """The file has two columns %(column)s; rename one of them."""


class ParkNotDescribed(MappingWrong):
    """There is no park %(park)s yet: give its name and street in the mapping, or load it first."""


class HistoryUnreadable(MappingWrong):
    """%(path)s cannot be read: %(reason)s."""


class HistoryEmpty(MappingWrong):
    """%(path)s has no line of headings."""


class AreaFileMissing(MappingWrong):
    """There is no file %(path)s beside the history or beside the mapping."""


class AreaFieldMissing(MappingWrong):
    """%(path)s has no field %(field)s; it has %(fields)s."""


class AnotherReplay(Conflict):
    """Another replay of the same cases is running; try again when it has finished."""


class RowRefused(BadInput):
    """This row cannot become a case."""

    def __init__(self, **values: Any) -> None:
        super().__init__(**{name: _short(value) for name, value in values.items()})


class FieldsMiscounted(RowRefused):
    """The row has %(found)s fields, the headings are %(wanted)s."""


class LineUnreadable(RowRefused):
    """The line cannot be read as CSV: %(reason)s."""


class TextUnreadable(RowRefused):
    """%(column)s holds bytes or control characters that are not text in %(encoding)s."""


class TextTooLong(RowRefused):
    """%(column)s has more than %(most)s characters."""


class RefMissing(RowRefused):
    """%(column)s is empty: without its number the case could not be told from others."""


class RefTwice(RowRefused):
    """The number %(ref)s stands in line %(line)s already."""


class TimeMissing(RowRefused):
    """%(column)s is empty; the case needs it."""


class TimeUnreadable(RowRefused):
    """%(column)s cannot be read as a time: %(value)s."""


class TimeOutside(RowRefused):
    """%(column)s lies before 1900 or in the future: %(value)s."""


class ClosedBeforeOpened(RowRefused):
    """The case was closed at %(closed)s, before it was opened at %(opened)s."""


class StatusUnknown(RowRefused):
    """The mapping does not say what the status %(value)s means."""


class ChannelUnknown(RowRefused):
    """The mapping does not say what the channel %(value)s means."""


class CategoryUnknown(RowRefused):
    """There is no category for %(value)s."""


class UnitUnknown(RowRefused):
    """There is no unit for %(value)s."""


class CoordinatesUnreadable(RowRefused):
    """The coordinates are not numbers: %(lon)s, %(lat)s."""


class CoordinatesOutOfRange(RowRefused):
    """The coordinates %(lon)s, %(lat)s lie outside -180 to 180 and -90 to 90 degrees."""


class NothingSaid(RowRefused):
    """The row has neither a description nor a category."""


class DayFull(RowRefused):
    """More than %(most)s cases on one day are more than a day has numbers for."""


def _short(value: Any) -> str:
    if isinstance(value, Word):  # ours, and translated when it is said
        return value
    text = "".join(c if c.isprintable() else "�" for c in str(value))
    return text if len(text) <= SHOWN * 4 else text[: SHOWN * 4] + "…"
