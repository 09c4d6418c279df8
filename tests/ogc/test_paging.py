"""Pages neither repeat nor leave out what is there all along, whoever writes meanwhile."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.ogc.conftest import ids, items
from tests.support.town import IN_G2, Town


def following(town: Town, page: dict[str, Any], who: str | None) -> dict[str, Any] | None:
    found = [one["href"] for one in page["links"] if one["rel"] == "next"]
    if not found:
        return None
    answer = town.client.get(found[0].replace("http://localhost", ""), headers=town.headers(who))
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


@pytest.mark.parametrize("name", ["cells", "grids", "cases", "load"])
@pytest.mark.parametrize("who", [None, "gis"])
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_together_are_the_whole(twin: Town, name: str, who: str | None, limit: int) -> None:
    whole = items(twin, name, who, limit=2_000)
    page: dict[str, Any] | None = items(twin, name, who, limit=limit)
    found: list[str] = []
    while page is not None:
        assert page["numberMatched"] == whole["numberMatched"]
        assert page["numberReturned"] == len(page["features"]) <= limit
        found += ids(page)
        page = following(twin, page, who)
    assert found == ids(whole)
    assert len(found) == whole["numberMatched"] == len(set(found))


def test_some_clients_count_instead_of_following_links(twin: Town) -> None:
    whole = ids(items(twin, "cases", "gis", limit=2_000))
    page = items(twin, "cases", "gis", limit=4, offset=3)
    assert ids(page) == whole[3:7]
    after = following(twin, page, "gis")
    assert after is not None and ids(after) == whole[7:11]


def test_a_writer_between_the_pages_makes_nothing_come_twice_or_go_missing(town: Town) -> None:
    before = {town.report()["number"] for _ in range(12)}
    gone = random.Random(1)
    page: dict[str, Any] | None = items(town, "cases", "dispatcher", limit=2)
    found: list[str] = []
    while page is not None:
        found += ids(page)
        # New ones anywhere in the order, and changes to ones that were and were not shown yet.
        town.report(at=IN_G2)
        town.step(gone.choice(sorted(before)), "dispatcher", "escalate", reason="x")
        page = following(town, page, "dispatcher")
        assert len(found) < 100
    assert before <= set(found)
    assert len(found) == len(set(found))
    whole = items(town, "cases", "dispatcher", limit=2_000)
    assert whole["numberMatched"] == whole["numberReturned"] > len(before)
