"""A firm's cases and visits come by pages: together all of them, each once, and none besides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases.known import known
from gridgov.database import transaction
from gridgov.faces import own_firm
from gridgov.faces.auth import now
from gridgov.faces.firms import Pages
from gridgov.faces.serve import Serving
from gridgov.people.actors import person_acting
from gridgov.people.tables import Account, Firm
from tests.community.test_own_page import NEED, own, visited
from tests.support.firms import WEST, tied, with_firms
from tests.support.town import Town


@pytest.fixture
def street(town: Town) -> Town:
    """Reported by the firm and heard from it in turn; of its staff, and in confidence, too."""
    tied(with_firms(town), "resident", WEST)
    for _ in range(3):
        town.report("resident", category="21001", description="own")
        visited(town)
        visited(town, met="staff")
        town.report("resident", category="21001", description="own", confidential=True)
    return town


@contextmanager
def looking(town: Town, who: str) -> Iterator[Serving]:
    settings = town.app.extensions["gridgov"].settings
    with town.app.test_request_context(), transaction(write=False) as session:
        office = known(session, settings)
        account = session.scalars(sa.select(Account).where(Account.login == who)).one()
        actor = person_acting(
            office.office, account.person_code, now(), account.id, account.firm_code
        )
        yield Serving(session, now(), office, actor)


def pages(s: Serving, **given: Any) -> Iterator[dict[str, Any]]:
    firm = s.session.scalars(sa.select(Firm).where(Firm.code == WEST)).one()
    after = before = None
    while True:
        page = own_firm.page(s, firm, Pages(after, before, **given))
        yield page
        after, before = page["next"], page["earlier"]
        if after is None and before is None:
            return


@pytest.mark.parametrize("who", ["resident", "dispatcher"])
@pytest.mark.parametrize("most", [1, 2, 5])
def test_all_cases_come_by_pages_each_once(street: Town, who: str, most: int) -> None:
    with looking(street, who) as s:
        (whole,) = pages(s)
        found = list(pages(s, cases=most))
        assert len(found) > 1
        shown = [case for page in found for case in page["cases"]]
        assert shown == whole["cases"]
        assert all(page["cases"] for page in found)
        # However short the list of cases, a visit has all its needs.
        assert found[0]["visits"] == whole["visits"]


@pytest.mark.parametrize("who", ["resident", "dispatcher"])
def test_all_visits_come_by_pages_with_their_needs(street: Town, who: str) -> None:
    with looking(street, who) as s:
        (whole,) = pages(s)
        found = list(pages(s, visits=2))
        assert [len(page["visits"]) for page in found] == [2, 2, 2]
        assert [one for page in found for one in page["visits"]] == whole["visits"]
        needs = [len(one["needs"]) for one in whole["visits"]]
        assert set(needs) == ({0, 1} if who == "resident" else {1})


def test_address_and_answer_name_the_next_page(street: Town) -> None:
    first = own(street)
    assert (first["next"], first["earlier"]) == (None, None)
    for _ in range(18):
        visited(street, NEED)
    more = own(street)
    assert more["earlier"] is not None and len(more["visits"]) == 20
    further = street.get(f"/firms/{WEST}?before={more['earlier']}", "resident").json
    assert [one["ref"] for one in further["visits"]] == [one["ref"] for one in first["visits"][-4:]]
    headers = street.headers("resident") | {"Accept-Language": "en"}
    page = street.client.get(f"/firms/{WEST}", headers=headers).text
    assert f"?before={more['earlier']}" in page and "20+" in page and "Earlier ones" in page
    older = street.client.get(f"/firms/{WEST}?before={more['earlier']}", headers=headers).text
    assert "Earlier ones" not in older
    wrong = street.get(f"/firms/{WEST}?after=nonsense", "resident")
    assert wrong.status_code == 422
