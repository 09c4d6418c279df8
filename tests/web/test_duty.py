"""The duty board: who is on now, who accepted what is urgent, and who is called next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gridgov.cases.urgent import urgent
from gridgov.database import db
from gridgov.epochs import bump
from gridgov.escalation.sweep import sweep
from gridgov.faces.auth import now
from gridgov.people.tables import Shift
from tests.support.desk import working
from tests.support.town import Town
from tests.web.conftest import Axe, Live


def gas(town: Town) -> str:
    """Report something urgent, which goes to a unit at once."""
    return str(town.report(category="31001", description="有燃气味")["number"])


def second_on_roster(town: Town) -> None:
    with working(town, now()) as desk:
        desk.session.add(
            Shift(unit_code="property", person_code="head", days="1234567", starts="00:00",
                  stops="00:00")
        )  # fmt: skip
        bump(desk.session, "people")


def page(town: Town, who: str = "dispatcher") -> Any:
    return town.client.get("/duty", headers={"Authorization": f"Bearer {town.tokens[who]}"})


def test_a_dispatcher_sees_who_is_on_and_who_accepted(
    live: Live, desk: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    number = gas(live.town)
    as_role("dispatcher", desk).goto("/duty")
    # Other tests leave urgent cases in this town too.
    line = desk.locator(".case-line", has=desk.locator(f'[href="/cases/{number}"]'))
    expect(line).to_contain_text("尚未签收")
    expect(line).to_contain_text("Name-handler")
    axe(desk, "duty")
    live.town.step(number, "handler", "accept")
    desk.reload()
    expect(line).to_contain_text("Name-handler 已签收")


def test_the_board_on_a_phone_and_on_paper(
    live: Live, phone: Page, as_role: Callable[[str, Page], Page], axe: Axe
) -> None:
    as_role("committee", phone).goto("/duty")
    expect(phone.get_by_role("heading", name="网格", exact=True)).to_be_visible()
    axe(phone, "duty")
    phone.emulate_media(media="print")
    expect(phone.locator(".top")).to_be_hidden()


def test_unaccepted_for_15_minutes_the_next_one_is_named(town: Town) -> None:
    second_on_roster(town)
    with working(town, now() - timedelta(minutes=21)) as desk:
        desk.take(category="31001")

    def seen(back: int) -> Any:
        with working(town) as desk:
            at = now() - timedelta(minutes=back)
            (one,) = urgent(desk.session, desk.actor("dispatcher"), at, desk.known)
            return one.late, one.called, one.following

    assert seen(15) == (False, ("handler",), "head")
    assert seen(0) == (True, ("handler",), "head")
    with town.app.app_context():
        sweep(db.engine, town.app.extensions["gridgov"].settings, now())
    assert seen(0) == (True, ("handler", "head"), None)


def test_a_deputy_stands_in_and_says_so(shared_town: Town) -> None:
    shown = page(shared_town).text
    assert "Name-leader" in shown
    assert "Name-handler" in shown


@pytest.mark.parametrize("who", ["leader", "handler", "security-admin"])
def test_it_is_for_whoever_sends_work_out(shared_town: Town, who: str) -> None:
    assert page(shared_town, who).status_code == 403
