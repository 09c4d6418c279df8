"""Signing in: with a first password to be changed, wrongly, and out again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from gridgov.database import transaction
from gridgov.faces.auth import now
from gridgov.people import passwords, sign_in
from gridgov.people.tables import Account
from tests.support.town import Town
from tests.web.conftest import Axe, Live

FIRST, OWN = "three-lamps-were-dark-tonight", "seven blue gates by the canal"


def give(live: Live, login: str) -> None:
    keys = live.town.app.extensions["gridgov"].settings.keys
    with live.town.app.app_context(), transaction() as session:
        account = session.query(Account.id).filter(Account.login == login).scalar()
        sign_in.set_password(session, keys, account, passwords.hashed(FIRST), now(), first=True)


def try_in(page: Page, login: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def test_a_first_password_is_changed_and_one_is_in(desk: Page, live: Live, axe: Axe) -> None:
    give(live, "dispatcher")
    desk.goto("/sign-in")
    axe(desk, "sign-in")
    try_in(desk, "dispatcher", "wrong")
    expect(desk.locator(".errors")).to_be_focused()
    axe(desk, "sign-in-wrong")
    try_in(desk, "dispatcher", FIRST)
    expect(desk.locator("h1")).to_have_text("设置您自己的密码")
    axe(desk, "sign-in-password")
    desk.get_by_label("现在的密码").fill(FIRST)
    desk.get_by_label("新密码").fill(OWN)
    desk.get_by_role("button", name="修改密码").click()
    expect(desk.locator(".who")).to_contain_text("Name-dispatcher")
    desk.get_by_role("button", name="退出").click()
    expect(desk.locator(".who")).to_contain_text("登录")


def test_an_administrator_adds_a_second_factor(desk: Page, live: Live, axe: Axe) -> None:
    give(live, "system-admin")
    try_in(desk, "system-admin", FIRST)
    desk.get_by_label("现在的密码").fill(FIRST)
    desk.get_by_label("新密码").fill(OWN)
    desk.get_by_role("button", name="修改密码").click()
    expect(desk.locator("h1")).to_have_text("添加第二重验证")
    axe(desk, "sign-in-factor")
    import pyotp

    code = pyotp.TOTP(desk.locator(".qr code").inner_text().replace(" ", "")).now()
    desk.get_by_label("验证器应用当前显示的验证码").fill(code)
    desk.get_by_role("button", name="添加").click()
    expect(desk.locator(".codes li").first).to_be_visible()
    axe(desk, "sign-in-recovery")
    desk.get_by_role("link", name="我已抄好").click()
    expect(desk.locator(".who")).to_contain_text("Name-system-admin")


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example", "//elsewhere.example", "\\\\x.example"]
)
def test_signing_in_leads_nowhere_else(shared_town: Town, to: str) -> None:
    answer = shared_town.client.get("/sign-in", query_string={"next": to})
    assert "elsewhere" not in answer.text
    assert "x.example" not in answer.text
