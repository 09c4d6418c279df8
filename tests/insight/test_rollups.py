"""Roll-ups answer what a full computation of every case answers, exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.errors import GridgovError
from gridgov.insight.ask import Answer, ask, ask_spans
from gridgov.insight.full import full, hidden_from
from gridgov.insight.keep import keep
from gridgov.insight.reach import EVERYWHERE, Asked, Reach
from gridgov.insight.verify import verify
from gridgov.people.actors import CLOCK
from tests.support.desk import WAYS, Desk, trying
from tests.support.town import G1, G2, IN_G1, IN_G2, OUTSIDE, STREET, Town

WHO = ("leader", "leader2", "dispatcher", "handler", "head", "member", "member2", "committee",
       "reporter", "caller", "organiser", "head-office", "handler-office", "clock")  # fmt: skip
STEPS = ("settle file dispatch dispatch_urgent accept assign_final ask_return grant_return recall"
         " ask_extension extend ask_suspension suspend resume submit pass rework deny escalate"
         " yellow_card red_card answer amend reopen sample evaluate appeal_timeout excuse merge"
         " unmerge withdraw ask_more supply ask_verify verify reject appeal instruct propose_joint"
         " open_joint bundle ask_join join drop_item close_joint"
         ).split()  # fmt: skip
MINUTES = st.one_of(st.integers(0, 90), st.integers(0, 9_000), st.just(1_440 * 12))
CASES = st.fixed_dictionaries(
    {
        "status": st.sampled_from(sorted(WAYS)),
        "category": st.sampled_from(["01001", "02001", "02002", "11001", "41001"]),
        "place": st.sampled_from([IN_G1, IN_G2, OUTSIDE]),
        "channel": st.sampled_from(["web", "wechat"]),
    }
)
TURN = st.one_of(
    st.tuples(st.just("case"), CASES),
    st.tuples(st.just("later"), MINUTES),
    st.tuples(st.just("keep"), st.none()),
    st.tuples(st.just("item"), st.tuples(st.integers(0, 9), st.sampled_from(["property", None]))),
    st.tuples(
        st.just("step"), st.tuples(st.integers(0, 9), st.sampled_from(WHO), st.sampled_from(STEPS))
    ),
    st.tuples(st.just("step"), st.tuples(st.integers(0, 9), st.just(""), st.sampled_from(STEPS))),
)
REACHES = (
    EVERYWHERE,
    Reach(None, (STREET,), ("plain", "party")),
    Reach(None, ("",), ("plain",), grids=frozenset({G1})),
    Reach(None, ("",), ("plain",), units=frozenset({"property", "property-team"})),
)
FILTERS: tuple[dict[str, str], ...] = (
    {}, {"grid": G2}, {"unit": "property"}, {"category": "01"}, {"category": "02001"},
    {"channel": "wechat"}, {"grid": G1, "category": "01001"}, {"unit": "office", "channel": "web"},
)  # fmt: skip
BY: tuple[tuple[str, ...], ...] = ((), ("grid",), ("unit",), ("day",), ("category", "week"))
BY_CELL = ("cell", "week")


def play(desk: Desk, turns: list[Any], connection: Any) -> None:
    cases: list[Any] = []
    for what, given_ in turns:
        if what == "later":
            desk.at += timedelta(minutes=given_)
        elif what == "keep":
            keep(connection, desk.settings)
        elif what == "case":
            cases += take(desk, dict(given_))
        elif what == "item" and cases:
            cases += listed(desk, cases[given_[0] % len(cases)], given_[1])
        elif cases:
            number, who, step = given_
            case = cases[number % len(cases)]
            for actor in (who,) if who else WHO:
                if tried(desk, case, actor, step):
                    break


def take(desk: Desk, given_: dict[str, Any]) -> list[Any]:
    status = given_.pop("status")
    level = "street" if given_["place"] == OUTSIDE or given_["category"] == "41001" else "grid"
    case = desk.take(**given_)
    for who, step in WAYS[status]:
        actor = {"decider": "leader" if level == "grid" else "dispatcher",
                 "over_unit": "dispatcher"}.get(who, who)  # fmt: skip
        if not tried(desk, case, actor, step):
            break
    return [case]


def listed(desk: Desk, joint: Any, unit: str | None) -> list[Any]:
    """Put an item on the list of a case, which is made a joint one where it can be."""
    for step in ("propose_joint", "open_joint"):
        tried(desk, joint, "dispatcher", step)
    try:
        return [desk.item(joint, "dispatcher", unit=unit)]
    except GridgovError:
        return []


def tried(desk: Desk, case: Any, who: str, step: str) -> bool:
    savepoint = desk.session.begin_nested()
    try:
        desk.act(case, who, step)
    except GridgovError:
        savepoint.rollback()
        desk.session.expire_all()
        return False
    savepoint.commit()
    return True


def same(desk: Desk, asked: Asked, reach: Reach, by: tuple[str, ...]) -> str:
    found = ask(desk.session, asked, reach, CLOCK, desk.known, desk.at, by=by)
    whole = full(desk.session, asked, reach, desk.known, desk.at, by=by, whole=True)
    ours = {key: one.plain() for key, one in found.by.items() if one.plain()["counts"]}
    theirs = {key: one.plain() for key, one in whole.items() if one.plain()["counts"]}
    assert ours == theirs, (asked, reach, by, found.source)
    untimed = ask(desk.session, asked, reach, CLOCK, desk.known, desk.at, by=by, minutes=False)
    counts = {key: one.plain()["counts"] for key, one in untimed.by.items()}
    assert {key: one for key, one in counts.items() if one} == {
        key: one["counts"] for key, one in ours.items()
    }
    return found.source


def together(desk: Desk, asked: Asked, by: tuple[str, ...], *, minutes: bool) -> None:
    """Several periods in one answer, sharing days or not, are each what it is alone."""
    length = asked.end - asked.start
    apart = [(asked.start - back * length, asked.end - back * length) for back in (0, 1, 3)]
    sharing = [*apart, (asked.start - length // 2, asked.end), apart[0]]
    for spans in (apart, sharing):
        given_ = (desk.session, asked, spans, EVERYWHERE, CLOCK, desk.known, desk.at)
        answers = ask_spans(*given_, by=by, minutes=minutes)
        for (start, end), answer in zip(spans, answers, strict=True):
            one = replace(asked, start=start, end=end)
            alone = ask(desk.session, one, EVERYWHERE, CLOCK, desk.known, desk.at, by=by,
                        minutes=minutes)  # fmt: skip
            assert plain(answer) == plain(alone), (spans, by, minutes)


def plain(answer: Answer) -> dict[Any, Any]:
    """Return an answer's sums without those of nothing."""
    made = {key: one.plain() for key, one in answer.by.items()}
    return {key: one for key, one in made.items() if one["counts"]}


@pytest.fixture
def desk(still_town: Town) -> Any:
    with trying(still_town) as made:
        yield made


@given(turns=st.lists(TURN, min_size=4, max_size=30), first=st.integers(-20, 20),
       days=st.integers(1, 60))  # fmt: skip
@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_same_from_rollups_and_from_events(
    still_town: Town, turns: list[Any], first: int, days: int
) -> None:
    with trying(still_town) as desk:
        connection: Any = desk.session.connection()
        keep(connection, desk.settings)
        play(desk, turns, connection)
        start = date(2026, 3, 1) + timedelta(days=first)
        asked = [Asked(start, start + timedelta(days=days), **one) for one in FILTERS]
        sources = {same(desk, one, reach, ()) for one in asked for reach in REACHES}
        sources |= {same(desk, asked[0], EVERYWHERE, by) for by in BY}
        for one, by in ((asked[0], ()), (asked[1], ("week",)), (asked[0], ("category", "week"))):
            together(desk, one, by, minutes=not by)
        weeks = Asked(date(2026, 2, 2), date(2026, 6, 1))
        sources.add(same(desk, weeks, EVERYWHERE, BY_CELL))
        assert sources == {"rollups", "cases"}
        keep(connection, desk.settings)
        assert list(verify(desk.session, desk.known)) == []
        assert same(desk, weeks, REACHES[1], BY_CELL) == "rollups"


def test_hidden_from_nobody_is_nothing(desk: Desk) -> None:
    assert hidden_from(desk.session, CLOCK, desk.known, desk.at) == frozenset()
