"""Other systems: told each step, signed, in order, again when asked."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from gridgov.database import transaction
from gridgov.notices.calls import SETTLES, call_all
from gridgov.notices.webhooks import (
    NoSuchWebhook,
    WebhookThere,
    WebhookUrlWrong,
    add,
    listed,
    redeliver,
    remove,
)
from tests.notices.conftest import MORNING, Desk


def added(desk: Desk, path: str = "/hook") -> tuple[int, str]:
    with transaction(desk.engine) as session:
        made, secret = add(session, desk.settings.keys, desk.target.url + path, MORNING)
        return made.id, secret


def told(desk: Desk) -> list[tuple[str, int, str]]:
    bodies = [one.json for one in desk.target.taken]
    return [(body["case"], body["version"], body["step"]) for body in bodies]


def work(desk: Desk, number: str) -> None:
    assert desk.town.step(number, "dispatcher", "file", category="01001").status_code == 200
    assert desk.town.step(number, "dispatcher", "dispatch", unit="property").status_code == 200


def test_each_step_is_told_signed_and_in_order(desk: Desk) -> None:
    desk.case()  # before the webhook: not told
    _, secret = added(desk)
    number = desk.case(description="secret words", reporter={"phone": "13900000002"})
    work(desk, number)

    assert call_all(desk.engine, desk.settings, MORNING).sent == 3
    assert told(desk) == [(number, n, s) for n, s in [(1, "report"), (2, "file"), (3, "dispatch")]]
    for one in desk.target.taken:
        stamp = one.headers["gridgov-timestamp"]
        text = f"{stamp}.{one.body}".encode()
        expected = "v1=" + hmac.new(secret.encode(), text, sha256).hexdigest()
        assert one.headers["gridgov-signature"] == expected
        assert abs(int(stamp) - MORNING.timestamp()) < 60
        assert one.json["id"] == one.key
        assert "secret words" not in one.body
        assert "13900000002" not in one.body
    assert desk.target.taken[2].json["unit"] == "property"
    assert call_all(desk.engine, desk.settings, MORNING + timedelta(days=1)).sent == 0


def test_a_failed_call_holds_back_its_case_and_no_other(desk: Desk) -> None:
    added(desk)
    cases = {desk.case(), desk.case()}
    desk.target.plan = ["500"]
    call_all(desk.engine, desk.settings, MORNING)
    # Both went out at once: whichever came first met the refusal.
    failed = told(desk)[0][0]
    (other,) = cases - {failed}
    work(desk, failed)
    work(desk, other)
    call_all(desk.engine, desk.settings, MORNING + timedelta(seconds=1))
    assert [case for case, _, _ in told(desk)] == [failed, other, other, other]
    call_all(desk.engine, desk.settings, MORNING + timedelta(minutes=5))
    assert [version for case, version, _ in told(desk) if case == failed] == [1, 1, 2, 3]
    keys = [one.key for one in desk.target.taken if one.json["case"] == failed]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_what_settled_is_not_looked_at_again_and_nothing_is_lost(desk: Desk) -> None:
    key, _ = added(desk)
    at = MORNING
    for _ in range(4):
        desk.case()
        at += SETTLES
        call_all(desk.engine, desk.settings, at)
    assert len(desk.target.taken) == len({one.key for one in desk.target.taken}) == 4
    with transaction(desk.engine, write=False) as session:
        (row,) = listed(session)
    assert row == {"id": key, "url": desk.target.url + "/hook", "waiting": 0, "sent": 4, "dead": 0}


def test_calls_are_sent_again_by_hand_under_their_keys(desk: Desk) -> None:
    key, _ = added(desk)
    number = desk.case()
    work(desk, number)
    call_all(desk.engine, desk.settings, MORNING)
    with transaction(desk.engine) as session:
        assert redeliver(session, key, None, MORNING) == 0
        assert redeliver(session, key, number, MORNING) == 3
        with pytest.raises(NoSuchWebhook):
            redeliver(session, key + 1, None, MORNING)
    call_all(desk.engine, desk.settings, MORNING)
    keys = [one.key for one in desk.target.taken]
    assert keys[:3] == keys[3:]


def test_what_is_given_up_lets_the_next_go_and_can_be_sent_again(desk: Desk) -> None:
    key, _ = added(desk)
    number = desk.case()
    desk.target.usual = "500"
    at = MORNING
    for _ in range(12):
        call_all(desk.engine, desk.settings, at)
        at += timedelta(hours=2)
    assert len(desk.target.taken) == 10
    desk.target.usual = "ok"
    work(desk, number)
    call_all(desk.engine, desk.settings, at)
    assert told(desk)[-1] == (number, 3, "dispatch")
    with transaction(desk.engine) as session:
        assert redeliver(session, key, None, at) == 1
    call_all(desk.engine, desk.settings, at)
    assert told(desk)[-1] == (number, 1, "report")


def test_party_cases_are_told_to_no_other_system(desk: Desk) -> None:
    added(desk)
    desk.case(category="41002", location=None)
    assert call_all(desk.engine, desk.settings, MORNING).sent == 0


def test_a_removed_webhook_is_told_nothing_more(desk: Desk) -> None:
    key, secret = added(desk)
    desk.case()
    with transaction(desk.engine) as session:
        with pytest.raises(WebhookThere):
            add(session, desk.settings.keys, desk.target.url + "/hook", MORNING)
        with pytest.raises(WebhookUrlWrong):
            add(session, desk.settings.keys, "file:///etc/passwd", MORNING)
        remove(session, key, MORNING)
    assert call_all(desk.engine, desk.settings, datetime.now(UTC)).sent == 0
    assert desk.target.taken == []
    again, other = added(desk)
    assert again == key
    assert other != secret
