"""My work as a list: piles as counters, today first, accepted from the list itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from gridgov.database import transaction
from gridgov.epochs import bump
from gridgov.people.tables import Duty
from tests.support.town import G1, LONG_AGO, Town
from tests.web.conftest import Axe, Live, fits

AsRole = Callable[[str, Page], Page]


def dispatched(town: Town, **given: object) -> str:
    number = str(town.report(description="路灯不亮", category="01001", **given)["number"])
    assert town.step(number, "leader", "file", category="01001").status_code == 200
    assert town.step(number, "leader", "dispatch", unit="property").status_code == 200
    return number


def listed(town: Town, who: str, path: str = "/work") -> str:
    headers = {"Authorization": f"Bearer {town.tokens[who]}"}
    return str(town.client.get(path, headers=headers).text)


def test_a_handler_accepts_from_the_list(
    phone: Page, live: Live, as_role: AsRole, axe: Axe
) -> None:
    contact = {"reporter": {"name": "王女士", "phone": "13800000000"}}
    number = dispatched(live.town, **contact)
    as_role("handler", phone).goto("/work")
    line = phone.locator(".work-line", has=phone.locator(f"a[href='/cases/{number}']"))
    expect(line.get_by_role("button", name="签收")).to_be_visible()
    axe(phone, "work-handler")
    line.get_by_role("button", name="签收").tap()
    expect(line.get_by_role("button", name="签收")).to_be_hidden()
    assert live.town.read(number, "leader")["status"] == "handling"
    # A call leads to the case, which asks what for before it shows whom.
    line.get_by_role("link", name="打电话").tap()
    expect(phone.locator("#f-purpose")).to_be_visible()
    expect(phone.locator("body")).not_to_contain_text("13800000000")


def test_a_pile_alone_by_its_counter(phone: Page, live: Live, as_role: AsRole, axe: Axe) -> None:
    dispatched(live.town)
    as_role("handler", phone).goto("/work")
    phone.locator(".counters a", has_text="待签收").tap()
    expect(phone.locator("section h2")).to_have_count(1)
    expect(phone.locator("section h2")).to_contain_text("待签收")
    phone.get_by_role("button", name="大字版").tap()
    expect(phone.locator("html.large")).to_be_visible()
    axe(phone, "work-large")
    assert fits(phone)


def counters(town: Town, who: str, path: str = "/work") -> list[str]:
    """Return the piles that somebody is shown, by name."""
    found = listed(town, who, path).partition('class="counters"')[2].partition("</nav>")[0]
    return re.findall(r"/work\?pile=(\w+)", found)


def test_an_organiser_sees_the_piles_of_an_organiser(shared_town: Town) -> None:
    assert counters(shared_town, "organiser") == ["intake", "dispatch", "accept", "handle"]


def test_who_holds_many_duties_sees_the_piles_that_hold_something(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        held = {"deputy": False, "begins": LONG_AGO}
        for role, place in (("leader", G1), ("handler", "property")):
            session.add(Duty(person_code="dispatcher", role=role, place=place, **held))
        bump(session, "people")
    dispatched(town)
    assert counters(town, "dispatcher") == ["accept"]
    # What an address asks for stands there, empty or not.
    assert counters(town, "dispatcher", "/work?pile=verify") == ["verify", "accept"]


def test_what_is_urgent_stands_with_today_and_first(town: Town) -> None:
    later, urgent = (
        str(town.report(description="x", category="01001", urgency=urgency)["number"])
        for urgency in ("normal", "urgent")
    )
    shown = listed(town, "leader")
    assert shown.index("今天") < shown.index(urgent)
    assert shown.index(urgent) < shown.index(later)


def test_no_number_of_a_reporter_stands_in_the_list(shared_town: Town) -> None:
    dispatched(shared_town, reporter={"name": "王女士", "phone": "13800000000"})
    shown = listed(shared_town, "handler")
    assert "1380000" not in shown
    assert "王女士" not in shown
    # Of one without a contact nobody is offered a call.
    anonymous = dispatched(shared_town, anonymous=True)
    assert f"/cases/{anonymous}#f-purpose" not in listed(shared_town, "handler")
