"""The ladder: which rung stands where on which clock, what it does, whom it tells.

Read from a TOML file that a clerk can edit, checked, and kept in the database, so that all
processes climb the same one.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.epochs import Snapshot, bump
from gridgov.errors import BadInput
from gridgov.ladder.clock import Clock
from gridgov.ladder.tables import Ladder as Row
from gridgov.settings import ROOT
from gridgov.words import N_, Phrase
from gridgov.worktime.rules import Calendar, Due, Kind, Limit

OWN = ROOT / "config" / "ladder.toml"
STAGES = ("intake", "verify", "dispatch", "accept", "handle", "check")
CLOCKS = (*STAGES, "case", "waiting", "suspension", "letter", "join")
EVERY = (*STAGES, "case")
DATED = frozenset({"suspension", "letter"})  # due on a date, by no limit
STEPS = frozenset(
    {"warn_amber", "warn_red", "escalate", "dispatch_urgent", "recall_verify", "supply", "resume"}
)
TELL = frozenset({
    "actor", "leader", "head", "unit", "street", "district", "next_on_duty", "reporter", "asked",
    "lead",
})  # fmt: skip
FRACTION = re.compile(r"([0-9]{1,3})\s*%")
KEYS = frozenset(
    {"name", "clock", "at", "after", "before", "kind", "steps", "tell", "category", "urgency"}
)
WALL = frozenset({Kind.CALENDAR_DAYS, Kind.URGENT_HOURS})
LIMIT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,2})?)\s+([a-z_]+)")
CATEGORY = re.compile(r"[0-9]{0,5}")
AMONG = N_("%(key)s are among %(known)s")


class LadderWrong(BadInput):
    """The ladder cannot be used: %(where)s: %(what)s."""


@dataclass(frozen=True)
class Rung:
    """One rung: at a fraction of the clock's limit, after a time on it, or before its deadline.

    Before its deadline only by the wall's time, and only where the clock had begun by then.
    """

    name: str
    clock: str
    fraction: float | None
    after: Limit | None
    steps: tuple[str, ...]
    tell: tuple[str, ...]
    category: str = ""
    urgency: str = ""
    before: Limit | None = None

    def fits(self, clock: str, category: str | None, urgency: str) -> bool:
        """Tell whether it stands on this clock of such a case."""
        clocks = EVERY if self.clock == "any" else (self.clock,)
        return (
            clock in clocks
            and (category or "").startswith(self.category)
            and self.urgency in ("", urgency)
        )

    def instant(self, clock: Clock, calendar: Calendar) -> Due | None:
        """Return when it is reached, or None while the clock stands still before that."""
        if self.fraction is not None:
            return clock.at_fraction(self.fraction, calendar)
        if self.before is not None:
            return self._ahead(clock, calendar)
        if self.after is None:
            return None
        return clock.reaches(self.after.seconds(calendar), calendar, self.after.kind)

    def _ahead(self, clock: Clock, calendar: Calendar) -> Due | None:
        due = clock.due(calendar)
        if due is None or self.before is None:
            return None
        at = due.at - timedelta(seconds=self.before.seconds(calendar))
        return Due(at, due.provisional) if at >= clock.start else None


@dataclass(frozen=True)
class Ladder:
    """All rungs, and the limits of clocks for which a category names none."""

    rungs: tuple[Rung, ...]
    limits: dict[str, Limit]

    def named(self, name: str) -> Rung | None:
        """Return the rung of a name, or None where the ladder has it no more."""
        return next((rung for rung in self.rungs if rung.name == name), None)


def parse(text: str | bytes) -> Ladder:
    """Read a ladder file; raises LadderWrong naming the rung and what is wrong with it."""
    try:
        found = tomllib.loads(text if isinstance(text, str) else text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise LadderWrong(where=N_("file"), what=N_("is not text in UTF-8")) from error
    except (ValueError, RecursionError) as error:
        raise LadderWrong(where="TOML", what=str(error)[:200]) from error
    return from_data(found)


def from_data(found: dict[str, Any]) -> Ladder:
    """Read a ladder as TOML or JSON holds it."""
    if unknown := found.keys() - {"rung", "limits"}:
        raise LadderWrong(where=N_("file"), what=_unknown(unknown))
    rows = found.get("rung", [])
    if not isinstance(rows, list) or not isinstance(found.get("limits", {}), dict):
        raise LadderWrong(where=N_("file"), what=N_("takes [[rung]] and [limits]"))
    rungs = tuple(_rung(row, place) for place, row in enumerate(rows, 1))
    names = [rung.name for rung in rungs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise LadderWrong(where=twice, what=N_("two rungs have this name"))
    limits = {}
    for clock, text in found.get("limits", {}).items():
        if clock not in CLOCKS or clock in DATED or clock == "join":
            raise LadderWrong(where="limits", what=_no_clock(clock))
        limits[clock] = _limit(text, f"limits.{clock}")
    return Ladder(rungs, limits)


def _rung(row: Any, place: int) -> Rung:
    where: str = Phrase(N_("rung %(place)s"), place=place)
    if not isinstance(row, dict) or not isinstance(row.get("name"), str) or not row["name"]:
        raise LadderWrong(where=where, what=N_("a rung needs a name"))
    where = row["name"][:40]
    if unknown := row.keys() - KEYS:
        raise LadderWrong(where=where, what=_unknown(unknown))
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", row["name"]):
        raise LadderWrong(where=where, what=N_("a name is a short word in small letters"))
    clock = row.get("clock", "any")
    if clock not in (*CLOCKS, "any"):
        raise LadderWrong(where=where, what=_no_clock(clock))
    fraction = FRACTION.fullmatch(str(row.get("at", "")))
    if sum(key in row for key in ("at", "after", "before")) != 1 or ("at" in row and not fraction):
        raise LadderWrong(
            where=where,
            what=N_('needs at = "75 %", after = "0.25 urgent_hours" or before = "3 calendar_days"'),
        )
    before = _limit(row["before"], where) if "before" in row else None
    if before is not None and before.kind not in WALL:
        raise LadderWrong(where=where, what=N_("before takes calendar_days or urgent_hours"))
    return Rung(
        name=row["name"],
        clock=clock,
        fraction=int(fraction[1]) / 100 if fraction else None,
        after=_limit(row["after"], where) if "after" in row else None,
        steps=_among(row, "steps", STEPS, where),
        tell=_among(row, "tell", TELL, where),
        category=_category(row.get("category", ""), where),
        urgency=_urgency(row.get("urgency", ""), where),
        before=before,
    )


def _among(row: dict[str, Any], key: str, known: frozenset[str], where: str) -> tuple[str, ...]:
    values = row.get(key, [])
    if not isinstance(values, list) or not set(map(str, values)) <= known:
        raise LadderWrong(where=where, what=Phrase(AMONG, key=key, known=", ".join(sorted(known))))
    if len(set(values)) < len(values):
        raise LadderWrong(where=where, what=Phrase(N_("%(key)s name something twice"), key=key))
    return tuple(values)


def _category(value: Any, where: str) -> str:
    if not isinstance(value, str) or not CATEGORY.fullmatch(value):
        raise LadderWrong(where=where, what=N_('category is a code\'s first digits, such as "01"'))
    return value


def _urgency(value: Any, where: str) -> str:
    if value not in ("", "normal", "urgent"):
        raise LadderWrong(where=where, what=N_("urgency is normal or urgent"))
    return str(value)


def _unknown(names: set[str]) -> str:
    return Phrase(N_("unknown: %(name)s"), name=min(names)[:40])


def _no_clock(clock: object) -> str:
    known = ", ".join((*CLOCKS, "any"))
    return Phrase(N_("no clock %(clock)s; there are %(known)s"), clock=str(clock)[:40], known=known)


def _limit(text: Any, where: str) -> Limit:
    match = LIMIT.fullmatch(str(text))
    if match is None or match[2] not in set(Kind):
        raise LadderWrong(where=where, what=N_('a time is written as "3 working_days"'))
    return Limit(Kind(match[2]), float(match[1]))


def data_of(ladder: Ladder) -> dict[str, Any]:
    """Return a ladder as `from_data` reads it."""
    return {
        "rung": [
            {"name": rung.name, "clock": rung.clock, "steps": list(rung.steps)}
            | {"tell": list(rung.tell), "category": rung.category, "urgency": rung.urgency}
            | _when(rung)
            for rung in ladder.rungs
        ],
        "limits": {clock: _text(limit) for clock, limit in ladder.limits.items()},
    }


def _when(rung: Rung) -> dict[str, str]:
    if rung.fraction is not None:
        return {"at": f"{round(rung.fraction * 100)} %"}
    if rung.before is not None:
        return {"before": _text(rung.before)}
    return {"after": _text(rung.after)}


def _text(limit: Limit | None) -> str:
    return f"{float(limit.amount):g} {limit.kind}" if limit else ""


def save(session: Session, new: Ladder, source: str, at: datetime | None) -> None:
    """Put a ladder in force; open cases are planned again by whoever calls this."""
    session.add(Row(source=source[:300], loaded_at=at, ladder=data_of(new)))
    session.flush()
    bump(session, "ladder")


def seed(session: Session) -> None:
    """Put the program's own ladder in force where none is."""
    if session.scalar(sa.select(Row.id).limit(1)) is None:
        save(session, parse(OWN.read_text("utf-8")), OWN.name, None)


def _read(session: Session) -> Ladder:
    row = session.scalars(sa.select(Row).order_by(Row.id.desc()).limit(1)).one_or_none()
    return from_data(row.ladder) if row else Ladder((), {})


ladder = Snapshot("ladder", _read)
