"""Of an account's claims at once no more go through than it may have, whichever comes first."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from gridgov.cases.act import Wish, act
from gridgov.cases.claims import under_way
from gridgov.cases.known import known
from gridgov.database import db, transaction
from gridgov.faces.auth import now
from gridgov.people.actors import Actor
from gridgov.people.tables import Account
from tests.privacy.conftest import refused
from tests.support.town import RESIDENT, Town

PLAN = {"plan": "on Saturday"}


def wished(town: Town) -> str:
    number = str(town.report(category="51001", description="a wish")["number"])
    assert town.step(number, "leader", "file", category="51001").status_code == 200
    assert town.step(number, "dispatcher", "publish", text="books").status_code == 200
    return number


def claimed(town: Town, number: str) -> Any:
    version = next(
        one["version"] for one in town.get("/wishes").json["wishes"] if one["number"] == number
    )
    body = {"step": "claim", "version": version, **PLAN}
    return town.post(f"/cases/{number}/steps", body, RESIDENT)


def test_the_api_and_the_page_say_how_many_and_what_to_do(town: Town) -> None:
    most = town.app.extensions["gridgov"].settings.max_claims
    for _ in range(most):
        assert claimed(town, wished(town)).status_code == 200
    number = wished(town)
    answer = claimed(town, number)
    assert refused(answer) == (409, "ClaimedEnough")
    assert str(most) in answer.json["detail"]
    for language, said in (("en", "give one back first"), ("zh", "先办完或者退回")):
        headers = town.headers(RESIDENT) | {"Accept-Language": language}
        page = town.client.post(f"/wishes/{number}", data=PLAN, headers=headers)
        assert page.status_code == 409
        assert said in page.text
        assert PLAN["plan"] in page.text


def test_of_two_claims_at_once_one_fills_the_last_place(town: Town) -> None:
    """By one account, of two wishes, in two transactions that overlap."""
    settings = town.app.extensions["gridgov"].settings
    for _ in range(settings.max_claims - 1):
        assert claimed(town, wished(town)).status_code == 200
    first, second = wished(town), wished(town)
    waits = threading.Event()

    def reached(*sent: Any) -> None:
        if "FROM accounts" in sent[2] and "FOR NO KEY UPDATE" in sent[2]:
            waits.set()

    with town.app.app_context(), ThreadPoolExecutor(1) as pool:
        with transaction(db.engine) as session:
            account = session.scalar(sa.select(Account.id).where(Account.login == RESIDENT))
            assert account is not None
            told = known(session, settings)
            act(session, first, [Wish("claim", None, PLAN)], Actor(account=account), now(), told)
            sa.event.listen(db.engine, "before_cursor_execute", reached)
            body = {"step": "claim", "version": 3, **PLAN}  # reported, filed, published
            path, headers = f"/api/v1/cases/{second}/steps", town.headers(RESIDENT)
            client = town.app.test_client()
            answer = pool.submit(lambda: client.post(path, json=body, headers=headers))
            # SQLite lets the second begin only when the first has ended.
            assert db.engine.dialect.name == "sqlite" or waits.wait(10)
        assert refused(answer.result()) == (409, "ClaimedEnough")
        with transaction(db.engine) as session:
            assert under_way(session, account) == settings.max_claims
