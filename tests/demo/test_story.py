"""The story reaches every corner of the workflow, by legal ways, and is the same again."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.cases.standing import ORGANISER_AS
from gridgov.cases.tables import Attachment, Case, Event, Reporter
from gridgov.cases.workflow import CHECKING, CLOSED, HANDLING, REPORTED, STEPS, Lead, Status, To
from gridgov.database import transaction
from gridgov.demo.genres import GENRES
from gridgov.demo.ground import STORY, lay
from gridgov.demo.make import DatabaseInUse, make
from gridgov.demo.plan import plan
from gridgov.epochs import Epochs
from gridgov.park.tables import Area, Park
from gridgov.people.roles import Role
from gridgov.people.tables import Account
from gridgov.settings import ROOT
from gridgov.storage.store import LocalFolder
from tests.demo.conftest import SEED, START, Told, told_on


def cases(told: Told) -> list[Case]:
    with transaction(told.engine, write=False) as session:
        return list(session.scalars(sa.select(Case).order_by(Case.id)))


def histories(told: Told) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    with transaction(told.engine, write=False) as session:
        for event in session.scalars(sa.select(Event).order_by(Event.case_id, Event.version)):
            found[event.case_id].append(event)
    return found


def everything(told: Told) -> list[Any]:
    """Return the story without what is random on purpose: numbers, codes, stamps."""
    events = histories(told)
    return [
        (
            (case.reported_at, case.status, case.level, case.category_code, case.channel),
            (case.description, case.point, case.cell_code, case.flags, case.unit_code),
            [(e.step, e.role, e.person_code, e.at, e.text, e.to_status) for e in events[case.id]],
        )
        for case in cases(told)
    ]


def test_there_is_a_case_at_every_status(told: Told) -> None:
    count = Counter(case.status for case in cases(told))
    assert set(count) == set(Status)


def test_every_history_is_legal(told: Told) -> None:
    steps, known = set(), histories(told)
    for case in cases(told):
        events = known[case.id]
        assert [event.version for event in events] == list(range(1, len(events) + 1))
        assert events[0].step == "report" and events[0].at == case.reported_at
        assert events[-1].to_status == case.status
        assert [e.at for e in events] == sorted(e.at for e in events)
        assert START - STORY - timedelta(days=14) < events[0].at and events[-1].at <= START
        for before, event in pairwise(events):
            steps.add(event.step)
            step = STEPS[event.step]
            assert event.from_status == before.to_status
            assert event.from_status in step.start
            assert event.to_status in destinations(event)
            by_organiser = event.role == Role.ORGANISER and step.who & ORGANISER_AS
            other_leader = step.other_leaders and event.role == Role.LEADER
            by_lead = step.lead is not Lead.NO and event.role == Role.HEAD
            # Whoever puts an item on the list reports, files and dispatches it in one.
            as_item = case.joint_id is not None and event.at == case.reported_at
            known_by = by_organiser or other_leader or by_lead or as_item
            assert event.role in step.who or known_by, event.step
            assert not event.inferred
    # Every step that people take is taken somewhere; a contact is read by calling, and the job that
    # opens the callbacks begins when the park is served.
    machines = {name for name, step in STEPS.items() if step.who == {Role.CLOCK}}
    assert set(STEPS) - steps <= machines | {"report", "read_contact", "erase"}


def destinations(event: Event) -> set[str]:
    step = STEPS[event.step]
    if step.to is To.SAME:
        return {str(event.from_status)}
    if step.to is To.BACK:
        return {REPORTED, HANDLING}
    return {CHECKING, CLOSED} if step.name == "submit" else {str(step.to)}


def test_every_peculiarity_is_there(told: Told) -> None:
    found = cases(told)
    assert {"outside", "unplaced", "uncertain_place", "no_leader"} <= {
        flag for case in found for flag in case.flags
    }
    assert {"web", "wechat", "telephone", "hotline", "counter", "patrol", "visit"} <= {
        case.channel for case in found
    }
    assert {case.kind for case in found} >= {
        "component", "matter", "enterprise", "resident", "party", "wish",
    }  # fmt: skip
    assert {case.level for case in found} == {"grid", "street", "district"}
    assert any(case.urgency == "urgent" and case.status == "dispatched" for case in found)
    assert any(case.confidential and case.summary for case in found)
    assert any(case.anonymous for case in found)
    assert any(case.public_text for case in found)
    assert any(case.merged_into_id for case in found)
    assert any(case.round == 2 for case in found)
    assert any(case.final for case in found)
    assert any(case.pending for case in found)
    with transaction(told.engine, write=False) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Attachment))
        assert session.scalar(sa.select(sa.func.count()).select_from(Reporter))
        digests = set(session.scalars(sa.select(Attachment.digest)))
    store = LocalFolder(told.settings.files)
    assert all(store.get(digest).startswith(b"\xff\xd8") for digest in digests)


def test_what_is_reported_tells_of_the_place_that_it_names(told: Told) -> None:
    """Unless the place was put right afterwards."""
    past, road = histories(told), re.compile(r"(示例\S{1,4}?路)(\d+号)?")
    compared = 0
    for case in cases(told):
        here = road.match(case.address or "")
        said = road.search(case.description or "")
        if here and said and not any(one.step == "amend" for one in past[case.id]):
            assert said[1] == here[1], (case.description, case.address)
            assert not (said[2] and here[2]) or said[2] == here[2]
            compared += 1
    assert compared > 20


def test_a_second_start_changes_nothing(told: Told) -> None:
    before = everything(told), stamps(told)
    assert not told.make()
    assert (everything(told), stamps(told)) == before


def stamps(told: Told) -> Any:
    with transaction(told.engine, write=False) as session:
        return session.execute(sa.select(Epochs.__table__)).one()


def test_the_same_seed_tells_the_same_story(session: Session, told: Told, tmp_path: Path) -> None:
    ground = lay(session, told.settings, ROOT / "config", START)
    one, two = (plan(ground, START, SEED, 120) for _ in range(2))
    assert [(p.report, p.at, p.deeds) for p in one] == [(p.report, p.at, p.deeds) for p in two]
    assert len(one) == 120
    other = plan(ground, START, SEED + 1, 120)
    assert [p.report for p in one] != [p.report for p in other]
    # What was played is what was planned, so another machine plays the same.
    played = {
        (case.reported_at, case.channel, case.description): case.status for case in cases(told)
    }
    planned = plan(ground, START, SEED, 0)
    assert len(planned) >= len(GENRES) - 1
    for p in planned:
        draft = p.report.draft
        assert (p.at, draft.channel, draft.description) in played


def test_a_start_that_is_killed_leaves_nothing(fresh_engine: Engine, tmp_path: Path) -> None:
    told = told_on(fresh_engine, tmp_path)

    def killed(done: int, total: int) -> None:
        if done == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store = LocalFolder(told.settings.files)
        make(fresh_engine, told.settings, store, ROOT / "config", START, killed)
    with transaction(fresh_engine, write=False) as session:
        for table in (Park, Account, Case, Event):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_another_installation_is_left_alone(fresh_engine: Engine, tmp_path: Path) -> None:
    with transaction(fresh_engine) as session:
        session.add(Area(code="330203", name="海曙区"))
    with pytest.raises(DatabaseInUse):
        told_on(fresh_engine, tmp_path).make()
