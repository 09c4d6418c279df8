"""What can be wrong in a file of days, each with its line; and in `config/calendar.toml`."""

from __future__ import annotations

from collections.abc import Sequence

from gridgov.errors import BadInput, GridgovError, LineWrong

MOST = 200


class DayProblem(LineWrong):
    """This day cannot be imported."""


class DaysWrong(BadInput):
    """The file holds %(count)s mistakes, so nothing of it was imported."""

    def __init__(self, problems: Sequence[DayProblem]) -> None:
        self.problems = tuple(problems[:MOST])
        super().__init__(count=len(problems))


class FileOfDaysTooLarge(DayProblem):
    """The file has more than %(limit)s bytes; a year's days take much less."""


class FileOfDaysUnreadable(DayProblem):
    """The file cannot be opened: %(reason)s."""


class NotText(DayProblem):
    """The file is neither UTF-8 nor GB 18030; save it again as "CSV UTF-8"."""


class NotReadable(DayProblem):
    """The file is neither a table of days nor JSON with a list of days: %(reason)s."""


class DayColumnMissing(DayProblem):
    """The column %(name)s is missing; add it."""


class DayColumnTwice(DayProblem):
    """Two columns mean %(name)s; remove one of them."""


class NoDays(DayProblem):
    """The file names no day; a year is imported whole."""


class DateWrong(DayProblem):
    """%(value)s is not a date; write it as 2027-01-01."""


class WorkingWrong(DayProblem):
    """%(value)s says neither that the day is off nor that it is worked; write off or work."""


class DayTwice(DayProblem):
    """This day stands in the file twice; remove one of the lines."""


class NameWrong(DayProblem):
    """Give the day a name of at most %(limit)s printable characters, or none."""


class YearWrong(DayProblem):
    """%(value)s is not a year from 1900 to 2199."""


class DayOfOtherYear(DayProblem):
    """This day is not in %(year)s, nor in the December before; give each year a file of its own."""


class NoDayOff(DayProblem):
    """No day from Monday to Friday is off; are days off and working days exchanged?"""


class YearWithoutWork(DayProblem):
    """Not one day of %(year)s is a working day; are days off and working days exchanged?"""


class CalendarUnknown(BadInput):
    """There is no calendar %(name)s; config/calendar.toml knows %(known)s."""


class CalendarFileWrong(GridgovError):
    """config/calendar.toml cannot be used: %(place)s %(reason)s."""
