"""Around joint cases: silence, figures, complaints by many, liaisons, what the public is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.app import installation
from gridgov.cases.clocks import calls
from gridgov.cases.contact import Contact
from gridgov.cases.tables import Case, Event
from gridgov.database import db, transaction
from gridgov.epochs import bump
from gridgov.escalation.sweep import sweep
from gridgov.exchange.detail import detail
from gridgov.insight.ask import ask
from gridgov.insight.keep import keep
from gridgov.insight.reach import EVERYWHERE, Asked
from gridgov.insight.verify import verify
from gridgov.joint.items import LimitWrong
from gridgov.joint.show import asked_of
from gridgov.ladder.tables import FIRED, RungRow
from gridgov.notices.tables import Notice
from gridgov.people.actors import ANYONE, CLOCK
from gridgov.people.tables import Duty
from tests.support.desk import DAY, Desk, trying, working
from tests.support.town import LONG_AGO, Town

PERIOD = Asked(date(2026, 3, 1), date(2026, 4, 1))
CALLS = ("call_near", "call_silent", "call_up")


@pytest.fixture
def desk(still_town: Town) -> Iterator[Desk]:
    with trying(still_town) as desk:
        yield desk


def led(desk: Desk, **given: Any) -> Case:
    joint = desk.joint(**given)
    return desk.act(joint, "handler-office", "accept")


def rungs(desk: Desk, case: Case) -> dict[tuple[str, int], str]:
    query = sa.select(RungRow).where(RungRow.case_id == case.id, RungRow.clock == "join")
    return {(row.name, row.run): row.state for row in desk.session.scalars(query)}


def told(desk: Desk, case: Case, rung: str) -> set[tuple[str, str]]:
    return desk.told(case, f"rung_{rung}")


def test_silence_is_told_to_head_lead_and_street(desk: Desk) -> None:
    item = desk.item(led(desk), co_units=("party-office", "bureau"), unit="property")
    desk.act(item, "handler", "accept")
    desk.act(item, "head-party", "join")
    for call in calls(desk.scene(item, "head").past):
        assert (call.end is None) is (call.unit == "bureau")
    desk.at += timedelta(hours=5)  # an hour and a half of it at noon
    desk.act(item, "dispatcher", "comment")
    assert told(desk, item, "call_near") == {("unit", "bureau")}
    desk.at += timedelta(hours=2)
    desk.act(item, "dispatcher", "comment")
    assert told(desk, item, "call_silent") == {
        ("unit", "bureau"), ("person", "head-office"), ("person", "dispatcher"),
        ("person", "committee"),
    }  # fmt: skip
    # The unit that answered is left alone, and so is the light of whoever handles the item.
    assert {name for (name, run), state in rungs(desk, item).items() if state == FIRED} == {
        "call_near", "call_silent",
    }  # fmt: skip
    assert not {event.step for event in desk.events(item)} & {"warn_amber", "warn_red"}


def test_lasting_silence_is_escalated_by_the_sweep(town: Town) -> None:
    with working(town, datetime.now(UTC) - 30 * DAY) as desk:
        limit = ("calendar_days", 300)
        item = desk.item(led(desk), unit="property", limit=limit, co_units=("party-office",))
        desk.act(item, "handler", "accept")
        key = item.id
    with town.app.app_context():
        settings, now = installation().settings, datetime.now(UTC)
        fired = [one for one in sweep(db.engine, settings, now).fired if one.clock == "join"]
        assert [one.rung for one in fired] == list(CALLS)
        assert sweep(db.engine, settings, now).fired == []
        with transaction(write=False) as session:
            query = sa.select(Notice.to_code).where(
                Notice.case_id == key, Notice.template == "rung_call_up"
            )
            heard = set(session.scalars(query))
            events = session.scalars(sa.select(Event).where(Event.case_id == key)).all()
            assert session.get_one(Case, key).level == "district"
    assert {
        "party-office",
        "head-party",
        "head-office",
        "dispatcher",
        "district-dispatcher",
    } <= heard
    ups = [event.data["rung"]["name"] for event in events if event.step == "escalate"]
    assert ups == ["call_up"]


def test_each_unit_has_a_clock_of_its_own(desk: Desk) -> None:
    item = desk.item(led(desk), unit="property", co_units=("party-office",))
    desk.at += timedelta(hours=2)
    desk.act(item, "head-office", "ask_join", unit="bureau")
    assert set(rungs(desk, item)) == {(name, run) for name in CALLS for run in (1, 2)}
    desk.act(item, "head-party", "join", text="on Monday")
    assert {state for (_, run), state in rungs(desk, item).items() if run == 1} == {"cancelled"}
    event = desk.events(item)[-1]
    assert (event.step, event.person_code, event.data["unit"]) == (
        "join", "head-party", "party-office",
    )  # fmt: skip
    assert ("person", "head-office") in desk.told(item, "join")
    # It answers once, and there is nothing to answer for once the item has ended.
    assert "join" not in desk.offers(item, "head-party")
    desk.act(item, "head-office", "drop_item")
    assert {state for (_, run), state in rungs(desk, item).items() if run == 2} == {"cancelled"}
    assert ("unit", "bureau") in desk.told(item, "drop_item")


def test_a_unit_that_is_given_what_it_was_asked_for_has_answered(desk: Desk) -> None:
    """Nobody is told of a silence, nor the item raised, of a unit that works on it."""
    item = desk.item(led(desk), co_units=("property", "bureau"))
    desk.act(item, "head-office", "dispatch", unit="property")
    desk.act(item, "handler", "accept")
    assert "join" not in desk.offers(item, "handler")
    ended = {call.unit: call.end for call in calls(desk.scene(item, "head").past)}
    assert (ended["property"], ended["bureau"]) == (desk.at, None)
    joined = {one.unit: one.joined_at for one in asked_of(desk.session, [item.id])[item.id]}
    assert joined == {"property": desk.at, "bureau": None}


def test_an_items_own_limit_counts_and_an_extension_adds_it_once_more(desk: Desk) -> None:
    item = desk.item(led(desk), unit="property", limit=("calendar_days", 30))
    desk.act(item, "handler", "accept")

    def due() -> datetime:
        query = sa.select(RungRow.at).where(
            RungRow.case_id == item.id, RungRow.clock == "handle", RungRow.name == "amber"
        )
        return desk.session.scalars(query).one()

    begun = desk.at
    assert due() == begun.replace(microsecond=0) + 30 * DAY
    desk.act(item, "handler", "ask_extension")
    desk.act(item, "dispatcher", "extend")
    assert due() == begun.replace(microsecond=0) + 60 * DAY


@pytest.mark.parametrize("amount", [0, -1, 100_000])
def test_a_limit_that_is_none_is_refused(desk: Desk, amount: float) -> None:
    with pytest.raises(LimitWrong):
        desk.item(led(desk), limit=("calendar_days", amount))


def test_figures_count_a_joint_case_once_and_items_under_their_units(desk: Desk) -> None:
    connection: Any = desk.session.connection()
    keep(connection, desk.settings)
    joint = led(desk)
    for unit in ("property", "property", "bureau"):
        desk.item(joint, unit=unit)
    desk.act(desk.stage("filed"), "dispatcher", "bundle")  # into another joint case
    for rolled in (False, True):
        if rolled:
            keep(connection, desk.settings)
        counts = {}
        for by in ((), ("unit",), ("grid",), ("category",), ("channel",)):
            found = ask(desk.session, PERIOD, EVERYWHERE, CLOCK, desk.known, desk.at, by=by)
            counts[by] = {key: one.counts["filed"] for key, one in found.by.items()}
        assert counts[()] == {(): 2}
        assert {key: n for key, n in counts["unit",].items() if n} == {
            ("office",): 2, ("property",): 2, ("bureau",): 1,
        }  # fmt: skip
        for by in (("grid",), ("category",), ("channel",)):
            assert sum(counts[by].values()) == 2, by
    assert list(verify(desk.session, desk.known)) == []


def test_one_answer_to_all_who_complain_of_the_same(desk: Desk) -> None:
    """群诉: each by their own number; the count of who reported, and nothing else about them."""
    contact = Contact("Chen", "13800000000")
    first, second, third = (desk.take(contact=contact) for _ in range(3))
    nameless = desk.take(anonymous=True)
    desk.act(first, "leader", "merge", target=second.number)
    desk.act(second, "leader", "merge", target=third.number)
    desk.act(nameless, "leader", "merge", target=third.number)
    desk.several(third, "dispatcher", "propose_joint", "open_joint")
    desk.act(third, "handler-office", "accept")
    desk.act(desk.item(third), "head-office", "drop_item")
    desk.act(third, "handler-office", "progress")
    desk.act(third, "head-office", "close_joint")
    for step in ("open_joint", "progress", "close_joint"):
        for case in (first, second, third):
            assert ("reporter", case.number) in desk.told(case, step), (step, case.number)
        assert not desk.told(nameless, step)
        query = sa.select(Notice).where(Notice.template == step, Notice.to_kind == "reporter")
        # Whose number and code a notice tells is that of whoever it goes to.
        assert all(one.data["number"] == one.to_code for one in desk.session.scalars(query))
    # What is asked of one is asked of one alone.
    other = desk.take(contact=contact)
    carrier = desk.take(contact=contact)
    desk.act(other, "leader", "merge", target=carrier.number)
    desk.act(carrier, "dispatcher", "ask_more")
    assert desk.told(other, "ask_more") == set()


def test_the_count_of_reporters_is_shown(shared_town: Town) -> None:
    town = shared_town
    first, second, third = (town.report()["number"] for _ in range(3))
    for carried, into in ((first, second), (second, third)):
        assert town.step(carried, "leader", "merge", target=into).status_code == 200
    assert town.read(third, "leader")["reporters"] == 3
    assert town.read(first, "leader")["reporters"] == 1


def test_a_named_liaison_enters_for_a_unit_without_accounts(desk: Desk) -> None:
    """A department of the district: somebody else's person holds its duty, and is named."""
    duty = Duty(person_code="caller", role="handler", place="bureau", deputy=False, begins=LONG_AGO)
    desk.session.add(duty)
    desk.session.flush()
    bump(desk.session, "people")
    item = desk.item(led(desk), unit="bureau")
    desk.act(item, "caller", "accept")
    event = desk.events(item)[-1]
    assert (event.person_code, event.role, event.unit_code) == ("caller", "handler", "bureau")
    desk.act(item, "caller", "submit")
    # Who did its work checks nothing of it, whatever else they are.
    assert "pass" not in desk.offers(item, "caller")
    asked = desk.item(led(desk), unit="property", co_units=("bureau",))
    desk.act(asked, "caller", "join")
    event = desk.events(asked)[-1]
    assert (event.person_code, event.data["unit"]) == ("caller", "bureau")


@pytest.mark.parametrize("category", ["01001", "21001"])
def test_the_public_is_shown_no_item(desk: Desk, category: str) -> None:
    joint = led(desk, category="01001")
    item = desk.item(joint, category=category)
    plain = desk.take()
    shown = detail(ANYONE, desk.known, desk.at).shown
    found = set(desk.session.scalars(sa.select(Case.id).where(shown)))
    assert found & {plain.id, item.id} == {plain.id}
    assert item.confidential is (category == "21001")


def test_a_returned_joint_case_is_led_by_nobody_new_until_it_is_sent_out(desk: Desk) -> None:
    joint = led(desk)
    item = desk.item(joint, unit="property")
    desk.act(joint, "head-office", "ask_return")
    desk.act(joint, "dispatcher", "grant_return")
    assert "urge" in desk.offers(item, "head-office")  # 首接负责
    desk.act(joint, "dispatcher", "dispatch", unit="hub")
    assert "urge" not in desk.offers(item, "head-office")
    assert joint.joint
