"""What can be wrong in the clerk's files: each with its file, line and column, all told at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from gridgov.errors import BadInput, LineWrong

MOST = 200


class Problem(LineWrong):
    """This cannot be loaded."""

    file = ""
    column: str | None = None

    def at(self, file: str, line: int | None = None, column: str | None = None) -> Self:
        """Say where it stands; the column by its heading in the file."""
        self.file, self.line, self.column = file, line, column
        return self

    @property
    def where(self) -> str:
        """The place in the way that compilers write it: `units.csv:12: code`."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return place if self.column is None else f"{place}: {self.column}"


class FilesWrong(BadInput):
    """The files hold %(count)s mistakes, so nothing of them was loaded."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems[:MOST])
        super().__init__(count=len(problems))


# The files themselves


class FolderMissing(Problem):
    """There is no such folder; name the one that holds the files."""


class NothingToLoad(Problem):
    """This folder holds none of the files that are read: %(names)s."""


class GivenTwice(Problem):
    """The same table also stands in %(other)s; keep one of the two."""


class FileTooLarge(Problem):
    """The file has %(size)s bytes; at most %(limit)s are read."""


class FileUnreadable(Problem):
    """The file cannot be opened: %(reason)s."""


class FormatUnknown(Problem):
    """This kind of file is not read; save it as .csv or .xlsx."""


class NoText(Problem):
    """The file is neither UTF-8 nor GB 18030; save it again as "CSV UTF-8"."""


class NoTable(Problem):
    """The file cannot be read as a table: %(reason)s."""


class TableEmpty(Problem):
    """The table has no rows; remove the file if nothing should change."""


class TooManyRows(Problem):
    """The file has more than %(limit)s lines."""


class TooManyColumns(Problem):
    """The file has more than %(limit)s columns."""


class HeadingUnknown(Problem):
    """This heading is unknown; rename it to one of %(known)s, or remove the column."""


class HeadingTwice(Problem):
    """Two columns mean %(name)s; remove one of them."""


class ColumnMissing(Problem):
    """The column %(name)s is missing; add it."""


class LineTooLong(Problem):
    """This line has more cells than there are headings; check its commas and quotes."""


# Single values


class ValueMissing(Problem):
    """This must not be empty."""


class TextTooLong(Problem):
    """The text has more than %(limit)s characters; shorten it."""


class TextWrong(Problem):
    """The text holds a character that cannot be stored; type it again."""


class CodeWrong(Problem):
    """%(value)s is not a code; use up to 32 letters, digits, hyphens, dots or underscores."""


class DigitsWrong(Problem):
    """%(value)s is not a code of %(digits)s digits."""


class ChoiceUnknown(Problem):
    """%(value)s is unknown here; use one of %(choices)s."""


class NumberWrong(Problem):
    """%(value)s is not a number between %(least)s and %(most)s."""


class LimitWrong(Problem):
    """%(value)s is not a limit; write a number and a kind, such as "5 working_days"."""


class InstantWrong(Problem):
    """%(value)s is not a date; write it as 2026-01-31, or 2026-01-31 08:30 with a time."""


class DaysWrong(Problem):
    """%(value)s are not days of the week; write them as digits, Monday is 1: 12345."""


class ClockWrong(Problem):
    """%(value)s is not a time of day; write it as 08:30."""


class ZoneWrong(Problem):
    """%(value)s is not a time zone; write a name such as Asia/Shanghai."""


class PhoneWrong(Problem):
    """This is no telephone number; write digits and dashes."""


class EmailWrong(Problem):
    """This is no e-mail address."""


class CreditCodeWrong(Problem):
    """%(value)s is not a unified social credit code: 18 characters, the last one a check digit."""


# What must fit together


class Repeated(Problem):
    """%(value)s already stands in %(other)s; keep one of the two."""


class UnitUnknown(Problem):
    """There is no unit %(value)s; add it to the units, or correct the code."""


class PersonUnknown(Problem):
    """There is no person %(value)s; add them to the people, or correct the code."""


class GridUnknown(Problem):
    """There is no grid %(value)s; add it to the grids, or correct the code."""


class ParkUnknown(Problem):
    """There is no park %(value)s; add it to the parks, or correct the code."""


class ParkUnclear(Problem):
    """There is no park yet, or more than one, so each grid must name its park."""


class AreaUnknown(Problem):
    """There is no area %(value)s; add it to the areas, or correct the code."""


class PlaceUnknown(Problem):
    """There is neither an area nor a grid %(value)s; correct the code."""


class CategoryUnknown(Problem):
    """No category begins with %(value)s; correct the code."""


class UnitsInCircle(Problem):
    """The unit stands above itself: %(circle)s; correct one parent."""


class FallbackTwice(Problem):
    """%(other)s is already the fallback unit there; keep one."""


class PlaceNotWanted(Problem):
    """A duty of this role has no place; leave it empty."""


class DutyEndsFirst(Problem):
    """The duty would end before it begins; correct one of the two."""


class DutyIsOver(Problem):
    """This duty ended at %(ended)s, and that stays; begin a new duty on a line of its own."""


class DutyBeginMissing(Problem):
    """A duty that is over needs the date on which it began."""


class LeaderTwice(Problem):
    """Grid %(grid)s has another leader at that time, in %(other)s; end one, or mark a deputy."""


class PublicTooMuch(Problem):
    """Categories of the kind %(kind)s may not be public to this degree; write %(allowed)s."""


class PointIncomplete(Problem):
    """A point needs both longitude and latitude."""


class PointSwapped(Problem):
    """Longitude and latitude are exchanged; put each into the other's column."""


class CreditCodeTaken(Problem):
    """Firm %(other)s already has this code; correct one, or keep that firm's code."""


class ContactUnreachable(Problem):
    """A contact needs a telephone number or an e-mail address; add one, or leave the name out."""


class FirmOutside(Problem):
    """%(count)s firms lie outside the map: %(codes)s; check their coordinates and their datum."""


class CodeMissing(Problem):
    """Give the firm a code, or its unified social credit code."""


class FallbackMissing(Problem):
    """%(area)s has no fallback unit; mark one."""
