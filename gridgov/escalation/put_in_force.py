"""Puts a ladder or a year of the calendar in force, and plans all open cases again by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Connection, Engine

from gridgov.audit.journal import journal
from gridgov.database import transaction
from gridgov.escalation.replan import replan
from gridgov.ladder.ladder import Ladder, save
from gridgov.people.actors import Actor
from gridgov.settings import Settings
from gridgov.worktime.import_year import Imported, import_year
from gridgov.worktime.read import Published

JOURNAL = "settings"
Progress = Callable[[int, int], None]


def put_ladder(
    engine: Engine | Connection,
    settings: Settings,
    new: Ladder,
    source: str,
    actor: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> int:
    """Put a ladder in force; returns how many open cases were planned otherwise."""
    with transaction(engine) as session:
        save(session, new, source, at)
        journal(
            session, settings.keys, at, "ladder_put", journal=JOURNAL, account=actor.account,
            person=actor.person, data={"rungs": len(new.rungs)},
        )  # fmt: skip
    return replan(engine, settings, at, progress=progress)


def put_year(
    engine: Engine | Connection,
    settings: Settings,
    calendar: str,
    published: Published,
    source: str,
    actor: Actor,
    at: datetime,
) -> tuple[Imported, int]:
    """Put a year in force; returns what it changed, and how many cases have other deadlines."""
    with transaction(engine) as session:
        made = import_year(session, calendar, published, source, at)
        if not made.unchanged:
            journal(
                session, settings.keys, at, "year_put", journal=JOURNAL, account=actor.account,
                person=actor.person, data={"calendar": calendar, "year": made.year},
            )  # fmt: skip
    if made.unchanged:
        return made, 0
    # Deadlines that were provisional are computed again; each case that moved says so.
    return made, replan(engine, settings, at, told=True)
