"""The story that joint handling exists for, by everybody's own hand, from a visit to the last item.

A firm that rents out electric cars meets several problems at once, some of them in a legal void
and none within one unit's power. Through the public surface alone; the clock's own sweep is the
only thing that nobody asks for.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdf
import pytest

from tests.joint.alliance import NEED, Days, taken, with_alliance
from tests.support.firms import WEST
from tests.support.town import STREET, Town

FIRM_SAYS = "租车用的充电桩没人验收，车没处停，补贴没有规定，租赁合同也没有范本"
LICENCE = "营业执照的经营范围里没有分时租赁"
MARCH = "from=2026-03-01&to=2026-04-01"


@dataclass
class Story:
    """What has come of it so far: the joint case, its items by what they are about, meetings."""

    days: Days
    joint: dict[str, Any] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        return str(self.joint["number"])

    def list(self, who: str = "head-approval") -> dict[str, dict[str, Any]]:
        """Return the list of items, by number."""
        listed = self.days.get(f"/cases/{self.number}/items", who)
        return {one["number"]: one for one in listed["items"]}

    def summary(self) -> str:
        return str(
            self.days.get(f"/cases/{self.number}", "head-approval")["joint"]["summary"]["text"]
        )

    def put(self, about: str, text: str, unit: str, **more: Any) -> None:
        given = {"text": text, "unit": unit} | more
        made = self.days.post(f"/cases/{self.number}/items", given, "head-approval")
        self.items[about] = made["number"]

    def work(self, about: str, unit: str, result: str) -> None:
        """Its unit handles it, the lead's head checks."""
        number = self.items[about]
        self.days.does(f"handler-{unit}", number, "progress", text="已开始办理")
        self.days.does(f"handler-{unit}", number, "submit", outcome="solved", result=result)
        self.days.does("head-approval", number, "pass", text="已核实")


@pytest.fixture
def days(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Days]:
    made = Days(with_alliance(town))
    for name in ("gridgov.faces.serve.now", "gridgov.faces.auth.now"):
        monkeypatch.setattr(name, lambda: made.at)
    yield made


def test_the_electric_cars(days: Days) -> None:
    story = Story(days)
    heard(story)
    opened(story)
    listed(story)
    first = met(story)
    returned(story)
    silent(story)
    in_the_void(story)
    carried_out(story)
    closed(story)
    met_again(story, first)
    counted(story)


def heard(story: Story) -> None:
    """An organiser visits the firm; what it needs is two cases before they have left."""
    days = story.days
    needs = [{"category": NEED, "description": text} for text in (FIRM_SAYS, LICENCE)]
    visit = {"firm": WEST, "met": ["owner"], "needs": needs, "follow_up_on": "2026-04-02"}
    made = days.post("/visits", visit, "organiser")
    story.joint, licence = made["needs"]
    story.joint["licence"] = licence
    for case in (story.joint, licence):
        whole = days.get(f"/cases/{case['number']}", "dispatcher")
        assert (whole["confidential"], whole["level"]) == (True, "street")
        # Who leads the grid may be its competitor, and decides nothing.
        assert days.refused("leader", case["number"], "file") == "NotYours"
    helpers = days.get(f"/cases/{story.number}/helpers", "dispatcher")["helpers"]
    why = {one["unit"]["code"]: one["reasons"][0]["data"] for one in helpers}
    assert why["team-law"] == {"words": ["合同", "租赁"]} and "fire" in why
    days.does("dispatcher", story.number, "file")
    days.does("dispatcher", story.number, "dispatch", unit="firm-desk")
    days.does("handler-firm-desk", story.number, "accept")


def opened(story: Story) -> None:
    """The desk's head finds it beyond any one unit; the committee names who leads."""
    days, number = story.days, story.number
    days.does("head-firm-desk", number, "propose_joint", reason="五个方面的事，没有一家能单独办")
    whole = days.does("committee", number, "open_joint", unit="approval", text="请审管办牵头")
    assert (whole["status"], whole["unit"]["code"]) == ("dispatched", "approval")
    days.does("handler-approval", number, "accept")
    assert story.days.told(story.joint)["joint"]["lead"]["code"] == "approval"


def listed(story: Story) -> None:
    """The lead makes the list; a case that was there already is bundled into it."""
    days = story.days
    limit = {"kind": "working_days", "amount": 15}
    helps = {"limit": limit, "co_units": ["property", "power"]}
    story.put("charging", "充电桩的消防验收没有标准", "fire", **helps)
    story.put("parking", "租赁车辆的车牌和停车位", "property", limit=limit)
    story.put("subsidy", "分时租赁的补贴没有规定", "economy", limit=limit)
    licence = story.joint["licence"]["number"]
    days.does("dispatcher", licence, "file")
    days.does("dispatcher", licence, "bundle", target=story.number)
    days.does("head-approval", licence, "dispatch", unit="market")
    story.items["licence"] = licence
    for about, unit in (("charging", "fire"), ("subsidy", "economy"), ("licence", "market")):
        days.does(f"handler-{unit}", story.items[about], "accept")
    days.does("head", story.items["charging"], "join", text="物业到场配合")
    assert set(story.list()) == set(story.items.values())
    assert story.summary() == "0 of 4 done"
    # Each unit sees its own; who was asked to co-operate, what they were asked for.
    assert set(story.list("dispatcher")) == set(story.items.values())
    for who, about in (("handler-fire", "charging"), ("head-power", "charging")):
        for each, number in story.items.items():
            status = days.town.get(f"/cases/{number}", who).status_code
            assert status == (200 if each == about else 404), (who, each)


def met(story: Story) -> int:
    """A progress meeting (调度会): its agenda names the case, its minutes are kept."""
    days = story.days
    guests = {"units": ["approval", "fire", "traffic", "market", "economy"], "firms": [WEST]}
    plan = {
        "kind": "dispatch",
        "title": "电动车租赁调度会",
        "starts_at": days.at.isoformat(),
        "place": "三楼会议室",
        "area": STREET,
        "invited": guests,
        "cases": [story.number],
    }
    key = int(days.post("/meetings", plan, "committee")["id"])
    agenda = days.get(f"/meetings/{key}/agenda", "committee")["sections"]
    found = {one["name"]: [case["number"] for case in one["cases"]] for one in agenda}
    assert found["about"] == [story.number] and found["joint"] == [story.number]
    held = days.post(f"/meetings/{key}/hold", {"came": guests}, "committee")
    assert all(guest["came"] for guest in held["guests"])
    sent = days.town.client.post(
        f"/api/v1/meetings/{key}/minutes",
        data={"file": (io.BytesIO(paper()), "minutes.pdf")},
        headers=days.town.headers("committee"),
        content_type="multipart/form-data",
    )
    assert taken(sent)["media_type"] == "application/pdf"

    def resolve(**given: Any) -> dict[str, Any]:
        asked = {"due": "2026-03-13"} | given
        return days.post(f"/meetings/{key}/resolutions", asked, "committee")

    lease = resolve(text="出一份租赁合同范本", unit="team-law", kind="item", case=story.number)
    story.items["lease"] = lease["case"]
    assert story.list()[lease["case"]]["unit"]["code"] == "team-law"
    word = resolve(text="每周报告一次进度", unit="approval", kind="instruct", case=story.number)
    assert word["case"] == story.number and not word["done"]
    resolve(text="组织一次充电安全演练", unit="fire")
    days.does("handler-team-law", story.items["lease"], "accept")
    days.does("head-approval", story.number, "answer", text="每周五报告")
    return key


def returned(story: Story) -> None:
    """The property company sends one back; the lead sends it to whose affair it is."""
    days, number = story.days, story.items["parking"]
    why = {"return_reason": "not_ours", "proposed_unit": "traffic"}
    days.does("handler", number, "ask_return", **why)
    assert days.refused("head-approval", number, "grant_return") == "NotYours"
    days.does("dispatcher", number, "grant_return")
    sent = days.does("head-approval", number, "dispatch", unit="traffic")
    assert sent["unit"]["code"] == "traffic"
    days.does("handler-traffic", number, "accept")


def silent(story: Story) -> None:
    """The grid company never answers the call (应哨): the clock takes it one level up."""
    days, number = story.days, story.items["charging"]
    assert days.get(f"/cases/{number}", "dispatcher")["level"] == "street"
    days.later(days=2)
    past = days.get(f"/cases/{number}/timeline", "head-approval")["events"]
    (up,) = [event for event in past if event["step"] == "escalate"]
    assert (up["role"], up["data"]["rung"]["name"]) == ("clock", "call_up")
    assert days.get(f"/cases/{number}", "district-dispatcher")["level"] == "district"
    days.does("head-power", number, "join", text="明天到场")
    asked = {one["unit"]["code"]: one["joined_at"] for one in story.list()[number]["co_units"]}
    assert set(asked) == {"property", "power"} and all(asked.values())


def in_the_void(story: Story) -> None:
    """No rule covers the subsidy: suspended, and the firm is told so."""
    days, number = story.days, story.items["subsidy"]
    why = {"suspension_reason": "policy_gap", "resume_on": "2026-08-31"}
    days.does("handler-economy", number, "ask_suspension", **why)
    days.does("dispatcher", number, "suspend", text="等新办法出台")
    assert story.list()[number]["suspended_for"] == "policy_gap"


def carried_out(story: Story) -> None:
    """The others are done one by one; the whole is not closed before the last is."""
    close = {"outcome": "partly_solved", "result": "五项办了四项，补贴等新办法"}
    story.work("licence", "market", "经营范围已增加")
    story.work("lease", "team-law", "范本已送达")
    story.work("parking", "traffic", "划定三十个车位")
    assert story.summary() == "3 of 5 done; 1 suspended (policy gap)"
    days, number = story.days, story.number
    assert days.refused("head-approval", number, "close_joint", **close) == "ItemsOpen"
    story.work("charging", "fire", "按新标准验收合格")
    assert days.refused("head-approval", number, "close_joint", **close) == "ItemUntold"
    days.does("handler-approval", number, "progress", text="补贴属政策空白，先挂账，有办法就续办")
    days.does("head-approval", number, "close_joint", **close)


def closed(story: Story) -> None:
    """The firm follows by number and code: how far each matter came, and says how it was."""
    days = story.days
    told = days.told(story.joint)
    assert told["status"] == "closed"
    assert told["joint"]["summary"]["text"] == "4 of 5 done; 1 suspended (policy gap)"
    page = follow(days.town, story.joint)
    # A case that was bundled is told of by its own number, and stands not in this list.
    assert '<span class="count">3/4</span>' in page and "补贴属政策空白" in page
    for text in ("充电桩的消防验收没有标准", "租赁车辆的车牌和停车位", "分时租赁的补贴没有规定"):
        assert text in page
    # Nothing of the units' own dealings, and nobody's name.
    assert "Name-" not in page and story.items["charging"] not in page
    days.by_code(story.joint, "evaluate", contacted=True, solved=True, satisfaction="satisfied")
    assert days.told(story.joint)["status"] == "evaluated"
    # Whose case was bundled has it still, by its own number.
    assert days.told(story.joint["licence"])["status"] == "closed"


def met_again(story: Story, first: int) -> None:
    """At the next meeting what was resolved stands, done or not; the void is still on the list."""
    days = story.days
    days.later(days=7)
    plan = {
        "kind": "dispatch", "title": "下一次调度会", "starts_at": days.at.isoformat(),
        "place": "三楼会议室", "area": STREET,
    }  # fmt: skip
    key = int(days.post("/meetings", plan, "committee")["id"])
    days.post(f"/meetings/{key}/hold", {"came": {"units": ["fire"]}}, "committee")
    stood = days.get(f"/meetings/resolutions?shown=all&meeting={first}", "committee")
    done = {one["kind"]: one["done"] for one in stood["resolutions"]}
    assert done == {"item": True, "instruct": True, "own": False}
    before = days.get("/meetings/resolutions?shown=before", "committee")["resolutions"]
    (drill,) = before
    path = f"/meetings/resolutions/{drill['id']}"
    days.post(f"{path}/report", {"text": "演练已办"}, "head-fire")
    ticked = days.post(f"{path}/tick", {"done": True, "meeting": key}, "committee")
    assert ticked["done"]
    assert not days.get("/meetings/resolutions?shown=before", "committee")["resolutions"]
    agenda = days.get(f"/meetings/{key}/agenda", "committee")["sections"]
    found = {one["name"]: [case["number"] for case in one["cases"]] for one in agenda}
    assert found["hung"] == [story.items["subsidy"]] and "joint" not in found


def counted(story: Story) -> None:
    """A joint case counts once; its items only where they were handled."""
    found = story.days.get(f"/figures?{MARCH}&by=unit", "committee")
    whole = {one["name"]: one["value"] for one in found["counts"]}
    assert (whole["filed"], whole["closed"]) == (1, 1)
    own = {one["code"]: one["counts"]["filed"] for one in found["by"] if one["counts"]["filed"]}
    assert own == dict.fromkeys(("approval", "fire", "traffic", "market", "team-law", "economy"), 1)


def follow(town: Town, case: dict[str, Any]) -> str:
    """Return the page that a firm opens with number and code."""
    client = town.app.test_client()
    given = {"number": case["number"], "code": case["query_code"]}
    assert client.post("/follow", data=given).status_code == 303
    page = client.get(f"/follow/{case['number']}", headers={"Accept-Language": "zh"})
    assert page.status_code == 200
    return str(page.text)


def paper() -> bytes:
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()
