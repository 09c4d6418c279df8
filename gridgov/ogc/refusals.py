"""Why a question to OGC API – Features is refused: always 400, with a sentence that helps."""

from __future__ import annotations

from gridgov.errors import BadInput


class ParameterUnknown(BadInput):
    """There is no parameter %(name)s here; there are %(known)s."""


class ParameterTwice(BadInput):
    """The parameter %(name)s may be given once only."""


class FormUnknown(BadInput):
    """f takes %(known)s."""


class LimitWrong(BadInput):
    """limit takes a whole number from 1 on."""


class OffsetWrong(BadInput):
    """offset takes a whole number from 0 to 999999; the link `next` goes further."""


class AfterWrong(BadInput):
    """This is not a page of this list; follow the link `next` of the page before."""


class BoxWrong(BadInput):
    """bbox takes four numbers, or six with heights, in the axis order of its system."""


class BoxOverAntimeridian(BadInput):
    """A bbox over the 180th meridian is not taken: the west is greater than the east."""


class InstantWrong(BadInput):
    """datetime takes an instant (RFC 3339), a day, or two with / between; .. is an open end."""


class SystemUnknown(BadInput):
    """%(name)s takes one of the systems that the collection lists under crs."""


class LanguageUnknown(BadInput):
    """filter-lang takes cql2-text or cql2-json."""
