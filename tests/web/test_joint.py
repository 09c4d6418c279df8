"""Joint cases on pages: the list of items, what is in the way, who is called, who is told what."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gridgov.faces.auth import now
from tests.joint.test_items import FIRM, done, opened, put, worked
from tests.support.town import Town
from tests.web.conftest import Axe, Live, fits

As = Callable[[str, Page], Page]
LONG = "申领充电桩用地许可，并与消防、供电两家核对间距要求后答复企业"


def page(town: Town, path: str, who: str = "dispatcher") -> Any:
    return town.client.get(path, headers=town.headers(who))


def send(town: Town, path: str, who: str = "dispatcher", **form: Any) -> Any:
    return town.client.post(path, data=form, headers=town.headers(who))


def suspended(town: Town, number: str, unit_hand: str = "handler") -> None:
    done(town.step(number, unit_hand, "accept"))
    until = (now() + timedelta(days=90)).date().isoformat()
    done(town.step(number, unit_hand, "ask_suspension", suspension_reason="policy_gap",
                   resume_on=until))  # fmt: skip
    done(town.step(number, "dispatcher", "suspend"))


def story(town: Town, **given: Any) -> dict[str, Any]:
    """Open a joint case with an item done, one suspended, one late to answer, one to dispatch."""
    taken = opened(town, description="电动汽车没有地方充电、停车", **given)
    number = taken["number"]
    first = done(put(town, number, text=LONG, unit="property"))["number"]
    second = done(put(town, number, text="给换电柜上保险", unit="property"))["number"]
    limit = {"kind": "working_days", "amount": 3}
    third = done(put(town, number, text="落实夜间停车区", unit="property", limit=limit,
                     co_units=["bureau", "party-office"]))["number"]  # fmt: skip
    fourth = done(put(town, number, text="编制驾驶员须知"))["number"]
    worked(town, first)
    suspended(town, second)
    done(town.step(third, "head-party", "join"))
    items = {"done": first, "hung": second, "called": third, "filed": fourth}
    return taken | {"items": items}


def row(text: str, number: str) -> str:
    begun = text.index(f'id="item-{number}"')
    return text[begun : text.index("</tbody>", begun)]


def test_each_item_stands_with_owner_limit_and_steps(shared_town: Town) -> None:
    made = story(shared_town)
    number, items = made["number"], made["items"]
    shown = page(shared_town, f"/cases/{number}", "head-office").text
    assert "1 of 4 done; 1 suspended (policy gap)" in shown
    assert "solved" in row(shown, items["done"])
    assert "policy gap" in row(shown, items["hung"])
    called = row(shown, items["called"])
    assert re.search(r"Unit bureau <span[^>]*>has not answered", called)
    assert re.search(r"Unit party-office .*has joined", called)
    steps = {name: set(re.findall(r'name="step" value="(\w+)"', row(shown, one)))
             for name, one in items.items()}  # fmt: skip
    assert steps == {
        "done": set(), "hung": {"urge", "ask_join", "drop_item"},
        "called": {"urge", "ask_join", "drop_item"},
        "filed": {"dispatch", "urge", "ask_join", "drop_item"},
    }  # fmt: skip
    handler = page(shared_town, f"/cases/{number}", "handler-office").text
    assert 'id="add-item"' not in handler
    assert 'id="closing"' not in handler
