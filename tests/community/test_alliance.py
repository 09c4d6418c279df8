"""Who could help, and why: by words, by kind of request and by place."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gridgov.database import transaction
from gridgov.epochs import bump
from gridgov.people.alliance import MOST, Helper, fold, helpers
from gridgov.people.office import Office, UnitFacts
from gridgov.people.tables import Unit
from tests.support.firms import WEST, with_firms
from tests.support.town import STREET, Town

CELL = f"{STREET}001001"
GRID = f"{STREET}-01"
WORDS = ["合同", "融资", "充电桩", "Visa", "ＶＲ", "商标"]


def unit(code: str, **of: Any) -> UnitFacts:
    told: dict[str, Any] = {
        "name": code, "parent": None, "areas": (STREET,), "categories": (), "fallback": False,
        "active": True,
    }  # fmt: skip
    return UnitFacts(code=code, **told | of)


def office(*units: UnitFacts) -> Office:
    return Office({one.code: one for one in units}, {}, {}, {}, {}, {}, {})


def asked(
    *units: UnitFacts, text: str = "", category: str | None = None, besides: tuple[str, ...] = ()
) -> list[Helper]:
    return helpers(
        office(*units), text=text, category=category, places=(GRID, CELL), besides=besides
    )


def codes(found: list[Helper]) -> list[str]:
    return [one.unit.code for one in found]


LAW = unit("law", offers=("合同", "纠纷"))
MONEY = unit("money", offers=("融资",), categories=("22",))
DESK = unit("desk", categories=("21", "22"), areas=(f"{STREET}001",))


def test_each_proposal_says_why() -> None:
    found = asked(LAW, MONEY, DESK, text="合同到期，融资也难", category="22001")
    assert codes(found) == ["money", "law", "desk"]
    assert [(why.rule, why.data) for why in found[0].reasons] == [
        ("words", {"words": ["融资"]}),
        ("category", {"category": "22001", "serves": "22"}),
        ("place", {"area": STREET}),
    ]
    assert [why.rule for why in found[1].reasons] == ["words", "place"]


def test_a_place_alone_is_no_reason() -> None:
    assert asked(LAW, MONEY, DESK, text="路灯不亮", category="01001") == []


@pytest.mark.parametrize(
    "of",
    [{"active": False}, {"fallback": True}, {"areas": ("330206",)}, {"areas": (f"{STREET}-02",)}],
)
def test_who_cannot_help_is_not_proposed(of: dict[str, Any]) -> None:
    assert asked(unit("law", **{"offers": ("合同",)} | of), text="合同") == []


def test_width_case_and_spaces_are_of_no_account() -> None:
    law = unit("law", offers=("VR 设备",))
    assert codes(asked(law, text="想买ｖｒ设备")) == ["law"]


@given(
    st.lists(st.sampled_from(WORDS), max_size=4),
    st.text(alphabet="合同融资充电桩商标VRvisa 路灯", max_size=20),
    st.sampled_from([None, "21001", "22001", "01001"]),
    st.sets(st.sampled_from(["u0", "u1", "u2", "u3"])),
)
def test_every_reason_is_true(
    offers: list[str], text: str, category: str | None, besides: set[str]
) -> None:
    units = [
        unit("u0", offers=tuple(offers)),
        unit("u1", offers=("合同",), categories=("22",)),
        unit("u2", categories=("2",), areas=()),
        unit("u3", offers=tuple(WORDS), areas=(GRID,)),
    ]
    found = asked(*units, text=text, category=category, besides=tuple(besides))
    assert len(found) <= MOST and len(set(codes(found))) == len(found)
    assert not set(codes(found)) & besides
    for one in found:
        rules = [why.rule for why in one.reasons]
        assert {"words", "category"} & set(rules)
        for why in one.reasons:
            if why.rule == "words":
                said = fold(text)
                assert why.data["words"] and all(fold(w) in said for w in why.data["words"])
                assert set(why.data["words"]) <= set(one.unit.offers)
            if why.rule == "category":
                assert category and category.startswith(why.data["serves"])
            if why.rule == "place":
                assert why.data["area"] in one.unit.areas
    weights = [len(dict(one.reasons).get("words", {}).get("words", ())) for one in found]
    assert weights == sorted(weights, reverse=True)


@pytest.fixture
def street(town: Town) -> Town:
    with_firms(town)
    with town.app.app_context(), transaction() as session:
        told = {"parent_code": None, "areas": [STREET], "categories": [], "fallback": False}
        session.add_all(
            [
                Unit(code="law", name="法律服务团", kind="team", active=True, offers=["合同"],
                     languages=["中文"], hours="工作日", **told),
                Unit(code="firm-desk", name="企业服务专员", kind="firm_desk", active=True,
                     **told | {"categories": ["21"]}),
            ]
        )  # fmt: skip
        session.execute(sa.update(Unit).where(Unit.code == "bureau").values(offers=["执照"]))
        bump(session, "people")
    return town


def test_who_may_send_out_or_lead_is_told_on_the_case(street: Town) -> None:
    number = street.report(
        category="21001", description="租赁合同纠纷", channel="visit", firm=WEST, who="member"
    )["number"]
    answer = street.get(f"/cases/{number}/helpers", "dispatcher")
    assert [one["unit"]["code"] for one in answer.json["helpers"]] == ["law", "firm-desk", "bureau"]
    law = answer.json["helpers"][0]
    assert (law["hours"], law["languages"]) == ("工作日", ["中文"])
    assert law["reasons"][0] == {
        "rule": "words",
        "data": {"words": ["合同"]},
        "words": "What is asked names its fields of service: 合同.",
    }
    for who, expected in (("member", 404), ("handler", 404), ("gis", 404), ("committee", 200)):
        assert street.get(f"/cases/{number}/helpers", who).status_code == expected, who


def test_nobody_else_helps_with_a_membership_transfer(street: Town) -> None:
    number = street.report(category="41002", description="党支部 合同", who="organiser")["number"]
    with street.app.app_context(), transaction() as session:
        offers = sa.update(Unit).where(Unit.code == "party-office").values(offers=["党支部"])
        session.execute(offers)
        bump(session, "people")
    other = street.report(category="41001", description="党支部 合同", who="organiser")["number"]
    told = [street.get(f"/cases/{one}/helpers", "organiser").json for one in (number, other)]
    assert told[0] == {"helpers": []}
    assert "law" in [one["unit"]["code"] for one in told[1]["helpers"]]
    shown = street.client.get(f"/cases/{number}", headers=street.headers("organiser")).text
    assert "helpers-title" not in shown


def test_firms_requests_go_to_the_desk_in_confidence(street: Town) -> None:
    number = street.report(category="21001", description="执照")["number"]
    case = street.read(number, "dispatcher")
    assert case["confidential"] and case["level"] == "street"
    assert street.step(number, "dispatcher", "file").status_code == 200
    page = street.client.get(f"/cases/{number}", headers=street.headers("dispatcher")).text
    desk = page.index("企业服务专员")
    assert "firms&#39; requests go to the firm-service desk" in page[desk - 400 : desk + 400]
    assert street.step(number, "dispatcher", "dispatch", unit="firm-desk").status_code == 200


def test_units_tell_what_they_offer(street: Town) -> None:
    units = street.get("/units", "security-admin").json["units"]
    law = next(one for one in units if one["code"] == "law")
    assert (law["offers"], law["languages"], law["hours"]) == (["合同"], ["中文"], "工作日")
