"""A town whose clock stands where a test puts it, with contacts, texts and photos in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from gridgov.cases.known import known
from gridgov.database import db, transaction
from gridgov.faces.serve import Serving
from gridgov.privacy import retain
from gridgov.settings import Settings
from gridgov.storage.store import LocalFolder
from tests.storage.makers import photo
from tests.support.desk import START
from tests.support.town import Town

PHONE, NAME, EMAIL = "13812345678", "王小明", "wang@example.org"
CONTACT = {"name": NAME, "phone": PHONE, "email": EMAIL}


@dataclass
class Archive:
    """The town, and what becomes of its cases in the course of years."""

    town: Town
    at: datetime = START

    @property
    def settings(self) -> Settings:
        """The town's."""
        found: Settings = self.town.app.extensions["gridgov"].settings
        return found

    @property
    def store(self) -> LocalFolder:
        """Where its files lie."""
        found: LocalFolder = self.town.app.extensions["gridgov"].store
        return found

    def later(self, **span: float) -> None:
        """Move the clock."""
        self.at += timedelta(**span)

    def reported(self, **given: Any) -> dict[str, Any]:
        """Report a case with a contact, or as given."""
        return self.town.report(**({"reporter": CONTACT} | given))

    def took(self, number: str, who: str, step: str, **given: Any) -> None:
        """Take a step that must be allowed."""
        answer = self.town.step(number, who, step, **given)
        assert answer.status_code == 200, answer.json

    def closed(self, **given: Any) -> dict[str, Any]:
        """Report a case and settle it, or, where it is not the grid's, reject it."""
        taken = self.reported(**given)
        category = given.get("category", "01001")
        if category < "2":
            self.took(taken["number"], "leader", "settle", category=category, result="fixed")
        else:
            self.reject(taken["number"])
        return taken

    def reject(self, number: str) -> None:
        """Reject a case, whatever level it has come to."""
        self.took(number, "dispatcher", "reject", reason="no", instead="12345")

    def photographed(self, taken: dict[str, Any], data: bytes | None = None) -> None:
        """Let the reporter of a case add a photo."""
        answer = self.town.client.post(
            f"/api/v1/cases/{taken['number']}/attachments",
            data={"file": (io.BytesIO(data or photo()), "a.jpg", "image/jpeg")},
            headers=self.town.headers(**{"X-Case-Code": taken["query_code"]}),
        )
        assert answer.status_code == 201, answer.json

    def plan(self) -> dict[str, int]:
        """Rehearse."""
        with self.town.app.app_context():
            return retain.plan(db.engine, self.settings, self.store, self.at).dump()

    def run(self) -> dict[str, int]:
        """Erase what is over its period."""
        with self.town.app.app_context():
            return retain.run(db.engine, self.settings, self.store, self.at).dump()

    @contextmanager
    def serving(self) -> Iterator[Serving]:
        """Give what a verb takes, at the clock's instant."""
        with self.town.app.app_context(), transaction() as session:
            yield Serving(session, self.at, known(session, self.settings))

    def timeline(self, number: str, who: str = "dispatcher") -> list[dict[str, Any]]:
        """Return what happened to a case."""
        return list(self.town.get(f"/cases/{number}/timeline", who).json["events"])


@pytest.fixture
def archive(town: Town, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Give a town of the test's own, at a Tuesday morning."""
    made = Archive(town)
    monkeypatch.setattr("gridgov.faces.serve.now", lambda: made.at)
    return made


def refused(answer: Any) -> tuple[int, str]:
    """Return how and why something is refused."""
    return answer.status_code, str(answer.json["type"]).rpartition(":")[2]
