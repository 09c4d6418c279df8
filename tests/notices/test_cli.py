"""`gridgov notices`, as an administrator calls it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner

from gridgov.cli import main
from gridgov.notices.rules import TRIES
from tests.notices.conftest import Desk


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Any:
    here = desk.town.app.extensions["gridgov"]
    monkeypatch.setitem(desk.town.app.extensions, "gridgov", replace(here, settings=desk.settings))

    def call(*args: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, ["notices", *args])
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    return call


def test_channels_are_added_listed_masked_and_removed(desk: Desk, run: Any) -> None:
    run("channel", "add", "head", "sms:13800001234")
    run("channel", "add", "head", "dingtalk://topsecrettoken")
    assert "already" in run("channel", "add", "head", "sms:13800001234", code=1)
    assert "no person" in run("channel", "add", "nobody", "sms:13800001234", code=1)
    for wrong in ("sms:12", "nope://x", "file:///etc/passwd", "dbus://", "13800001234", ""):
        assert "Apprise" in run("channel", "add", "head", wrong, code=1)
    shown = run("channel", "list", "head", "--json")
    assert "13800001234" not in shown
    assert "topsecrettoken" not in shown
    rows = json.loads(shown)["channels"]
    assert [row["kind"] for row in rows] == ["sms", "dingtalk"]
    run("channel", "remove", str(rows[0]["id"]))
    run("channel", "remove", str(rows[0]["id"]), code=1)
    assert len(json.loads(run("channel", "list", "--json"))["channels"]) == 1


def test_what_was_given_up_is_listed_and_retried(desk: Desk, run: Any) -> None:
    number = desk.case()
    desk.channel("dispatcher")
    desk.target.usual = "500"
    desk.notice(number, urgent=True)
    desk.notice(number, "leader", urgent=True)
    desk.deliver()
    for _ in range(TRIES - 1):
        desk.deliver(desk.messages()[0].next_at)
    found = json.loads(run("dead", "--json"))
    (letter,) = found["dead"]
    assert letter["to"] == "dispatcher"
    assert letter["notices"] == [{"number": number, "template": "urge"}]
    assert found["unreached"][0]["to"] == "leader"
    desk.target.usual = "ok"
    assert "no dead message" in run("retry", "12345", code=1)
    run("retry", str(letter["id"]))
    assert json.loads(run("send", "--json"))["notices"]["sent"] == 1
    assert json.loads(run("dead", "--json"))["dead"] == []


def test_webhooks_are_added_listed_redelivered_and_removed(desk: Desk, run: Any) -> None:
    key, secret = run("webhook", "add", desk.target.url + "/hook").split()
    number = desk.case()
    assert json.loads(run("send", "--json"))["webhooks"]["sent"] == 1
    listed = run("webhook", "list", "--json")
    assert secret not in listed
    assert json.loads(listed)["webhooks"][0]["sent"] == 1
    assert run("webhook", "redeliver", key, "--case", number).strip() == "1"
    run("webhook", "remove", key)
    assert json.loads(run("webhook", "list", "--json"))["webhooks"] == []
