"""A town in which cases are closed and people are called, at any instant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov import schema
from gridgov.callbacks.keep import Kept, keep
from gridgov.database import db, transaction
from gridgov.epochs import bump
from gridgov.people.tables import Duty
from tests.support.desk import START
from tests.support.town import LONG_AGO, STREET, Town

PHONE, NAME = "13812345678", "王小明"
RESIDENT = {"name": NAME, "phone": PHONE}


@dataclass
class Line:
    """The town with a clock that stands where a test puts it: a Tuesday, 10:00 in Ningbo."""

    town: Town
    at: datetime = START

    def reported(self, **given: Any) -> dict[str, Any]:
        """Report a case with a contact, or as given."""
        return self.town.report(**({"reporter": RESIDENT} | given))

    def closed(self, **given: Any) -> dict[str, Any]:
        """Report a case and bring it through to closed."""
        taken = self.reported(**given)
        self.close(taken["number"])
        return taken

    def close(self, number: str) -> None:
        """File, dispatch, handle and check a case."""
        case = self.town.read(number, "dispatcher")
        decider = "leader" if case["level"] == "grid" else "dispatcher"
        if case["status"] == "reported":
            self.took(number, decider, "file")
        if case["status"] in ("reported", "filed"):
            self.took(number, decider, "dispatch", unit="property")
            self.took(number, "handler", "accept")
        self.took(number, "handler", "submit", outcome="solved", result="repaired")
        if self.town.read(number, "dispatcher")["status"] == "checking":
            self.took(number, "member", "pass")

    def took(self, number: str, who: str, step: str, **given: Any) -> None:
        """Take a step that must be allowed."""
        answer = self.town.step(number, who, step, **given)
        assert answer.status_code == 200, answer.json

    def keep(self) -> Kept:
        """Run the job."""
        with self.town.app.app_context():
            return keep(db.engine, self.town.app.extensions["gridgov"].settings, self.at)

    def list(self, who: str = "caller") -> list[dict[str, Any]]:
        """Return somebody's list."""
        answer = self.town.get("/callbacks", who)
        assert answer.status_code == 200, answer.json
        return list(answer.json["callbacks"])

    def one(self) -> int:
        """Run the job; return the only callback."""
        self.keep()
        (found,) = self.list()
        return int(found["id"])

    def call(self, key: int, who: str = "caller") -> Any:
        """Take a call."""
        return self.town.post(f"/callbacks/{key}/call", None, who)

    def vain(self, key: int, who: str = "caller") -> Any:
        """Say that nobody was reached."""
        return self.town.post(f"/callbacks/{key}/tries", {"reached": False}, who)

    def hire(self, *logins: str, place: str = STREET) -> None:
        """Give people of the town the duty of a caller too."""
        with self.town.app.app_context(), transaction() as session:
            for login in logins:
                session.add(
                    Duty(
                        person_code=login, role="caller", place=place, deputy=False, begins=LONG_AGO
                    )
                )
            bump(session, "people")

    def timeline(self, number: str, who: str = "dispatcher") -> list[dict[str, Any]]:
        """Return what happened to a case."""
        return list(self.town.get(f"/cases/{number}/timeline", who).json["events"])

    def readings(self, number: str) -> list[dict[str, Any]]:
        """Return the readings of a case's contact."""
        return [one for one in self.timeline(number) if one["step"] == "read_contact"]

    def everything(self) -> str:
        """Return all rows of all tables as text."""
        with self.town.app.app_context(), transaction(write=False) as session:
            return "\n".join(
                repr(row)
                for table in schema.METADATA.sorted_tables
                for row in session.execute(
                    sa.select(*(c for c in table.columns if "geom" not in str(c.type).lower()))
                )
            )

    def later(self, **span: float) -> None:
        """Move the clock."""
        self.at += timedelta(**span)


def refused(answer: Any) -> str:
    """Return why something is refused."""
    assert answer.status_code in (403, 404, 409), answer.json
    return str(answer.json["type"]).rpartition(":")[2]


@pytest.fixture
def line(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """Give a town of the test's own, at a Tuesday morning."""
    made = Line(town)
    monkeypatch.setattr("gridgov.faces.serve.now", lambda: made.at)
    yield made
