"""A mapping for the daily exchange: a replay's, and what only a living case needs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from gridgov.cases.fields import URGENCIES
from gridgov.cases.workflow import Status
from gridgov.replay import times
from gridgov.replay.mapping import Mapping
from gridgov.replay.read_mapping import checked
from gridgov.replay.refusals import MappingUnreadable, ValueWrong
from gridgov.replay.toml import build
from gridgov.words import N_, Phrase

# What can be answered, under the headings that the other platform wants.
ANSWERS = (
    "external_ref", "number", "status", "unit", "outcome", "result", "reported_at", "due",
    "closed_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True)
class ReporterMap:
    """[reporter]: the columns of who called; stored encrypted and apart, as every contact."""

    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class WordMap:
    """A column, and what its values mean; what is not named is usual."""

    column: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class YesMap:
    """[confidential]: a column, and which of its values mean yes."""

    column: str
    yes: tuple[str, ...] = ()


@dataclass(frozen=True)
class UrgedMap:
    """A column that says how often, or when, the caller urged; another value is another urging."""

    column: str
    none: tuple[str, ...] = ("0",)  # what says that nobody did


@dataclass(frozen=True)
class ChangesMap:
    """[changes]: the columns in which the platform says what came later."""

    urged: UrgedMap | None = None
    added: str | None = None  # what the caller said since
    withdrawn: YesMap | None = None  # the caller wants nothing more


@dataclass(frozen=True)
class Answers:
    """[answers]: headings with what stands below them, our statuses and outcomes in their words.

    Cases in a status without a word are not answered yet.
    """

    columns: dict[str, str]
    statuses: dict[str, str]
    outcomes: dict[str, str] = field(default_factory=dict)
    sheet: str = "answers"


@dataclass(frozen=True)
class More:
    """What the daily exchange knows besides."""

    reporter: ReporterMap = ReporterMap()
    urgency: WordMap | None = None
    confidential: YesMap | None = None
    changes: ChangesMap = ChangesMap()
    answers: Answers | None = None


@dataclass(frozen=True)
class Daily:
    """A mapping as a whole."""

    rows: Mapping
    more: More

    @property
    def columns(self) -> Iterator[str]:
        """All columns that are named."""
        yield from self.rows.columns
        yield from filter(None, (self.more.reporter.name, self.more.reporter.phone))
        changes = self.more.changes
        if changes.added:
            yield changes.added
        more = (changes.urged, changes.withdrawn)
        for one in (self.more.urgency, self.more.confidential, *more):
            if one:
                yield one.column

    @property
    def channels(self) -> list[str]:
        """All channels that rows may come by."""
        given = self.rows.channel
        return [given.name] if given.name else sorted(set(given.values.values()))


def read_daily(path: Path) -> Daily:
    """Read a mapping and judge it whole; raises MappingWrong."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise MappingUnreadable(path=path.name, reason=error) from error
    names = ("reporter", "urgency", "confidential", "changes", "answers")
    more = build(More, {name: data.pop(name) for name in names if name in data})
    rows = checked(build(Mapping, data))
    for key, value, known in _judged(more):
        if value not in known:
            takes = Phrase(N_("one of %(known)s"), known=", ".join(known))
            raise ValueWrong(key=key, value=value, takes=takes)
    # Cells that are dates come as such, whatever is written in the others.
    formats = tuple(dict.fromkeys((*rows.times.formats, times.ISO)))
    return Daily(replace(rows, times=replace(rows.times, formats=formats)), more)


def _judged(more: More) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for value in more.urgency.values.values() if more.urgency else ():
        yield "urgency.values", value, tuple(URGENCIES)
    if more.answers:
        for value in more.answers.columns.values():
            yield "answers.columns", value, ANSWERS
        for value in more.answers.statuses:
            yield "answers.statuses", value, tuple(Status)
