"""Joint cases through the public surface: opened, listed, worked item by item, closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gridgov.faces.auth import now
from tests.support.town import PEOPLE, RESIDENT, Town

FIRM = {"name": "Chen", "phone": "13800000000"}


@pytest.fixture
def town(shared_town: Town) -> Town:
    """Cases are added to it, and nothing else is changed."""
    return shared_town


def opened(town: Town, **given: Any) -> dict[str, Any]:
    """Report a firm's need and have it led by `office`."""
    given = {"description": "nowhere to charge", "category": "21001", "reporter": FIRM} | given
    taken = town.report(**given)
    number = taken["number"]
    done(town.step(number, "dispatcher", "propose_joint", reason="within no one's power"))
    done(town.step(number, "committee", "open_joint", unit="office"))
    done(town.step(number, "handler-office", "accept"))
    return taken


def done(answer: Any) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.json
    return dict(answer.json)


def refused(answer: Any) -> str:
    assert answer.status_code in (403, 409, 422), answer.json
    return str(answer.json["type"]).rpartition(":")[2].rpartition("/")[2]


def put(town: Town, number: str, who: str = "head-office", **given: Any) -> Any:
    return town.post(f"/cases/{number}/items", {"text": "a licence"} | given, who)


def items(town: Town, number: str, who: str = "head-office") -> dict[str, Any]:
    return done(town.get(f"/cases/{number}/items", who))


def worked(town: Town, number: str) -> None:
    done(town.step(number, "handler", "accept"))
    done(town.step(number, "handler", "submit", outcome="solved", result="licensed"))
    done(town.step(number, "head-office", "pass"))


def test_an_item_is_a_case_with_what_the_joint_case_has(town: Town) -> None:
    number = opened(town)["number"]
    whole = town.read(number, "head-office")
    assert whole["joint"]["lead"]["code"] == "office"
    assert whole["joint"]["summary"]["total"] == 0
    assert whole["level"] == "street"
    limit = {"kind": "working_days", "amount": 10}
    made = done(put(town, number, unit="property", limit=limit, co_units=["party-office"]))
    assert made["status"] == "dispatched"
    assert made["item_of"] == {"number": number, "lead": {"code": "office", "name": "Unit office"}}
    assert made["channel"] == "joint"
    assert (made["confidential"], made["anonymous"]) == (True, True)
    assert made["grid"]["code"] == whole["grid"]["code"]
    assert [one["unit"]["code"] for one in made["co_units"]] == ["party-office"]
    assert made["joint"] is None
    own = made["number"]
    # Confidential, so its unit is shown nothing that a reporter said; but this is for it to read.
    assert town.read(own, "handler")["text"] == "a licence"
    done(town.step(own, "handler", "accept"))
    handling = next(c for c in town.read(own, "handler")["clocks"] if c["name"] == "handle")
    assert handling["limit_s"] == 10 * 27_000
    listed = items(town, number)
    assert [one["number"] for one in listed["items"]] == [own]
    assert listed["items"][0]["due"] == handling["due"]
    assert {step["name"] for step in listed["items"][0]["steps"]} >= {"urge", "drop_item"}
    assert listed["summary"]["text"] == "0 of 1 done"
    past = done(town.get(f"/cases/{number}/timeline", "head-office"))["events"]
    added = next(event for event in past if event["step"] == "add_item")
    assert (added["data"]["item"], added["text"]["text"]) == (own, "a licence")


def test_a_joint_case_is_closed_item_by_item(town: Town) -> None:
    taken = opened(town)
    number = taken["number"]
    close = {"outcome": "partly_solved", "result": "two of three"}
    assert refused(town.step(number, "head-office", "submit", **close)) == "JointCloses"
    assert refused(town.step(number, "head-office", "close_joint", **close)) == "NoItems"
    first = done(put(town, number, unit="property"))["number"]
    second = done(put(town, number, text="insurance", unit="property"))["number"]
    third = done(put(town, number, text="a shed", category="01001"))["number"]
    assert town.read(third, "head-office")["status"] == "filed"

    # One comes back; the lead sends it out anew.
    done(town.step(first, "handler", "ask_return", return_reason="not_ours",
                   proposed_unit="hub"))  # fmt: skip
    assert refused(town.step(first, "head-office", "grant_return")) == "NotYours"
    done(town.step(first, "dispatcher", "grant_return"))
    done(town.step(first, "head-office", "dispatch", unit="property"))
    worked(town, first)

    # One lies in a legal void.
    done(town.step(second, "handler", "accept"))
    until = (now() + timedelta(days=90)).date().isoformat()
    done(town.step(second, "handler", "ask_suspension", suspension_reason="policy_gap",
                   resume_on=until))  # fmt: skip
    assert refused(town.step(second, "head-office", "suspend")) == "NotYours"
    done(town.step(second, "dispatcher", "suspend"))
    assert refused(town.step(number, "head-office", "close_joint", **close)) == "ItemsOpen"
    done(town.step(third, "head-office", "drop_item", reason="there is one"))
    assert refused(town.step(number, "head-office", "close_joint", **close)) == "ItemUntold"
    summary = items(town, number)["summary"]
    assert (summary["done"], summary["total"], summary["rejected"]) == (1, 3, 1)
    assert summary["suspended"] == [
        {"reason": "policy_gap", "reason_name": "policy gap", "number": 1}
    ]
    assert summary["text"] == "1 of 3 done; 1 suspended (policy gap); 1 dropped"

    done(town.step(number, "handler-office", "progress", text="insurance has to wait"))
    code = {"X-Case-Code": taken["query_code"]}
    told = town.get(f"/cases/{number}", **code).json
    assert told["joint"]["summary"]["done"] == 1
    assert not {"item_of", "co_units", "reporters"} & told.keys()
    done(town.step(number, "head-office", "close_joint", **close))
    assert town.get(f"/cases/{number}", **code).json["status"] == "closed"

    # Three working days, as where a case is closed on submit.
    done(town.by_code(taken, "deny", reason="no charger"))
    assert town.read(number, "head-office")["status"] == "handling"
    done(town.step(number, "head-office", "close_joint", **close))
    # Another round: it is led anew, and what was done stays done.
    done(town.step(number, "dispatcher", "reopen", reason="the charger is gone"))
    done(town.step(number, "dispatcher", "dispatch", unit="office"))
    assert town.read(first, "head-office")["status"] == "closed"
    assert items(town, number)["summary"]["done"] == 1


def test_a_joint_case_does_not_end_before_its_items(town: Town) -> None:
    number, other = opened(town)["number"], town.report()["number"]
    item = done(put(town, number))["number"]
    assert refused(town.step(number, "dispatcher", "merge", target=other)) == "ItemsOpen"
    done(town.step(item, "head-office", "drop_item", reason="there is one"))
    done(town.step(number, "dispatcher", "merge", target=other))


def test_a_case_is_bundled_and_its_reporter_keeps_it(town: Town) -> None:
    number = opened(town)["number"]
    own = town.report(description="a dark lamp", reporter=FIRM)
    done(town.step(own["number"], "leader", "file"))
    assert town.get(f"/cases/{own['number']}", "head-office").status_code == 404
    wrong = town.report()["number"]
    answer = town.step(own["number"], "dispatcher", "bundle", target=wrong)
    assert refused(answer) == "TargetNotJoint"
    bundled = done(town.step(own["number"], "dispatcher", "bundle", target=number))
    assert bundled["item_of"]["number"] == number
    assert bundled["confidential"] is True
    assert town.read(own["number"], "head-office")["level"] == "street"
    past = done(town.get(f"/cases/{number}/timeline", "dispatcher"))["events"]
    assert past[-1]["data"]["item"] == own["number"]
    code = {"X-Case-Code": own["query_code"]}
    assert town.get(f"/cases/{own['number']}", **code).json["text"] == "a dark lamp"
    listed = done(town.get(f"/cases?item_of={number}", "dispatcher"))["cases"]
    assert [one["number"] for one in listed] == [own["number"]]
    # Dropped, it is rejected; whose it is may appeal, as against any rejection.
    done(town.step(own["number"], "head-office", "drop_item", reason="no lamp there"))
    done(town.by_code(own, "appeal", reason="there is"))


def test_a_proposal_waits_and_is_decided_once(town: Town) -> None:
    number = town.report(category="21001")["number"]
    answer = town.step(number, "committee", "open_joint", unit="office")
    assert refused(answer) == "NothingPending"
    done(town.step(number, "leader", "propose_joint", reason="too much for one"))
    again = town.step(number, "dispatcher", "propose_joint", reason="too much for one")
    assert refused(again) == "AlreadyPending"
    # It goes its way meanwhile; the proposal still waits.
    done(town.step(number, "dispatcher", "file"))
    done(town.step(number, "dispatcher", "dispatch", unit="property"))
    assert town.read(number, "dispatcher")["pending"]["kind"] == "joint"
    done(town.step(number, "committee", "refuse_joint", reason="one can"))
    assert town.read(number, "dispatcher")["pending"] is None
    done(town.step(number, "head", "propose_joint", reason="we cannot"))
    done(town.step(number, "dispatcher", "open_joint", unit="office"))
    assert town.read(number, "head-office")["unit"]["code"] == "office"
    party = town.report(category="41001")["number"]
    answer = town.step(party, "organiser", "propose_joint", reason="many")
    assert refused(answer) == "NotForJoint"


def test_an_organiser_proposes_what_they_heard_and_reported(town: Town) -> None:
    own = town.report("organiser", category="21001")["number"]
    done(town.step(own, "organiser", "propose_joint", reason="three departments at once"))
    other = town.report("resident", category="21001")["number"]
    answer = town.post(f"/cases/{other}/steps", {"step": "propose_joint", "version": 1,
                                                 "reason": "so"}, "resident")  # fmt: skip
    assert refused(answer) == "NotYours"


def test_whom_it_is_about_stays_out(town: Town) -> None:
    about = {"kind": "unit", "unit": "property"}
    number = opened(town, subject=about)["number"]
    assert refused(put(town, number, unit="property")) == "UnitIsSubject"
    assert refused(put(town, number, co_units=["property"])) == "UnitIsSubject"
    item = done(put(town, number))["number"]
    assert refused(town.step(item, "head-office", "dispatch", unit="property")) == "UnitIsSubject"
    done(town.step(item, "head-office", "ask_join", unit="bureau"))
    answer = town.step(item, "head-office", "ask_join", unit="property-team")
    assert refused(answer) == "UnitIsSubject"
    assert town.get(f"/cases/{item}", "member-property").status_code == 404


def test_the_list_of_joint_cases_holds_what_one_sees(town: Town) -> None:
    number = opened(town)["number"]
    item = done(put(town, number, unit="property"))["number"]
    worked(town, item)
    for who in (*PEOPLE, RESIDENT):
        found = done(town.get("/joint?limit=200", who))["cases"]
        seen = town.get(f"/cases/{number}", who).status_code == 200
        assert (number in [one["number"] for one in found]) is seen, who
        assert item not in [one["number"] for one in found]
    mine = done(town.get(f"/joint?number={number}", "head-office"))["cases"]
    assert mine[0]["joint"]["summary"]["text"] == "1 of 1 done"
    plain = done(town.get("/cases?joint=false&limit=200", "dispatcher"))["cases"]
    assert number not in [one["number"] for one in plain]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": " "}, "FieldMissing"),
        ({"text": "x", "category": "99999"}, "CategoryUnknown"),
        ({"text": "x", "unit": "nowhere"}, "UnitUnknown"),
        ({"text": "x", "co_units": ["nowhere"]}, "UnitUnknown"),
        ({"text": "x", "category": "41001"}, "NotForJoint"),
    ],
)
def test_what_is_no_item(town: Town, body: dict[str, Any], error: str) -> None:
    number = opened(town)["number"]
    answer = town.post(f"/cases/{number}/items", body, "head-office")
    assert refused(answer) == error, answer.json


def test_only_a_joint_case_has_items(town: Town) -> None:
    number = town.report()["number"]
    assert refused(town.get(f"/cases/{number}/items", "dispatcher")) == "NotJoint"
    assert refused(put(town, number, "dispatcher")) in ("NotJoint", "NotNow")
