"""What tests of meetings share: plans, meetings that were held, and what they resolved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gridgov.faces.auth import now
from tests.support.town import STREET, Town

Make = Callable[..., dict[str, Any]]


def body(**given: Any) -> dict[str, Any]:
    """Return a meeting that began an hour ago, or as given."""
    base = {
        "kind": "consult",
        "title": "电动车租赁会商",
        "starts_at": (now() - timedelta(hours=1)).isoformat(),
        "place": "三楼会议室",
        "area": STREET,
    }
    return base | given


def today(days: int = 0) -> str:
    """Return a day as the office has it, from today on."""
    from zoneinfo import ZoneInfo

    return ((now() + timedelta(days=days)).astimezone(ZoneInfo("Asia/Shanghai"))).date().isoformat()


@pytest.fixture
def held(town: Town) -> dict[str, Any]:
    """A meeting of the street that was held, to which the property's head was invited."""
    return hold(town)


def hold(town: Town, who: str = "dispatcher", **given: Any) -> dict[str, Any]:
    """Plan and hold a meeting."""
    given.setdefault("invited", {"units": ["property"], "persons": ["leader"]})
    made = town.post("/meetings", body(**given), who)
    assert made.status_code == 201, made.json
    key = made.json["id"]
    answer = town.post(f"/meetings/{key}/hold", {"came": {"units": ["property"]}}, who)
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def resolve(town: Town, key: int, who: str = "dispatcher", **given: Any) -> dict[str, Any]:
    """Write down what a meeting resolved."""
    asked = {"text": "出具消防意见", "unit": "property", "due": today(3)} | given
    answer = town.post(f"/meetings/{key}/resolutions", asked, who)
    assert answer.status_code == 201, answer.json
    return dict(answer.json)
