"""Targets that refuse, hang or drop their answer; crashes; several deliverers at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from gridgov.notices.claim import LEASE, mark_failed
from gridgov.notices.send import Outgoing, Sender
from gridgov.notices.tables import DEAD, FAILED, LEASED, SENT
from tests.notices.conftest import MORNING, Desk


@pytest.mark.parametrize("fault", ["500", "302", "drop"])
def test_what_was_not_answered_well_goes_out_again_under_the_same_key(
    desk: Desk, fault: str
) -> None:
    desk.channel("dispatcher")
    desk.notice(desk.case())
    desk.target.plan = [fault]
    assert desk.deliver().failed == 1
    assert desk.states() == [FAILED]
    assert desk.deliver(MORNING + timedelta(seconds=10)).sent == 0  # not before its time
    assert desk.deliver(MORNING + timedelta(minutes=2)).sent == 1
    assert len(desk.target.taken) == 2
    assert len({one.key for one in desk.target.taken}) == 1
    assert {one.path for one in desk.target.taken} == {"/bell"}  # no redirect is followed


def test_a_target_that_hangs_keeps_nobody_else_waiting(desk: Desk) -> None:
    desk.channel("dispatcher", desk.target.apprise + "/slow")
    desk.channel("leader")
    number = desk.case()
    desk.notice(number)
    desk.target.plan = ["hang"]
    desk.deliver(deadline=1.0)
    desk.notice(number, "leader")
    desk.deliver(MORNING + timedelta(seconds=5))
    assert sorted(desk.states()) == [FAILED, SENT]
    assert desk.target.let_go == 0  # it hangs still


def test_who_dies_between_sending_and_marking_leaves_a_lease_that_runs_out(desk: Desk) -> None:
    desk.channel("dispatcher")
    desk.notice(desk.case())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gridgov.notices.deliver.mark_sent", _die)
        with pytest.raises(KeyboardInterrupt):
            desk.deliver()
    assert desk.states() == [LEASED]
    assert desk.deliver(MORNING + LEASE - timedelta(seconds=10)).sent == 0
    assert desk.deliver(MORNING + LEASE + timedelta(seconds=10)).sent == 1
    assert len(desk.target.taken) == 2
    assert len({one.key for one in desk.target.taken}) == 1
    assert desk.states() == [SENT]


def _die(*args: object) -> None:
    raise KeyboardInterrupt


def test_a_message_that_kills_whoever_sends_it_is_given_up_in_the_end(desk: Desk) -> None:
    desk.channel("dispatcher")
    desk.notice(desk.case())
    at = MORNING
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gridgov.notices.deliver.mark_sent", _die)
        for _ in range(30):
            try:
                desk.deliver(at)
            except KeyboardInterrupt:
                at += LEASE + timedelta(seconds=10)
            else:
                break
    assert desk.states() == [DEAD]


def test_two_deliverers_at_once_send_each_message_once(desk: Desk) -> None:
    number = desk.case()
    people = ["dispatcher", "leader", "member", "handler", "head", "committee", "caller"]
    for person in people:
        for place in "abc":
            desk.channel(person, f"{desk.target.apprise}/{person}/{place}")
        desk.notice(number, person)
    start = threading.Barrier(3)
    errors: list[BaseException] = []

    def go() -> None:
        try:
            with desk.town.app.app_context():
                start.wait()
                desk.deliver()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    desk.deliver(MORNING + timedelta(seconds=1))
    assert not errors
    assert set(desk.states()) == {SENT}
    assert len(desk.target.taken) == len({one.key for one in desk.target.taken}) == 21


def test_a_late_failure_does_not_undo_what_another_sent(desk: Desk) -> None:
    desk.channel("dispatcher")
    desk.notice(desk.case())
    first: list[Callable[[], object]] = []

    def slow(outgoing: Outgoing) -> None:
        from gridgov.database import transaction
        from gridgov.notices.spread import ground

        (leased,) = desk.messages()
        with transaction(desk.engine, write=False) as session:
            known = ground(session, desk.settings, phones=False)
        first.append(lambda: mark_failed(desk.engine, leased, known, "late", MORNING))
        raise OSError

    desk.deliver(send=slow)
    desk.deliver(MORNING + timedelta(minutes=2))
    assert desk.states() == [SENT]
    first[0]()
    assert desk.states() == [SENT]


def test_nothing_is_sent_inside_a_transaction(desk: Desk) -> None:
    desk.channel("dispatcher")
    desk.notice(desk.case())
    open_ones: list[int] = []
    real = Sender.of(desk.settings)

    def look(outgoing: Outgoing) -> None:
        open_ones.append(desk.engine.pool.checkedout())  # type: ignore[attr-defined]
        real(outgoing)

    desk.deliver(send=look)
    assert open_ones == [0]


def test_an_address_inside_is_refused_unless_a_setting_names_it(desk: Desk) -> None:
    from dataclasses import replace

    desk.settings = replace(desk.settings, notice_hosts_allowed=())
    desk.channel("dispatcher")
    desk.notice(desk.case())
    assert desk.deliver().failed == 1
    assert desk.target.taken == []
    assert "notice_hosts_allowed" in (desk.messages()[0].error or "")
