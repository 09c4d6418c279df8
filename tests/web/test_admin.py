"""Administration: each of the three administrators has their own part; what it changes, changes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
import shapely
import sqlalchemy as sa
from playwright.sync_api import FilePayload, Page, expect

from gridgov.audit.tables import Entry
from gridgov.database import transaction
from gridgov.faces.auth import now
from gridgov.ladder.ladder import OWN
from gridgov.people.second_factor import enrol
from gridgov.people.tables import Account, Duty
from tests.support.browser import Browser, give_password
from tests.support.town import G1, G2, STREET, Town, square
from tests.web.conftest import Axe, Live

SECURITY = ("accounts", "duties", "people", "roster")
SYSTEM = ("maps", "categories", "ladder", "calendar", "channels", "messages", "state")
AUDIT = ("journals", "readings", "audit")
WHOSE = {"security-admin": SECURITY, "system-admin": SYSTEM, "audit-admin": AUDIT}
YEAR = "date,working,name\n2027-01-01,off,New Year\n2027-01-03,work,make-up\n"


def page(town: Town, path: str, who: str) -> Any:
    return town.client.get(path, headers={"Authorization": f"Bearer {town.tokens[who]}"})


def send(town: Town, path: str, who: str, **form: Any) -> Any:
    headers = {"Authorization": f"Bearer {town.tokens[who]}"}
    return town.client.post(path, data=form, headers=headers)


def a_map(*, gap: bool = False) -> bytes:
    """Return the town's map as GeoJSON; with a gap, a piece is cut out of one cell."""
    shapes = [square(column, 0) for column in range(4)]
    if gap:
        shapes[1] = shapes[1].difference(shapes[1].centroid.buffer(0.0002))
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(shape),
            "properties": {"code": f"{STREET}001{n + 1:03d}", "grid": G1 if n < 3 else G2},
        }
        for n, shape in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def administer(live: Live, as_role: Callable[[str, Page], Page]) -> Callable[[str, Page], Page]:
    """Sign an administrator in, who has a second factor and gave it."""

    def signed_in(login: str, on: Page) -> Page:
        app = live.town.app
        with app.app_context(), transaction() as session:
            account = session.scalars(sa.select(Account).where(Account.login == login)).one()
            if account.totp_sealed is None:
                keys = app.extensions["gridgov"].settings.keys
                enrol(session, keys, account.id, pyotp.random_base32(), now())
        return as_role(login, on)

    return signed_in


def noted(town: Town, what: str) -> int:
    with town.app.app_context(), transaction(write=False) as session:
        count = sa.select(sa.func.count()).select_from(Entry)
        return session.scalar(count.where(Entry.what == what)) or 0


@pytest.mark.parametrize("who", WHOSE)
def test_each_administrator_opens_their_own_part_only(shared_town: Town, who: str) -> None:
    first = page(shared_town, "/admin", who).text
    for name in (*SECURITY, *SYSTEM, *AUDIT):
        own = name in WHOSE[who]
        assert page(shared_town, f"/admin/{name}", who).status_code == (200 if own else 403), name
        assert (f'href="/admin/{name}"' in first) == own, name


@pytest.mark.parametrize("who", ["leader", "dispatcher", "committee", "resident"])
def test_it_is_for_administrators(shared_town: Town, who: str) -> None:
    for path in ("/admin", "/admin/accounts", "/admin/maps", "/admin/audit"):
        assert page(shared_town, path, who).status_code == 403


def test_who_was_idle_signs_in_and_comes_back(shared_town: Town) -> None:
    answer = shared_town.client.get("/admin/duties?past=1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/admin/duties?past%3D1"


@pytest.mark.parametrize(
    ("page_of", "back"),
    [
        ("http://localhost/admin/duties/7?did=begun", "?next=/admin/duties/7?did%3Dbegun"),
        ("https://elsewhere.example/admin", ""),
    ],
)
def test_who_idled_out_over_a_form_comes_back_to_it(
    shared_town: Town, page_of: str, back: str
) -> None:
    answer = shared_town.client.post("/admin/duties/7/end", headers={"Referer": page_of})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/sign-in{back}"


def test_who_is_signed_in_by_half_goes_on_with_that(
    live: Live, phone: Page, as_role: Callable[[str, Page], Page]
) -> None:
    with live.town.app.app_context(), transaction() as session:
        account = session.scalars(sa.select(Account).where(Account.login == "audit-admin")).one()
        account.totp_sealed = None
    as_role("audit-admin", phone).goto("/admin/journals")
    expect(phone).to_have_url(re.compile(r"/sign-in\?next=/admin/journals"))


def test_every_page_keeps_nobody_out(
    live: Live, desk: Page, administer: Callable[[str, Page], Page], axe: Axe
) -> None:
    for who, names in WHOSE.items():
        administer(who, desk).goto("/admin")
        axe(desk, f"admin-{who}")
        for name in names:
            desk.goto(f"/admin/{name}")
            axe(desk, f"admin-{name}")


def test_every_page_fits_a_phone(
    live: Live, phone: Page, administer: Callable[[str, Page], Page], axe: Axe
) -> None:
    for who, names in WHOSE.items():
        administer(who, phone)
        for name in names:
            phone.goto(f"/admin/{name}")
            wide = phone.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, name
    phone.goto("/admin/journals")
    axe(phone, "admin-journals")


def test_the_journal_says_who_it_was_not_the_number_of_a_row(town: Town) -> None:
    give_password(town, "leader")
    assert Browser(town).sign_in("leader").status_code == 201
    shown = page(town, "/admin/journals?what=signed_in", "audit-admin")
    assert '<span class="quiet">leader</span>' in shown.text


def test_an_account_is_added_given_a_password_and_let_in_no_more(
    live: Live, desk: Page, administer: Callable[[str, Page], Page], axe: Axe
) -> None:
    administer("security-admin", desk).goto("/admin/accounts")
    desk.get_by_text("新增账号").first.click()
    desk.get_by_role("textbox", name="账号", exact=True).fill("wang")
    desk.locator("form[action='/admin/accounts'] button").click()
    desk.get_by_role("button", name="发放初始密码").click()
    expect(desk.locator(".shown-once")).to_have_text(re.compile(r"\S{8,}"))
    axe(desk, "admin-account")
    desk.get_by_text("收回").first.click()
    desk.get_by_role("button", name="停用账号").click()
    expect(desk.get_by_role("status")).to_contain_text("不能再登录")
    axe(desk, "admin-account-off")


def test_nobody_administers_their_own_account(shared_town: Town) -> None:
    answer = send(shared_town, "/admin/accounts/security-admin", "security-admin", what="password")
    assert answer.status_code == 422
    assert "shown-once" not in answer.text


def test_what_is_wrong_with_a_new_account_is_said_and_kept(shared_town: Town) -> None:
    answer = send(shared_town, "/admin/accounts", "security-admin", login="leader", person="leader")
    assert answer.status_code == 422
    assert 'value="leader"' in answer.text


def test_a_locked_account_is_found_and_unlocked(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        account = session.scalars(sa.select(Account).where(Account.login == "leader")).one()
        account.locked_until, account.failures = now() + timedelta(minutes=5), 5
    assert "leader2" in page(town, "/admin/accounts?q=LEADER", "security-admin").text
    assert 'value="unlock"' in page(town, "/admin/accounts/leader", "security-admin").text
    assert send(town, "/admin/accounts/leader", "security-admin", what="unlock").status_code == 303
    assert 'value="unlock"' not in page(town, "/admin/accounts/leader", "security-admin").text


def test_a_duty_begins_gets_a_deputy_and_ends_with_its_list(
    live: Live, desk: Page, administer: Callable[[str, Page], Page], axe: Axe
) -> None:
    administer("security-admin", desk).goto("/admin/duties")
    desk.locator("summary", has_text="开始任职").click()
    form = desk.locator("form[action='/admin/duties']")
    form.locator("#f-person").select_option("member2")
    form.locator("#f-role").select_option("handler")
    form.locator("#f-place").fill("office")
    form.locator("button").click()
    expect(desk.get_by_role("status")).to_be_visible()
    axe(desk, "admin-duty")
    desk.locator("summary", has_text="指定").click()
    desk.locator("#f-person").select_option("leader2")
    desk.get_by_role("button", name="指定").click()
    expect(desk.get_by_role("status")).to_contain_text("B岗")
    desk.locator("summary", has_text="立即结束").click()
    desk.get_by_role("button", name="立即结束").click()
    expect(desk.get_by_role("heading", name="交接班")).to_be_visible()
    axe(desk, "admin-hand-over")
    with live.town.app.app_context(), transaction(write=False) as session:
        ended = sa.select(Duty).where(Duty.person_code == "member2", Duty.role == "handler")
        assert session.scalars(ended).one().ends is not None


def test_a_map_is_checked_drawn_and_taken_in(
    live: Live, desk: Page, administer: Callable[[str, Page], Page], axe: Axe
) -> None:
    administer("system-admin", desk).goto("/admin/maps")
    kind = "application/geo+json"
    desk.locator("#f-file").set_input_files(
        FilePayload(name="gap.geojson", mimeType=kind, buffer=a_map(gap=True))
    )
    desk.get_by_role("button", name="检查地图").click()
    expect(desk.locator("svg .piece.fatal")).to_have_count(1)
    expect(desk.get_by_role("button", name="采用")).to_have_count(0)
    axe(desk, "admin-map-gap")


def test_a_sound_map_is_taken_in_from_a_day_on(town: Town) -> None:
    number = town.report(at=(121.4925, 29.8805))["number"]
    sent = send(town, "/admin/maps", "system-admin", file=(io.BytesIO(a_map()), "park.geojson"))
    assert sent.status_code == 200
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', sent.text)
    assert digest is not None
    today = now().astimezone(town.app.extensions["gridgov"].settings.zone).date()
    taken = send(
        town, "/admin/maps/taken", "system-admin", digest=digest[1], name="park.geojson",
        coord_type="", park="park", active_from=today.isoformat(),
    )  # fmt: skip
    assert taken.status_code == 303
    assert taken.headers["Location"] == "/admin/maps?taken=1"
    assert town.read(number, "leader")["grid"]["code"] == G1
    assert noted(town, "map_taken") == 1


@pytest.mark.parametrize(
    ("name", "data"), [("x.vrt", b"<VRT/>"), ("x.geojson", b"no"), ("x.zip", b"PK"), ("", b"")]
)
def test_what_is_no_map_is_refused(shared_town: Town, name: str, data: bytes) -> None:
    answer = send(shared_town, "/admin/maps", "system-admin", file=(io.BytesIO(data), name))
    assert answer.status_code == 422
    assert "DRIVER" not in answer.text  # what the reader says helps nobody here


def test_a_ladder_is_rehearsed_and_put_in_force(town: Town) -> None:
    town.report()
    changed = OWN.read_text("utf-8").replace('at = "75 %"', 'at = "50 %"')
    plan = send(town, "/admin/ladder/plan", "system-admin", text=changed)
    assert plan.status_code == 200
    assert "near" in plan.text
    assert noted(town, "ladder_put") == 0
    put = send(town, "/admin/ladder", "system-admin", text=changed)
    assert put.headers["Location"] == "/admin/ladder?changed=1"
    assert "50 %" in page(town, "/admin/ladder", "system-admin").text
    assert noted(town, "ladder_put") == 1


def test_a_ladder_with_a_mistake_stays_in_the_field(shared_town: Town) -> None:
    answer = send(shared_town, "/admin/ladder/plan", "system-admin", text='[[rung]]\nname = "X"')
    assert answer.status_code == 422
    assert "[[rung]]" in answer.text


def test_the_rehearsal_in_a_browser(
    live: Live, desk: Page, administer: Callable[[str, Page], Page], axe: Axe
) -> None:
    live.town.report()
    administer("system-admin", desk).goto("/admin/ladder")
    desk.locator("summary", has_text="预演").click()
    desk.locator("#f-text").fill(OWN.read_text("utf-8").replace('at = "75 %"', 'at = "40 %"'))
    desk.locator("form[action='/admin/ladder/plan'] button").click()
    expect(desk.get_by_role("button", name="启用")).to_be_visible()
    axe(desk, "admin-ladder-rehearsed")


def test_a_year_is_imported_and_one_with_mistakes_refused(town: Town) -> None:
    wrong = YEAR + "2027-02-30,off,\n"
    for text, status in ((wrong, 422), (YEAR, 303), (YEAR, 303)):
        sent = {"file": (io.BytesIO(text.encode()), "2027.csv")}
        answer = send(town, "/admin/calendar", "system-admin", **sent)
        assert answer.status_code == status, answer.text
    assert "same=1" in answer.headers["Location"]
    assert "New Year" in page(town, "/admin/calendar?year=2027", "system-admin").text
    assert noted(town, "year_put") == 1
