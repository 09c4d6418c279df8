"""What an intake sends to the database: how many statements, and what becomes of failed ones."""

from __future__ import annotations

import itertools
import pkgutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases import numbers
from gridgov.cases.report import (
    About,
)
from gridgov.cases.tables import Case, Subject
from gridgov.database import db
from tests.support.desk import Desk, working
from tests.support.town import G2, IN_G2, Town


@contextmanager
def counted(town: Town) -> Iterator[list[str]]:
    """Note every statement that is sent to a town's database."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")):
            sent.append(statement)

    with town.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_an_intake_takes_at_most_12_statements(shared_town: Town) -> None:
    full = {
        "reporter": {"name": "Li", "phone": "13857412345"}, "category": "01001",
        "subject": {"kind": "leader"},
    }  # fmt: skip
    for body in ({}, full, {"category": "31001"}):
        shared_town.report("member", **body)
        with counted(shared_town) as sent:
            shared_town.report("member", **body)
        print(f"intake {body.get('category')}: {len(sent)} statements")
        assert len(sent) <= 12, "\n".join(sent)
    head = {"Idempotency-Key": "statements of an intake"}
    with counted(shared_town) as sent:
        shared_town.post("/cases", {"description": "x"}, **head)
    print(f"intake with key: {len(sent)} statements")
    assert len(sent) <= 12, "\n".join(sent)


def test_a_list_takes_as_many_statements_for_many_as_for_few(shared_town: Town) -> None:
    with working(shared_town) as desk:
        for status in ("reported", "handling", "closed", "merged"):
            for _ in range(8):
                desk.stage(status, confidential=status == "handling")
    shared_town.get("/cases", "dispatcher")
    numbers_sent = []
    for query in ("?limit=1", "?limit=25", "?limit=25&q=lamp&status=open&bbox=121,29,122,30"):
        with counted(shared_town) as sent:
            answer = shared_town.get(f"/cases{query}", "dispatcher")
        assert answer.status_code == 200
        numbers_sent.append(len(sent))
    print(f"list: {numbers_sent} statements")
    assert len(set(numbers_sent)) == 1
    assert numbers_sent[0] <= 6


def test_subjects_are_rows_of_their_own(desk: Desk) -> None:
    case = desk.take(subject=About("leader"), place=IN_G2)
    found = desk.session.scalars(sa.select(Subject).where(Subject.case_id == case.id)).all()
    assert [(row.person_code, row.unit_code) for row in found] == [("leader2", None)]
    assert desk.session.get(Case, case.id) is case
    assert case.grid_code == G2


def test_two_that_draw_one_number_at_once_both_get_a_case(
    shared_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2)
    drawn = threading.local()
    chosen = itertools.count(70_000)
    with shared_town.app.app_context():
        postgres = db.engine.dialect.name == "postgresql"

    def draw(below: int) -> int:
        if getattr(drawn, "once", False):
            return next(chosen)
        drawn.once = True
        if postgres:  # SQLite lets in one after the other
            together.wait(timeout=60)
        return 69_999

    def report(key: str) -> None:
        answer = shared_town.client.post(
            "/api/v1/cases", json={"description": "x"}, headers={"Idempotency-Key": key}
        )
        answers[key] = (answer.status_code, answer.json.get("number"))

    answers: dict[str, tuple[int, str]] = {}
    monkeypatch.setattr(numbers.secrets, "randbelow", draw)
    keys = ("the first of two", "the second of two")
    threads = [threading.Thread(target=report, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers.values()} == {201}
    assert len({number for _, number in answers.values()}) == 2
    monkeypatch.undo()
    for key in keys:  # each key stands for its own case
        again = shared_town.post("/cases", {"description": "x"}, **{"Idempotency-Key": key})
        assert again.json["number"] == answers[key][1]


@pytest.mark.parametrize("before", ["gridgov.cases.numbers.any_of", "gridgov.cases.grams.grams"])
def test_a_connection_that_falls_before_or_while_rows_are_sent_is_no_mistake_of_ours(
    town: Town, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with town.app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no connection that falls")
    wanted = pkgutil.resolve_name(before)

    def fell(*given: Any) -> Any:
        others = sa.text(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with engine.connect() as other:
            assert any(other.scalars(others))
        return wanted(*given)

    head = {"Idempotency-Key": "the line fell"}
    with monkeypatch.context() as patch:
        patch.setattr(before, fell)
        answer = town.post("/cases", {"description": "x"}, **head)
    assert (answer.status_code, answer.json["type"]) == (503, "urn:gridgov:DatabaseBusy")
    again = town.post("/cases", {"description": "x"}, **head)
    assert again.status_code == 201  # of the first nothing is left, not even its key


def test_a_row_that_is_refused_among_those_sent_together_leaves_nothing(town: Town) -> None:
    with town.app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite sends nothing together")
    with engine.begin() as connection:
        rule = "ALTER TABLE case_grams ADD CONSTRAINT none CHECK (case_id < 0) NOT VALID"
        connection.execute(sa.text(rule))
    answer = town.post("/cases", {"description": "x"})
    assert answer.status_code == 409, answer.json
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count(Case.id))) == 0
