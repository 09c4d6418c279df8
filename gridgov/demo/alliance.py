"""Stories of the service alliance: what no unit solves by itself, the meetings, the visits.

The first is the one that joint handling exists for; the README tells it. Its words stand in
`config/demo/stories.toml`; names here are those of people, units and firms of the demonstration.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from gridgov.demo.beats import Ahead
from gridgov.demo.stage import REPORTER, Chronicle, Doing, Stage
from gridgov.demo.times import OFFICE, plausible
from gridgov.joint.guests import Present
from gridgov.joint.items import ItemDraft
from gridgov.worktime.rules import Calendar

CARS, STORES, LENDER = "firm-089", "firm-072", "firm-276"
LEAD = "approval-head"
FIRST, SECOND, NEXT = "meeting_cars", "meeting_after", "meeting_next"
THREE_WEEKS = ("working_days", 15)
SUITS = {"contacted": True, "solved": True, "satisfaction": "satisfied"}
# Days before the start, who, whom, and after how many days they will ask again.
VISITS = (
    (52, "organiser2", "firm-004", 45), (45, "organiser3", "firm-021", None),
    (38, "ec-park-head", "firm-038", 40), (31, "organiser2", "firm-106", 30),
    (24, "organiser3", "firm-191", None), (17, "ec-park-head", "firm-208", 21),
    (11, "organiser2", "firm-378", None), (5, "organiser3", "firm-395", 12),
)  # fmt: skip


def doings(calendar: Calendar, start: datetime) -> list[Doing]:
    """Return all of these stories, as they have come to stand at the start."""
    rng = Random(0)  # noqa: S311 (a story, no secret)
    soon = plausible(start + timedelta(days=1), OFFICE, calendar, rng)
    found = cars().timed(calendar, start, 34, 4) + season(soon).timed(calendar, start, 9, 0.1)
    found += too_little().timed(calendar, start, 20, 8)
    for days, who, firm, again in VISITS:
        visit = Chronicle()
        visit.then(0, Stage.visit, who, firm, ("owner", "staff"), {}, again)
        found += visit.timed(calendar, start, days, days - 1)
    return found


def cars() -> Chronicle:
    """Electric cars for rent: five matters, of which four are done and one lies in a legal void."""
    t = Chronicle()
    needs = {"cars": ("21002", "cars"), "licence": ("21002", "licence")}
    t.then(0, Stage.visit, "organiser1", CARS, ("owner", "party"), needs, 36)
    t.does(2, "dispatcher1", "cars", "file")
    t.does(0.1, "dispatcher1", "cars", "dispatch", unit="firm-desk")
    t.does(3, "firm-desk-handler1", "cars", "accept")
    t.does(16, "firm-desk-head", "cars", "propose_joint", reason="cars_why")
    t.does(18, "committee1", "cars", "open_joint", unit="approval", text="cars_lead")
    t.does(2, "approval-handler1", "cars", "accept")
    _list_of_cars(t)
    _meeting_of_cars(t)
    _work_on_cars(t)
    return t


def _list_of_cars(t: Chronicle) -> None:
    charging = ItemDraft("charging", "22007", "fire", THREE_WEEKS, ("ec-park", "power"))
    parking = ItemDraft("parking", "22003", "ec-park", THREE_WEEKS)
    subsidy = ItemDraft("subsidy", "21003", "economy", THREE_WEEKS)
    for name, draft in (("charging", charging), ("parking", parking), ("subsidy", subsidy)):
        t.then(0.3, Stage.item, LEAD, "cars", name, draft)
    t.does(0.5, "dispatcher1", "licence", "file")
    t.does(0.1, "dispatcher1", "licence", "bundle", target="cars")
    t.does(0.5, LEAD, "licence", "dispatch", unit="market")
    t.does(2, "fire-handler1", "charging", "accept")
    t.does(0.5, "ec-park-handler1", "charging", "join", text="coming")
    t.does(0.5, "ec-park-handler1", "parking", "ask_return", return_reason="not_ours",
           proposed_unit="traffic")  # fmt: skip
    t.does(0.2, "economy-handler1", "subsidy", "accept")
    t.does(0.2, "market-handler1", "licence", "accept")
    t.does(1, "dispatcher1", "parking", "grant_return")
    t.does(1, LEAD, "parking", "dispatch", unit="traffic", text="parking_anew")
    t.does(2, "traffic-handler1", "parking", "accept")
    t.does(1, "approval-handler1", "cars", "ask_extension", reason="cars_longer")
    t.does(1, "dispatcher1", "cars", "extend")
    _done(t, "licence", "market")


def _done(t: Chronicle, name: str, unit: str) -> None:
    """Its unit handles an item, the lead's head checks it."""
    t.does(2, f"{unit}-handler1", name, "progress", text=f"{name}_begun")
    t.does(16, f"{unit}-handler1", name, "submit", outcome="solved", result=f"{name}_done")
    t.does(4, LEAD, name, "pass")


def _meeting_of_cars(t: Chronicle) -> None:
    units = ("approval", "fire", "traffic", "market", "economy", "team-law")
    there = Present(units, ("organiser1",), (CARS,))
    t.then(20, Stage.plan, "committee1", FIRST, "dispatch", there, ("cars",))
    t.then(2, Stage.hold, "committee1", FIRST, there)
    lease = {"unit": "team-law", "due": 12, "kind": "item", "case": "cars"}
    weekly = {"unit": "approval", "due": 7, "kind": "instruct", "case": "cars"}
    t.then(0.2, Stage.resolve, "committee1", FIRST, "lease", lease)
    t.then(0.1, Stage.resolve, "committee1", FIRST, "weekly", weekly)
    t.then(0.1, Stage.resolve, "committee1", FIRST, "drill", {"unit": "fire", "due": 10})
    t.then(0.1, Stage.resolve, "committee1", FIRST, "map", {"unit": "ec-park", "due": 6})
    t.does(3, "team-law-handler1", "lease", "accept")
    t.does(18, LEAD, "cars", "answer", text="weekly_done")
    # The grid company was asked days ago, and only what the clock did brought it here.
    t.does(70, "power-head", "charging", "join", text="coming_late")


def _work_on_cars(t: Chronicle) -> None:
    t.does(4, "economy-handler1", "subsidy", "ask_suspension", text="subsidy_why",
           suspension_reason="policy_gap", resume_on=Ahead(150))  # fmt: skip
    t.does(3, "dispatcher1", "subsidy", "suspend")
    t.does(1, "approval-handler1", "cars", "progress", text="cars_told")
    t.does(1, "approval-handler1", "cars", "ask_extension", reason="cars_longer")
    t.does(1, "dispatcher1", "cars", "extend")
    _done(t, "lease", "team-law")
    _done(t, "parking", "traffic")
    t.does(6, "district-dispatcher", "charging", "comment", text="charging_word")
    t.does(20, "fire-handler1", "charging", "submit", outcome="solved", result="charging_done")
    t.does(5, LEAD, "charging", "pass")
    t.does(1, LEAD, "cars", "close_joint", outcome="partly_solved", result="cars_done")
    t.does(26, REPORTER, "cars", "evaluate", text="cars_thanks", **SUITS)
    after = Present(("approval", "fire", "ec-park"), (), (CARS,))
    t.then(3, Stage.plan, "committee1", SECOND, "dispatch", after, ())
    t.then(1, Stage.hold, "committee1", SECOND, after)
    t.then(0.1, Stage.report_on, "ec-park-head", "map", "map_done")
    t.then(0.1, Stage.tick, "committee1", "map", SECOND)
    t.then(0.1, Stage.report_on, "fire-head", "drill", "drill_begun")
    t.then(0.1, Stage.resolve, "committee1", SECOND, "rules", {"unit": "economy", "due": 14})


def season(soon: datetime) -> Chronicle:
    """Before the great sale: under way, with somebody who was asked and says nothing."""
    t = Chronicle()
    t.then(0, Stage.visit, "organiser2", STORES, ("owner",), {"season": ("22002", "season")}, 15)
    t.does(1, "organiser2", "season", "propose_joint", reason="season_why")
    t.does(3, "dispatcher1", "season", "open_joint", unit="ec-park")
    t.does(1, "ec-park-handler1", "season", "accept")
    trucks = ItemDraft("trucks", "22002", "traffic", THREE_WEEKS, ("police",))
    supply = ItemDraft("supply", "22007", "power", THREE_WEEKS, ("team-logistics",))
    stores = ItemDraft("stores", "22007", "fire", THREE_WEEKS)
    spare = ItemDraft("spare", "22003", None, None)
    drafts = {"trucks": trucks, "supply": supply, "stores": stores, "spare": spare}
    for name, draft in drafts.items():
        t.then(0.2, Stage.item, "ec-park-head", "season", name, draft)
    for unit, name in (("traffic", "trucks"), ("power", "supply"), ("fire", "stores")):
        t.does(0.7, f"{unit}-handler1", name, "accept")
    t.does(0.3, "team-logistics-head", "supply", "join", text="coming")
    t.does(4, "ec-park-head", "spare", "drop_item", reason="spare_why")
    t.does(1, "ec-park-handler1", "season", "progress", text="season_told")
    t.does(18, "power-handler1", "supply", "progress", text="supply_begun")
    t.does(22, "power-handler1", "supply", "submit", outcome="solved", result="supply_done")
    t.does(5, "traffic-handler1", "trucks", "ask_extension", reason="trucks_why")
    t.does(24, "ec-park-head", "trucks", "urge", text="trucks_silent")
    there = Present(("ec-park", "power", "traffic", "police", "fire"), (), (STORES,))
    t.then(1, Stage.plan, "committee1", NEXT, "consult", there, ("season",), soon)
    return t


def too_little() -> Chronicle:
    """What one unit can do by itself is not handled jointly."""
    t = Chronicle()
    t.then(0, Stage.visit, "organiser1", LENDER, ("finance",), {"loan": ("22001", "loan")})
    t.does(1, "organiser1", "loan", "propose_joint", reason="loan_why")
    t.does(5, "dispatcher1", "loan", "refuse_joint", reason="loan_alone")
    t.does(0.1, "dispatcher1", "loan", "file")
    t.does(0.1, "dispatcher1", "loan", "dispatch", unit="team-finance")
    t.does(2, "team-finance-handler1", "loan", "accept")
    t.does(30, "team-finance-handler1", "loan", "submit", outcome="solved", result="loan_done")
    t.does(4, "dispatcher2", "loan", "pass")
    t.does(20, REPORTER, "loan", "evaluate", **SUITS)
    return t
