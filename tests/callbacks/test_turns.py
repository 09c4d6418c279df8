"""Calls and tries: one caller at a time, each said once, and only what is documented."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import schemathesis

from tests.callbacks.conftest import PHONE, Line, refused


def test_a_call_keeps_others_away_for_half_an_hour(line: Line) -> None:
    number = line.closed()["number"]
    line.hire("gis")
    key = line.one()
    assert refused(line.vain(key)) == "NotCalled"
    first = line.call(key).json
    line.later(minutes=10)
    # Asked again it is the same call: read once, and not prolonged.
    assert line.call(key).json == first
    assert line.list("gis") == []
    assert line.list()[0]["lease_ends"] == first["lease_ends"]
    assert refused(line.call(key, "gis")) == "BeingCalled"
    assert refused(line.vain(key, "gis")) == "NotCalled"
    assert len(line.readings(number)) == 1
    line.later(minutes=20)
    assert [one["lease_ends"] for one in line.list("gis")] == [None]
    assert line.call(key, "gis").status_code == 200
    assert refused(line.vain(key)) == "NotCalled"
    assert [one["person"]["code"] for one in line.readings(number)] == ["caller", "gis"]


def test_the_hour_at_which_it_rang_counts(line: Line) -> None:
    line.closed()
    line.later(hours=1.9)
    key = line.one()
    line.call(key)
    line.later(minutes=20)  # said at lunch, of a call in the morning
    assert line.vain(key).json["next_from"] == "2026-03-03T05:30:00+00:00"


def test_jobs_at_once_open_each_callback_once(line: Line) -> None:
    for _ in range(5):
        line.closed()
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda _: line.keep(), range(4)))
    assert sum(one.opened for one in kept) == 5
    assert len(line.list()) == 5


def test_a_try_said_twice_counts_once(line: Line) -> None:
    line.closed()
    key = line.one()
    line.call(key)
    first = line.vain(key).json
    assert first["tries"] == 1
    assert line.vain(key).json == first


@pytest.mark.parametrize("second", ["caller", "gis"])
def test_of_two_callers_at_once_one_calls(line: Line, second: str) -> None:
    number = line.closed()["number"]
    line.hire("gis")
    key = line.one()
    ready = Barrier(2)

    def call(who: str) -> tuple[int, str]:
        client = line.town.app.test_client()
        ready.wait()
        answer = client.post(f"/api/v1/callbacks/{key}/call", headers=line.town.headers(who))
        return answer.status_code, answer.text

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(call, ["caller", second]))
    # One and the same caller, clicking twice, has made one call.
    assert [status for status, _ in answers] == [200, 200 if second == "caller" else 409]
    assert (PHONE in answers[1][1]) is (second == "caller")
    assert len(line.readings(number)) == 1


@pytest.mark.parametrize("body", [{}, {"reached": True}, {"reached": 0}, {"reached": None}, []])
def test_what_was_reached_is_not_said_here(line: Line, body: Any) -> None:
    line.closed()
    key = line.one()
    line.call(key)
    assert line.town.post(f"/callbacks/{key}/tries", body, "caller").status_code == 422


@pytest.mark.parametrize("key", ["0", "999", str(2**31), str(2**63), str(2**70)])
def test_no_such_callback(line: Line, key: str) -> None:
    assert line.town.post(f"/callbacks/{key}/call", None, "caller").status_code == 404
    vain = line.town.post(f"/callbacks/{key}/tries", {"reached": False}, "caller")
    assert vain.status_code == 404


def test_answers_are_as_documented(line: Line) -> None:
    line.closed()
    key = line.one()
    spec = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", line.town.app)
    headers = {"Authorization": f"Bearer {line.town.tokens['caller']}"}
    of_it = {"path_parameters": {"key": key}, "headers": headers}
    listed = spec["/api/v1/callbacks"]["GET"].Case(headers=headers, query={"limit": 1})
    called = spec["/api/v1/callbacks/{key}/call"]["POST"].Case(**of_it)
    vain = spec["/api/v1/callbacks/{key}/tries"]["POST"].Case(
        **of_it, body={"reached": False}, media_type="application/json"
    )
    for case in (listed, called, vain):
        assert case.call_and_validate().status_code == 200


def test_a_contact_is_not_read_by_a_step(line: Line) -> None:
    number = line.closed()["number"]
    line.keep()
    assert line.town.step(number, "caller", "read_contact").status_code == 422
    assert line.readings(number) == []
