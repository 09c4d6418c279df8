"""What goes out when, together with what, to whom."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from gridgov.audit.tables import Entry
from gridgov.database import transaction
from gridgov.keys import Keys
from gridgov.notices.claim import retry
from gridgov.notices.rules import TRIES
from gridgov.notices.spread import unreached
from gridgov.notices.tables import DEAD, FAILED, SENT, Channel, Notice
from gridgov.people.duties import Asked, grant
from gridgov.people.noted import OPERATOR
from gridgov.people.tables import Duty
from tests.notices.conftest import MORNING, NIGHT, SHIFT, Desk


def test_at_night_only_what_is_urgent_goes_out_and_the_rest_as_one_digest(desk: Desk) -> None:
    numbers = [desk.case() for _ in range(3)]
    desk.channel("dispatcher")
    for number in numbers:
        desk.notice(number, at=NIGHT)
    urgent = desk.notice(numbers[0], template="dispatch_urgent", urgent=True, at=NIGHT)
    assert urgent

    desk.deliver(NIGHT)
    assert len(desk.target.taken) == 1
    assert "特急" in desk.target.titles[0]

    desk.deliver(SHIFT - timedelta(seconds=1))
    assert len(desk.target.taken) == 1
    desk.deliver(SHIFT)
    assert len(desk.target.taken) == 2
    digest = desk.target.taken[1].json
    assert "3" in digest["title"]
    assert all(number in digest["message"] for number in numbers)


def test_in_office_hours_a_notice_goes_out_at_once(desk: Desk) -> None:
    desk.channel("dispatcher")
    desk.notice(desk.case())
    done = desk.deliver(MORNING)
    assert (done.notices, done.messages, done.sent, done.failed) == (1, 1, 1, 0)
    assert desk.states() == [SENT]


def test_after_downtime_one_digest_that_says_how_many_more(desk: Desk) -> None:
    number, *many = [desk.case() for _ in range(23)]
    desk.channel("dispatcher")
    for step in ("urge", "supply", "appeal", "ask_return"):
        for _ in range(3):
            desk.notice(number, template=step)
    for one in many:
        desk.notice(one)
    desk.deliver(MORNING)
    (only,) = desk.target.taken
    assert only.json["message"].count("\n") == 20
    assert "26" in only.json["title"]  # the same is said once
    assert "6" in only.json["message"].splitlines()[-1]


def test_a_target_that_was_away_gets_one_digest_not_a_flood(desk: Desk) -> None:
    number = desk.case()
    desk.channel("dispatcher")
    desk.target.usual = "500"
    at = MORNING
    for step in ("urge", "supply", "appeal"):
        desk.notice(number, template=step, at=at)
        desk.deliver(at)
        at += timedelta(seconds=5)
    assert len(desk.messages()) == 1
    desk.target.usual = "ok"
    for _ in range(2):
        at += timedelta(hours=1)
        desk.deliver(at - timedelta(minutes=30))
    assert desk.states() == [SENT, SENT]
    assert "2" in desk.target.titles[-1]


def test_a_unit_is_its_heads_and_handlers(desk: Desk) -> None:
    for person in ("head", "handler", "head-office"):
        desk.channel(person)
    desk.notice(desk.case(), "property", kind="unit", template="dispatch")
    desk.deliver()
    assert {message.recipient for message in desk.messages()} == {"head", "handler"}


def test_an_urgent_case_calls_only_whom_the_roster_names_first(desk: Desk) -> None:
    for person in ("head", "handler"):
        desk.channel(person)
    number = desk.case()
    desk.notice(number, "property", kind="unit", template="dispatch_urgent", urgent=True, at=NIGHT)
    desk.deliver(NIGHT)
    assert {message.recipient for message in desk.messages()} == {"handler"}


def test_a_unit_without_anybody_is_answered_for_by_the_one_above(desk: Desk) -> None:
    desk.channel("head")
    with transaction(desk.engine) as session:
        over = sa.update(Duty).where(Duty.place == "property-team")
        session.execute(over.values(ends=MORNING - timedelta(days=1)))
        from gridgov.epochs import bump

        bump(session, "people")
    desk.notice(desk.case(), "property-team", kind="unit", template="dispatch")
    desk.deliver()
    assert {message.recipient for message in desk.messages()} == {"head"}


def test_whom_a_case_is_about_is_told_nothing(desk: Desk) -> None:
    for person in ("head", "handler"):
        desk.channel(person)
    number = desk.case()
    with transaction(desk.engine) as session:
        case = sa.inspect(Notice).relationships["case"].mapper.class_
        found = session.scalars(sa.select(case).where(case.number == number)).one()
        subject = sa.inspect(case).relationships["subjects"].mapper.class_
        session.add(subject(case_id=found.id, person_code="handler"))
    desk.notice(number, "property", kind="unit", template="dispatch")
    desk.deliver()
    assert {message.recipient for message in desk.messages()} == {"head"}


def test_who_left_the_office_is_told_nothing(desk: Desk) -> None:
    desk.channel("handler")
    desk.notice(desk.case(), "handler")
    with transaction(desk.engine) as session:
        over = sa.update(Duty).where(Duty.person_code == "handler")
        session.execute(over.values(ends=MORNING - timedelta(days=1)))
        from gridgov.epochs import bump

        bump(session, "people")
    desk.deliver()
    assert desk.messages() == []


def test_urgent_notices_that_reach_nobody_can_be_found(desk: Desk) -> None:
    number = desk.case()
    desk.notice(number, "leader", urgent=True)
    desk.notice(number, "leader", template="supply")
    desk.deliver()
    with transaction(desk.engine, write=False) as session:
        assert [one.to_code for one in unreached(session)] == ["leader"]


def test_what_fails_again_and_again_dies_and_can_be_retried_under_its_key(desk: Desk) -> None:
    desk.channel("dispatcher")
    desk.target.usual = "500"
    desk.notice(desk.case(), urgent=True)
    at = MORNING
    for _ in range(TRIES):
        desk.deliver(at)
        at = desk.messages()[0].next_at
    assert desk.states() == [DEAD]
    assert len(desk.target.taken) == TRIES
    assert desk.deliver(at + timedelta(days=1)).sent == 0
    assert "500" in (desk.messages()[0].error or "")

    desk.target.usual = "ok"
    with transaction(desk.engine) as session:
        key = desk.messages()[0].id
        retry(session, Keys("x" * 32), key, at, OPERATOR)
        entry = session.scalars(sa.select(Entry)).one()
        assert (entry.what, entry.data) == ("notice_retried", {"message": key})
    desk.deliver(at)
    assert desk.states() == [SENT]
    assert len({one.key for one in desk.target.taken}) == 1


def test_a_retry_of_what_is_not_urgent_waits_for_the_shift_too(desk: Desk) -> None:
    desk.channel("dispatcher")
    desk.target.usual = "500"
    late = MORNING + timedelta(hours=7, minutes=29, seconds=50)
    desk.notice(desk.case(), at=late)
    desk.deliver(late)
    assert desk.states() == [FAILED]
    assert desk.messages()[0].next_at == SHIFT


def test_a_removed_channel_ends_what_waits_for_it(desk: Desk) -> None:
    key = desk.channel("dispatcher")
    desk.target.usual = "500"
    desk.notice(desk.case())
    desk.deliver()
    with transaction(desk.engine) as session:
        session.execute(sa.delete(Channel).where(Channel.id == key))
    desk.deliver(MORNING + timedelta(hours=1))
    assert desk.states() == [DEAD]
    assert len(desk.target.taken) == 1


def test_what_should_have_gone_before_the_office_closed_waits_for_the_morning(desk: Desk) -> None:
    desk.channel("dispatcher")
    desk.target.usual = "500"
    desk.notice(desk.case())
    desk.deliver()
    desk.target.usual = "ok"
    desk.deliver(NIGHT)  # nothing ran in between
    assert len(desk.target.taken) == 1
    desk.deliver(SHIFT)
    assert desk.states() == [SENT]
    assert desk.messages()[0].tries == 2


def test_a_message_that_cannot_be_written_holds_up_no_other(desk: Desk) -> None:
    number = desk.case()
    for person in ("dispatcher", "leader"):
        desk.channel(person)
    desk.notice(number, "dispatcher", due="no date")
    desk.notice(number, "leader")
    desk.deliver()
    assert sorted(desk.states()) == [DEAD, SENT]


def test_whoever_a_case_is_about_hears_nothing_of_it_through_another_unit(desk: Desk) -> None:
    """One who is of the unit that it is about, and has a duty in the one that handles it."""
    with transaction(desk.engine) as session:
        keys = desk.settings.keys
        grant(session, Asked("member-property", "handler", "office"), None, MORNING, keys)
    number = desk.case(subject={"kind": "unit", "unit": "property"})
    for person in ("member-property", "handler-office"):
        desk.channel(person)
    desk.notice(number, "office", kind="unit")
    desk.deliver(MORNING + timedelta(days=1))
    assert {one.recipient for one in desk.messages()} == {"handler-office"}
    other = desk.case()
    desk.notice(other, "office", kind="unit")
    desk.deliver(MORNING + timedelta(days=1))
    assert "member-property" in {one.recipient for one in desk.messages()}
