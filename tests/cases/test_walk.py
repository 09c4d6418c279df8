"""Whatever anybody tries, in whatever order: the chain of events holds, and there is a way out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.cases.refusals import NotNow
from gridgov.cases.rules import offered
from gridgov.cases.tables import Case
from gridgov.cases.workflow import ENDED, OPEN, TABLE, To
from gridgov.cases.write import flush
from gridgov.errors import GridgovError
from tests.cases.test_matrix import EVERYBODY, SENDABLE
from tests.support.desk import DAY, START, Desk, at, given_at, trying
from tests.support.town import IN_G1, IN_G2, OUTSIDE, Town

CATEGORIES = ["01001", "01002", "02001", "02002", "11001", "21001", "31001", "41001", "41002", None]
MOVES = st.lists(
    st.tuples(st.sampled_from(EVERYBODY), st.sampled_from(SENDABLE), st.integers(0, 9)),
    min_size=5,
    max_size=25,
)


@pytest.fixture(scope="module")
def park(still_town: Town) -> Iterator[Desk]:
    with trying(still_town) as desk:
        yield desk


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CATEGORIES), st.sampled_from([IN_G1, IN_G2, OUTSIDE]), MOVES, st.randoms())
def test_any_walk_keeps_the_chain_and_has_a_way_out(
    park: Desk,
    category: str | None,
    place: tuple[float, float],
    moves: list[tuple[str, str, int]],
    draw: random.Random,
) -> None:
    with park.undone():
        park.at = START
        case = park.take(category=category, place=place)
        for who, step, kind in moves:
            if kind > 5:  # mostly what is lawful, or nothing much would happen
                who, step = _lawful(park, case, draw) or (who, step)
            if kind == 9:
                park.at += DAY * draw.randint(0, 3)
            _try(park, case, who, step)
        _holds(park, case)
        _ends(park, case, draw)
        _holds(park, case)


def _lawful(desk: Desk, case: Case, draw: random.Random) -> tuple[str, str] | None:
    if case.status == "merged":
        return ("dispatcher", "unmerge")
    whole = desk.scene(case, "leader")
    who = draw.choice(EVERYBODY[:-2])
    names = [o.step.name for o in offered(at(whole, actor=desk.actor(who, case)))]
    return (who, draw.choice(names)) if names else None


def _try(desk: Desk, case: Case, who: str, step: str) -> None:
    before = (case.version, case.status)
    savepoint = desk.session.begin_nested()
    try:
        if who == "import":
            return  # waives the guards: its histories are another system's
        desk.act(case, who, step)
    except GridgovError:
        savepoint.rollback()
        desk.session.expire_all()
        assert (case.version, case.status) == before
    else:
        savepoint.commit()


def _holds(desk: Desk, case: Case) -> None:
    events = desk.events(case)
    assert [event.version for event in events] == list(range(1, case.version + 1))
    assert events[0].from_status is None
    for earlier, later in pairwise(events):
        assert later.from_status == earlier.to_status
        assert later.at >= earlier.at
        assert later.round - earlier.round == (later.step == "reopen")
    assert events[-1].to_status == case.status
    assert (case.closed_at is not None) is (case.status in ("closed", "evaluated"))
    assert (case.merged_into_id is not None) is (case.status == "merged")
    # A proposal to handle it jointly waits wherever it stands.
    joint = case.pending is not None and case.pending["kind"] == "joint"
    waits = OPEN if joint else ("dispatched", "handling", "waiting")
    assert case.pending is None or case.status in waits
    told = desk.told(case)
    assert not {code for kind, code in told if kind == "person"} - set(desk.accounts)


def _ends(desk: Desk, case: Case, draw: random.Random) -> None:
    """Walk along what is offered to people until the case has ended."""
    finals = {step.name for step in TABLE if step.to in ENDED}
    for _ in range(12):
        if case.status in ENDED:
            return
        ways = [
            (who, offer.step.name)
            for who in EVERYBODY[:-2]
            for offer in offered(desk.scene(case, who))
            if offer.step.to not in (To.SAME,) and offer.step.name not in ("merge", "withdraw")
        ]
        assert ways, f"nobody can do anything at {case.status}"
        last = [way for way in ways if way[1] in finals and way[1] != "reject"]
        onward = {"dispatch", "assign_final", "accept", "submit", "file", "resume", "verify",
                  "supply", "recall_verify", "suspend"}  # fmt: skip
        who, step = draw.choice(last or [way for way in ways if way[1] in onward] or ways)
        given = given_at(step, desk.at)
        if step in ("file", "settle") and case.category_code:
            given["category"] = case.category_code
        if step in ("dispatch", "assign_final"):
            given["unit"] = next(
                unit
                for unit in ("office", "party-office", "property", "hub")
                if unit not in desk.scene(case, who).subject_units
            )
        if step == "submit":
            given["no_photo"] = "dark"
        try:
            desk.act(case, who, step, **given)
        except NotNow:
            flush(desk.session)  # the clock came first, and took it on
    assert case.status not in OPEN, f"no way out of {case.status}"
