"""The tree of errors: each leaf's docstring is the sentence that the user reads.

The docstring is also the English message id of the catalogue; `%(name)s` in it is filled from
the keyword arguments. What an error means in HTTP stands in one table of the API.
"""

from __future__ import annotations

import inspect
import traceback
from typing import Any, Self

from gridgov.words import shortened


class GridgovError(Exception):
    """Something went wrong."""

    def __init__(self, *, field: str | None = None, **values: Any) -> None:
        self.field = field
        self.values = values
        super().__init__(self.message_id % values if values else self.message_id)

    @property
    def message_id(self) -> str:
        """The sentence in English, before its values are filled in."""
        return " ".join((inspect.getdoc(type(self)) or "").split())


def trace(error: BaseException) -> str:
    """Return where something went wrong, for a log: classes and lines of code, never values.

    What an error says may hold somebody's words: PostgreSQL's tell the whole row that failed.
    """
    told = []
    seen: BaseException | None = error
    while seen is not None:
        told.append(f"{type(seen).__name__}\n{''.join(traceback.format_tb(seen.__traceback__))}")
        seen = seen.__cause__ or seen.__context__
    return "raised after\n".join(told)


class BadInput(GridgovError):
    """The input cannot be used as it is."""


class LineWrong(BadInput):
    """This line of the file cannot be used."""

    def __init__(self, line: int | None = None, **values: Any) -> None:
        self.line = line
        super().__init__(**{name: shortened(value) for name, value in values.items()})

    def on(self, line: int | None) -> Self:
        """Say the line; whoever found the mistake may not know it."""
        self.line = line
        return self


class NotFound(GridgovError):
    """Nothing was found under this number or code, or you may not see it."""


class NotSignedIn(GridgovError):
    """Sign in first: send a bearer token, or the case's code."""


class NotAllowed(GridgovError):
    """Your duties do not allow this."""


class Conflict(GridgovError):
    """This cannot be done in the present state."""


class CaseMovedOn(Conflict):
    """Someone else changed this case first; read it again."""

    current: dict[str, Any] | None = None  # the case as it stands now


class TooMuch(GridgovError):
    """This is larger than what is accepted."""


class TooMany(GridgovError):
    """Too many requests; wait a little and try again."""


class Unavailable(GridgovError):
    """This cannot be served just now; try again in a moment."""
