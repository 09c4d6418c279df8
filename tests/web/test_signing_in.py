"""Signing in: with a first password to be changed, wrongly, and out again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from gridgov.database import transaction
from gridgov.faces.auth import now
from gridgov.people import passwords, sign_in
from gridgov.people.second_factor import reset_second_factor
from gridgov.people.tables import Account
from tests.support.town import Town
from tests.web.conftest import Axe, Live, fits

FIRST, OWN = "three-lamps-were-dark-tonight", "seven blue gates by the canal"


def give(live: Live, login: str, *, first: bool = True) -> None:
    keys = live.town.app.extensions["gridgov"].settings.keys
    with live.town.app.app_context(), transaction() as session:
        account = session.query(Account.id).filter(Account.login == login).scalar()
        sign_in.set_password(session, keys, account, passwords.hashed(FIRST), now(), first=first)
        # Other tests of pages may have given it one.
        reset_second_factor(session, keys, account, now())


def try_in(page: Page, login: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


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
    desk.get_by_role("button", name="退出", exact=True).click()
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


def typed(page: Page) -> None:
    """Type the plan of a meeting, and press the button when the session is over."""
    page.goto("/meetings/new")
    page.get_by_text("座谈会", exact=True).click()
    page.get_by_label("议题").fill("夜间停车")
    page.get_by_label("时间").fill("2030-01-01T09:00")
    page.get_by_label("地点").fill("三楼")
    page.context.clear_cookies()
    page.get_by_role("button", name="保存安排").click()


def typed_and_in_again(
    desk: Page, live: Live, as_role: Callable[[str, Page], Page], login: str
) -> Page:
    """Type as the committee until the session ends, and sign in as somebody."""
    give(live, login, first=False)
    typed(page := as_role("committee", desk))
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(FIRST)
    page.get_by_role("button", name="登录", exact=True).click()
    return page


def test_what_was_typed_when_the_session_ended_is_there_again(
    desk: Page, live: Live, as_role: Callable[[str, Page], Page]
) -> None:
    page = typed_and_in_again(desk, live, as_role, "committee")
    expect(page.get_by_role("status").filter(has_text="您填写的内容还在")).to_be_visible()
    expect(page.get_by_label("议题")).to_have_value("夜间停车")
    expect(page.get_by_label("座谈会")).to_be_checked()
    expect(page.get_by_label("时间")).to_have_value("2030-01-01T09:00")
    page.reload()  # once only
    expect(page.get_by_label("议题")).to_have_value("")


def test_what_was_typed_is_shown_to_nobody_else(
    desk: Page, live: Live, as_role: Callable[[str, Page], Page]
) -> None:
    page = typed_and_in_again(desk, live, as_role, "dispatcher")
    expect(page.get_by_label("议题")).to_have_value("")
    assert page.evaluate("sessionStorage.getItem('kept')") is None


def test_a_device_that_does_not_say_what_it_is_is_told_in_ones_own_language(
    shared_town: Town,
) -> None:
    give(Live(shared_town, ""), "caller", first=False)
    device = shared_town.app.test_client()
    told = {"login": "caller", "password": FIRST}
    assert device.post("/sign-in", data=told, headers={"User-Agent": ""}).status_code == 303
    assert "未知设备" in device.get("/account").text


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example", "//elsewhere.example", "\\\\x.example"]
)
def test_signing_in_leads_nowhere_else(shared_town: Town, to: str) -> None:
    answer = shared_town.client.get("/sign-in", query_string={"next": to})
    assert "elsewhere" not in answer.text
    assert "x.example" not in answer.text


def test_the_office_provider_has_a_button_and_says_why_it_refused(
    shared_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    app = shared_town.app.extensions["gridgov"]
    assert "/session/provider" not in shared_town.client.get("/sign-in").text
    known = replace(app.settings, oidc_issuer="https://id.example", oidc_label="统一身份认证")
    monkeypatch.setitem(shared_town.app.extensions, "gridgov", replace(app, settings=known))
    shown = shared_town.client.get("/sign-in?refused=NotLinked&next=/work")
    assert shown.status_code == 422
    assert "用统一身份认证登录" in shown.text
    assert "/api/v1/session/provider?next=/work" in shown.text
    assert "安全" in shown.text
    odd = shared_town.client.get("/sign-in?refused=<b>Nothing")
    assert "<b>" not in odd.text


def test_a_passkey_is_made_and_signs_in(desk: Page, live: Live, axe: Axe) -> None:
    """With the browser's own virtual authenticator; a passkey needs a name, not an address."""
    home = live.address.replace("127.0.0.1", "localhost")
    give(live, "caller")
    cdp = desk.context.new_cdp_session(desk)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    desk.goto(home + "/sign-in?next=/account")
    desk.get_by_label("账号").fill("caller")
    desk.get_by_label("密码").fill(FIRST)
    desk.get_by_role("button", name="登录", exact=True).click()
    desk.get_by_label("现在的密码").fill(FIRST)
    desk.get_by_label("新密码").fill(OWN)
    desk.get_by_role("button", name="修改密码").click()
    expect(desk.locator("h1")).to_have_text("我的账号")
    axe(desk, "account")
    desk.get_by_label("设备名称").fill("我的手机")
    desk.get_by_role("button", name="添加通行密钥").click()
    expect(desk.locator(".own-things").first).to_contain_text("我的手机")
    desk.get_by_role("button", name="退出", exact=True).click()
    expect(desk.locator(".who")).to_contain_text("登录")
    desk.goto(home + "/sign-in?next=/account")
    axe(desk, "sign-in-with-passkey")
    desk.get_by_role("button", name="用通行密钥登录").click()
    expect(desk.locator("h1")).to_have_text("我的账号")
    desk.locator(".own-things").first.get_by_role("button", name="移除").click()
    expect(desk.locator(".own-things").first).not_to_contain_text("我的手机")


def test_ones_own_account_on_the_phone(phone: Page, live: Live, axe: Axe) -> None:
    live.sign_in(phone.context, "handler")
    live.sign_in(phone.context, "handler")
    phone.goto("/account")
    phone.get_by_text("新建令牌").tap()
    phone.get_by_label("用途").fill("值班大屏")
    phone.get_by_role("button", name="新建").tap()
    expect(phone.locator("[role=status] code")).to_contain_text("gg_")
    axe(phone, "account-token")
    phone.get_by_role("button", name="吊销").first.tap()
    expect(phone.locator("body")).not_to_contain_text("值班大屏")
    phone.wait_for_load_state()  # all of that page
    others = phone.get_by_role("button", name="退出该设备")
    before = others.count()
    others.first.tap()
    expect(others).to_have_count(before - 1)
    phone.get_by_role("button", name="添加第二重验证").tap()
    expect(phone.locator(".qr svg")).to_be_visible()
    assert fits(phone)


def test_how_one_is_told_is_kept_by_oneself(phone: Page, live: Live, axe: Axe) -> None:
    live.sign_in(phone.context, "resident")
    phone.goto("/account")
    ours = phone.locator("section", has=phone.get_by_role("heading", name="通知方式"))
    field = phone.get_by_label("手机号或群机器人地址")
    field.fill("https://evil.example/robot/send?access_token=robotofoursxyz")
    ours.get_by_role("button", name="添加").tap()
    expect(phone.locator(".errors a")).to_have_attribute("href", "#f-address")
    expect(field).to_have_value("https://evil.example/robot/send?access_token=robotofoursxyz")
    axe(phone, "account-channel-wrong")
    field.fill("https://oapi.dingtalk.com/robot/send?access_token=robotofoursxyz")
    ours.get_by_role("button", name="添加").tap()
    expect(ours.locator("li")).to_contain_text("钉钉")
    expect(ours.locator("li")).not_to_contain_text("robotofoursxyz")
    axe(phone, "account-channel")
    assert fits(phone)
    ours.get_by_role("button", name="移除").tap()
    expect(ours.locator("li")).to_have_count(0)


def test_an_account_is_shown_to_its_session_only(shared_town: Town) -> None:
    headers = {"Authorization": f"Bearer {shared_town.tokens['member']}"}
    for answer in (
        shared_town.client.get("/account"),
        shared_town.client.get("/account", headers=headers),
        shared_town.client.post("/account", data={"act": "token", "label": "x"}, headers=headers),
    ):
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/sign-in")
