"""A desk with a clock: the sweep at the test's own instants, and the rows it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from gridgov.cases.tables import Case, Category
from gridgov.cases.write import flush
from gridgov.epochs import bump
from gridgov.escalation.sweep import Fired, claim, fire
from gridgov.ladder.ladder import parse, save
from gridgov.ladder.tables import CANCELLED, FIRED, PARKED, WAITING, RungRow
from gridgov.people.tables import Shift
from tests.support.desk import Desk

__all__ = ["CANCELLED", "FIRED", "PARKED", "WAITING", "Watch", "at"]


def at(text: str) -> datetime:
    """Return an instant of Ningbo's clocks."""
    return datetime.fromisoformat(text + "+08:00").astimezone(UTC)


class Watch:
    """A desk, a sweep, and what can be seen of the rungs."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.session = desk.session

    def act(self, case: Case, who: str, step: str, when: str, **given: Any) -> None:
        """Take a step at an instant."""
        self.desk.at = at(when) - (at("2026-01-01 00:01") - at("2026-01-01 00:00"))
        self.desk.act(case, who, step, **given)

    def take(self, when: str, **given: Any) -> Case:
        """Take in a report at an instant."""
        self.desk.at = at(when) - (at("2026-01-01 00:01") - at("2026-01-01 00:00"))
        return self.desk.take(**given)

    def sweep(self, when: str) -> list[str]:
        """Fire what is due at an instant, as `clock.rung`."""
        return [f"{one.clock}.{one.rung}" for one in self.swept(when)]

    def swept(self, when: str) -> list[Fired]:
        """Fire what is due at an instant."""
        self.session.flush()
        self.desk.at = at(when)
        found: list[Fired] = []
        while ids := claim(self.session, at(when)):
            done = fire(self.session, ids, at(when), self.desk.known)
            flush(self.session)
            found += done
            assert done, "a rung that is due does not fire"
        return found

    def rungs(self, case: Case, *states: str, round_: int | None = None) -> dict[str, Any]:
        """Return the rungs of a case in some states, with their instants in local time."""
        self.session.flush()
        query = sa.select(RungRow).where(RungRow.case_id == case.id, RungRow.state.in_(states))
        if round_:
            query = query.where(RungRow.round == round_)
        rows = self.session.scalars(query.order_by(RungRow.id))
        zone = self.desk.known.zone(case.park_code)
        return {
            f"{row.clock}{row.run if row.run > 1 else ''}.{row.name}": row.at
            and f"{row.at.astimezone(zone):%m-%d %H:%M:%S}".removesuffix(":00")
            for row in rows
        }

    def row(self, case: Case, name: str) -> RungRow:
        """Return one rung, as `clock.rung`."""
        clock, name = name.split(".")
        query = sa.select(RungRow).where(
            RungRow.case_id == case.id, RungRow.clock == clock, RungRow.name == name
        )
        return self.session.scalars(
            query.order_by(RungRow.round.desc(), RungRow.run.desc())
        ).first()

    def told(self, case: Case, template: str) -> set[str]:
        """Return who was told by a rung, or of a step."""
        self.session.flush()
        return {code for _, code in self.desk.told(case, template)}

    def limits(self, code: str, **limits: Any) -> None:
        """Give a category other limits."""
        self.session.get_one(Category, code).limits = {k: list(v) for k, v in limits.items()}
        self.session.flush()
        bump(self.session, "taxonomy")

    def ladder(self, text: str) -> None:
        """Put a ladder in force; nothing is planned again."""
        save(self.session, parse(text), "test", self.desk.at)

    def roster(self, *persons: str) -> None:
        """Put people on the property company's roster round the clock, after who is there."""
        for person in persons:
            self.session.add(
                Shift(unit_code="property", person_code=person, days="1234567",
                      starts="00:00", stops="00:00")
            )  # fmt: skip
        self.session.flush()
        bump(self.session, "people")


def only(rungs: Iterable[str], clock: str) -> set[str]:
    """Return the rungs of one clock."""
    return {name for name in rungs if name.startswith(clock + ".")}
