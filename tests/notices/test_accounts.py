"""Accounts that are no person's: they keep channels of their own, and are told by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from gridgov.audit.tables import Entry
from gridgov.database import transaction
from gridgov.notices.own import MOST, NotOneOfThese, read
from gridgov.notices.spread import unreached
from gridgov.notices.tables import DEAD, FAILED, Channel
from gridgov.people.accounts import add_account, add_token
from gridgov.people.tables import Account, Person
from tests.notices.conftest import MORNING, NIGHT, SHIFT, Desk
from tests.notices.test_phones import FILE
from tests.support.browser import Browser, account, give_password
from tests.support.town import RESIDENT

NUMBER, OTHER = "13800000001", "13900000002"
ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=abc0123456789"
Signed = Callable[[str], Browser]


@pytest.fixture
def phones(desk: Desk) -> Desk:
    """Give a desk with a gateway for SMS, which the pages and the API know of, too."""
    file = FILE.replace('content = "{{text}}"', 'content = "{{title}} {{text}}"')
    desk.settings.gateway.write_text(file.format(url=desk.target.url), "utf-8")
    extensions = desk.town.app.extensions
    extensions["gridgov"] = replace(extensions["gridgov"], settings=desk.settings)
    return desk


@pytest.fixture
def signed(desk: Desk) -> Signed:
    """Sign somebody in."""

    def of(login: str) -> Browser:
        give_password(desk.town, login)
        browser = Browser(desk.town)
        assert browser.sign_in(login).status_code == 201
        return browser

    return of


def added(browser: Browser, address: str = NUMBER) -> int:
    answer = browser("POST", "/channels", {"address": address})
    assert answer.status_code == 201, answer.json
    return int(answer.json["id"])


def wished(desk: Desk, who: str | None = None) -> str:
    """Return the number of a wish that may be claimed."""
    town = desk.town
    number = str(town.report(who, category="51001", description="hers alone")["number"])
    for by, step, more in (
        ("leader", "file", {"category": "51001"}),
        ("dispatcher", "publish", {"text": "a child wishes for books"}),
    ):
        assert town.step(number, by, step, **more).status_code == 200
    return number


def claimed(desk: Desk, who: str = RESIDENT, reporter: str | None = None) -> str:
    """Return the number of a wish that somebody has claimed, and forget what was told of it."""
    number = wished(desk, reporter)
    taken(desk, number, who, "claim", plan="on Saturday")
    desk.forget()
    return number


def taken(desk: Desk, number: str, who: str, step: str, **given: Any) -> None:
    version = desk.town.read(number, "leader")["version"]
    answer = desk.town.step(number, who, step, version=version, **given)
    assert answer.status_code == 200, answer.json


def disable(desk: Desk, login: str = RESIDENT) -> None:
    answer = desk.town.post(f"/accounts/{login}/disable", None, "security-admin")
    assert answer.status_code == 204, answer.json


def told(desk: Desk) -> list[str]:
    """Return the numbers of telephones that were written to."""
    return [number for one in desk.target.taken for number in one.json["mobiles"]]


def test_whoever_has_claimed_a_wish_is_told_what_others_do(phones: Desk, signed: Signed) -> None:
    added(signed(RESIDENT))
    number = claimed(phones)
    taken(phones, number, RESIDENT, "progress", text="bought")
    taken(phones, number, "leader", "urge")
    phones.deliver()
    (sms,) = phones.target.taken
    assert sms.json["mobiles"] == [NUMBER]
    assert number in sms.json["content"] and "催办" in sms.json["content"]
    assert "hers alone" not in sms.body and "bought" not in sms.body
    taken(phones, number, RESIDENT, "submit", result="given", outcome="solved")
    taken(phones, number, "member", "rework", reason="which books?")
    phones.deliver()
    assert len(phones.target.taken) == 2
    phones.deliver()
    assert len(phones.target.taken) == 2  # each once


def test_whose_claim_is_taken_back_is_told(phones: Desk, signed: Signed) -> None:
    added(signed(RESIDENT))
    number = claimed(phones)
    taken(phones, number, "dispatcher", "recall", reason="another way was found")
    phones.deliver()
    assert told(phones) == [NUMBER]
    assert "不由您" in phones.target.taken[0].json["content"]
    taken(phones, number, RESIDENT, "claim", plan="again")
    phones.forget()
    taken(phones, number, RESIDENT, "give_back", reason="no time")
    phones.deliver()
    assert len(phones.target.taken) == 1  # what one does oneself is no news


def test_an_account_is_told_in_office_hours_whatever_is_urgent(
    phones: Desk, signed: Signed
) -> None:
    added(signed(RESIDENT))
    key = str(identity(phones))
    phones.notice(phones.case(), key, kind="account", urgent=True, at=NIGHT)
    phones.deliver(NIGHT)
    assert phones.target.taken == []
    phones.deliver(SHIFT)
    assert told(phones) == [NUMBER]


def identity(desk: Desk, login: str = RESIDENT) -> int:
    with transaction(desk.engine, write=False) as session:
        return account(session, login)


def test_who_is_not_reached_is_not_the_administrators_affair(phones: Desk) -> None:
    key = str(identity(phones))
    phones.notice(phones.case(), key, kind="account", urgent=True)
    phones.deliver()
    with transaction(phones.engine, write=False) as session:
        assert unreached(session) == []


def test_an_account_that_has_ended_is_told_nothing_more(phones: Desk, signed: Signed) -> None:
    added(signed(RESIDENT))
    number = claimed(phones)
    phones.target.usual = "500"
    taken(phones, number, "leader", "urge")
    phones.deliver()
    assert phones.states() == [FAILED]
    disable(phones)
    phones.target.usual = "ok"
    before = len(phones.target.taken)
    taken(phones, number, "dispatcher", "urge")
    phones.deliver(MORNING + timedelta(hours=1))
    assert phones.states() == [DEAD]
    assert len(phones.target.taken) == before


def test_who_reports_with_an_account_is_told_once(phones: Desk, signed: Signed) -> None:
    added(signed(RESIDENT))
    number = phones.case(RESIDENT)
    taken(phones, number, "leader", "settle", category="01001", result="mended")
    phones.deliver()
    (sms,) = phones.target.taken
    assert sms.json["mobiles"] == [NUMBER]
    assert "您的诉求" in sms.json["content"] and number in sms.json["content"]
    # Who chose SMS at intake is told there, and not here besides.
    other = phones.case(RESIDENT, reporter={"phone": OTHER, "notices": "sms"})
    taken(phones, other, "leader", "settle", category="01001", result="mended")
    phones.deliver()
    assert told(phones) == [NUMBER, OTHER]


def test_who_has_a_duty_is_told_by_it_alone(phones: Desk, signed: Signed) -> None:
    added(signed("handler-office"))
    number = claimed(phones, "handler-office")
    taken(phones, number, "leader", "urge")
    phones.deliver()
    assert told(phones) == [NUMBER]
    with transaction(phones.engine, write=False) as session:
        assert set(session.execute(sa.select(Channel.person_code, Channel.account_id))) == {
            ("handler-office", None)
        }


def test_a_person_without_a_duty_is_told_as_well(phones: Desk, signed: Signed) -> None:
    with transaction(phones.engine) as session:
        session.add(Person(code="neighbour", name="Neighbour", unit_code=None))
        session.flush()
        add_account(session, "neighbour", "neighbour", MORNING)
        phones.town.tokens["neighbour"] = add_token(session, "neighbour", "test", MORNING, None)
    added(signed("neighbour"))
    number = claimed(phones, "neighbour")
    taken(phones, number, "leader", "urge")
    phones.deliver()
    assert told(phones) == [NUMBER]


def test_ones_own_channels_and_nobody_elses(phones: Desk, signed: Signed) -> None:
    resident, member = signed(RESIDENT), signed("member")
    own, of_member = added(resident), added(member, OTHER)
    (shown,) = resident("GET", "/channels").json["channels"]
    assert (shown["id"], shown["kind"], shown["address"]) == (own, "sms", "sms:138****01")
    assert [one["id"] for one in member("GET", "/channels").json["channels"]] == [of_member]
    for browser, key in ((resident, of_member), (member, own), (resident, 4711)):
        assert browser("DELETE", f"/channels/{key}").status_code == 404
    assert resident("DELETE", f"/channels/{own}").status_code == 204
    assert resident("GET", "/channels").json["channels"] == []
    assert resident("DELETE", f"/channels/{own}").status_code == 404
    assert len(member("GET", "/channels").json["channels"]) == 1
    with transaction(phones.engine, write=False) as session:
        entries = session.scalars(
            sa.select(Entry.data).where(Entry.what.like("channel%")).order_by(Entry.id)
        ).all()
    assert [entry["channel"] for entry in entries] == [own, of_member, own]
    assert NUMBER not in repr(entries)


def test_a_few_and_only_to_hosts_that_are_known(phones: Desk, signed: Signed) -> None:
    resident = signed(RESIDENT)

    def refused(address: str) -> str:
        answer = resident("POST", "/channels", {"address": address})
        assert 400 <= answer.status_code < 500, answer.json
        return str(answer.json["type"]).rpartition(":")[2]

    assert added(resident, ROBOT)
    assert refused(f" {ROBOT}/".replace("send?", "send/?").rstrip("/")) == "ChannelThere"
    unlike = f"{ROBOT}_-"  # no token of theirs: Apprise does not take it
    for address in (
        phones.target.apprise, "https://oapi.dingtalk.com@127.0.0.1/robot/send", unlike,
    ):  # fmt: skip
        assert refused(address) == "NotOneOfThese"
    for last in range(1, MOST):
        added(resident, f"1380000000{last}")
    assert refused("13800000009") == "TooManyChannels"
    # Of the same number, another may have one.
    assert added(signed("member"), "13800000001")


def test_without_a_gateway_no_number_is_taken(desk: Desk, signed: Signed) -> None:
    answer = signed(RESIDENT)("POST", "/channels", {"address": NUMBER})
    assert (answer.status_code, answer.json["type"].rpartition(":")[2]) == (422, "NoSms")


@pytest.mark.parametrize(
    ("given_", "address"),
    [
        (" 138-0000 0001 ", "sms:13800000001"),
        ("sms:+8613800000001", "sms:+8613800000001"),
        (ROBOT, "dingtalk://abc0123456789"),
        (
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aaa-4bc4-97a0-0ec2",
            "wecombot://693a91f6-7aaa-4bc4-97a0-0ec2",
        ),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/ab-cd-12/", "feishu://ab-cd-12"),
    ],
)
def test_what_people_paste_is_read(given_: str, address: str) -> None:
    assert read(given_) == address


@pytest.mark.parametrize(
    "wrong",
    [
        "", "1380", "手机", "voice:13800000001", "mailto://a:b@example.org", "file:///etc/passwd",
        "http://oapi.dingtalk.com/robot/send?access_token=abc0123456789",
        "https://oapi.dingtalk.com:99/robot/send?access_token=abc0123456789",
        "https://evil.example/robot/send?access_token=abc0123456789",
        "https://oapi.dingtalk.com/robot/send?access_token=a/../../b",
        "https://open.feishu.cn/open-apis/bot/v2/hook/a?b@evil.example", "https://[", "https://[::1",
        "https://open.feishu.cn/open-apis/bot/v2/hook/机器人", "13800٠٠٠٠٠١", "１３８００００",
    ],
)  # fmt: skip
def test_anything_else_is_not(wrong: str) -> None:
    with pytest.raises(NotOneOfThese):
        read(wrong)


@given(st.text(alphabet="htps:/.@?=&#[]%dingtalk0138 \n\x00", max_size=60))
def test_whatever_is_typed_leads_to_a_known_place_or_nowhere(typed: str) -> None:
    try:
        address = read(typed)
    except NotOneOfThese:
        return
    kind, _, rest = address.partition(":")
    assert kind in {"sms", "dingtalk", "wecombot", "feishu"}
    assert rest.removeprefix("//").replace("-", "").replace("_", "").lstrip("+").isalnum()


@pytest.mark.parametrize("whose", ["both", "nobody"])
def test_a_channel_has_one_holder(desk: Desk, whose: str) -> None:
    key = identity(desk)
    holder = {"person_code": "member", "account_id": key} if whose == "both" else {}
    with pytest.raises(IntegrityError), transaction(desk.engine) as session:
        values = {"kind": "sms", "label": "-", "sealed": b"-", "digest": b"-", "added_at": MORNING}
        session.execute(sa.insert(Channel).values(**values, **holder))


def test_no_channel_is_left_to_an_account_that_is_not_there(desk: Desk) -> None:
    with transaction(desk.engine, write=False) as session:
        nobody = (session.scalar(sa.select(sa.func.max(Account.id))) or 0) + 1
    desk.notice(desk.case(), str(nobody), kind="account")
    desk.deliver()
    assert desk.messages() == []
