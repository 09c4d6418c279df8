"""The rungs of a wish that an account without a person has claimed: they tell that account."""

from __future__ import annotations

import pytest

from tests.ladder.watch import Watch
from tests.support.town import RESIDENT


@pytest.mark.parametrize(("who", "kind"), [(RESIDENT, "account"), ("handler-office", "person")])
def test_whoever_has_claimed_a_wish_is_warned_once(watch: Watch, who: str, kind: str) -> None:
    watch.limits("51001", case=("working_days", 20), handle=("working_days", 2))
    case = watch.take("2026-03-02 09:00", category="51001")
    watch.act(case, "leader", "file", "2026-03-02 09:10", category="51001")
    watch.act(case, "dispatcher", "publish", "2026-03-02 09:20", text="books for a child")
    watch.act(case, who, "claim", "2026-03-02 09:30")
    code = str(watch.desk.accounts[who]) if kind == "account" else who

    assert "handle.near" in watch.sweep("2026-03-03 17:00")

    told = watch.desk.told(case, "rung_near")
    assert (kind, code) in told
    assert ("person", "leader") in told
    assert {one for one in told if one[0] in ("account", "unit")} <= {(kind, code)}
    assert watch.sweep("2026-03-03 17:05") == []
