"""What whoever claimed a wish is shown of it over HTTP, and who else reads what is for them."""

from __future__ import annotations

import io
import re
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases import refusals as no
from gridgov.cases.tables import Case
from gridgov.people.accounts import add_account, add_token
from tests.storage.makers import photo
from tests.support.desk import working
from tests.support.town import IN_G1, LONG_AGO, RESIDENT, Town

SECRET = {"reporter": {"name": "Wang Xiaoming", "phone": "13812345678"}}
WORDS = "a secret of the wisher in her own words"
ADDRESS = "Lane 5, door 302"
PUBLIC = "a child wishes for books"
LATITUDE = re.compile(r"(?<!:)29\.88")  # after a colon it may be the seconds of an instant


def put(town: Town) -> dict[str, Any]:
    """Report a wish with all that must not be told, and approve its text."""
    taken = town.report(
        category="51001", description=WORDS, answers={"when": "a secret time"},
        location={"lon": IN_G1[0], "lat": IN_G1[1], "address": ADDRESS}, **SECRET,
    )  # fmt: skip
    number = taken["number"]
    assert town.step(number, "leader", "file", category="51001").status_code == 200
    assert town.step(number, "dispatcher", "summarise", text="a secret summary").status_code == 200
    assert (
        town.step(number, "dispatcher", "comment", text="a secret among staff").status_code == 200
    )
    return taken


def claim(town: Town, number: str, who: str = RESIDENT) -> Any:
    wish = next(one for one in town.get("/wishes").json["wishes"] if one["number"] == number)
    body = {"step": "claim", "version": wish["version"], "plan": "two of us come on Saturday"}
    return town.post(f"/cases/{number}/steps", body, who)


def test_the_list_holds_the_approved_text_alone(town: Town) -> None:
    taken = put(town)
    assert town.get("/wishes").json == {"wishes": [], "next": None}
    town.step(taken["number"], "dispatcher", "publish", text=PUBLIC)
    (wish,) = town.get("/wishes").json["wishes"]
    assert wish == {
        "number": taken["number"], "version": wish["version"], "text": PUBLIC, "mine": False,
        "category": {"code": "51001", "name": "Category 51001"}, "state": "open",
        "state_name": "To be claimed",
    }  # fmt: skip
    assert town.get("/wishes?state=claimed").json["wishes"] == []
    assert claim(town, taken["number"]).status_code == 200
    assert town.get("/wishes?state=open").json["wishes"] == []
    assert town.get("/wishes?state=claimed", RESIDENT).json["wishes"][0]["mine"] is True
    body = {"outcome": "solved", "result": "a secret result"}
    assert town.step(taken["number"], RESIDENT, "submit", **body).status_code == 200
    assert town.step(taken["number"], "member", "pass").status_code == 200
    answer = town.get("/wishes?state=realised")
    assert answer.json["wishes"][0]["text"] == PUBLIC
    assert "secret" not in answer.text


def test_a_page_of_wishes_follows_another(town: Town) -> None:
    numbers = []
    for _ in range(3):
        taken = put(town)
        town.step(taken["number"], "dispatcher", "publish", text=PUBLIC)
        numbers.append(taken["number"])
    first = town.get("/wishes?limit=2").json
    second = town.get(f"/wishes?limit=2&after={first['next']}").json
    seen = [one["number"] for one in first["wishes"] + second["wishes"]]
    assert sorted(seen) == sorted(numbers)
    assert second["next"] is None
    assert town.get("/wishes?after=nonsense").status_code == 422


def test_whoever_claimed_it_sees_nothing_of_the_wisher(town: Town) -> None:
    taken = put(town)
    number = taken["number"]
    assert town.get(f"/cases/{number}", RESIDENT).status_code == 404
    town.step(number, "dispatcher", "publish", text=PUBLIC)
    assert town.get(f"/cases/{number}", RESIDENT).status_code == 404
    answer = claim(town, number)
    assert answer.status_code == 200, answer.json
    assert answer.json["text"] == PUBLIC
    town.step(number, "dispatcher", "comment", text="call her: 137", audience="claimant")
    town.step(number, "dispatcher", "comment", text="a secret among staff, again")
    town.by_code(taken, "comment", text="a secret of the wisher, later")
    assert town.step(number, RESIDENT, "progress", text="books bought").status_code == 200
    assert (
        town.step(number, RESIDENT, "submit", outcome="solved", result="given").status_code == 200
    )
    assert town.by_code(taken, "deny", reason="a secret reason").status_code == 200
    seen = [town.get(f"/cases/{number}", RESIDENT), town.get(f"/cases/{number}/timeline", RESIDENT),
            town.get(f"/cases/{number}/attachments", RESIDENT)]  # fmt: skip
    headers = town.headers(RESIDENT)
    paths = (
        f"/cases/{number}",
        f"/cases/{number}/sheet",
        "/work",
        "/wishes",
        f"/live/case/{number}",
    )
    seen += [town.client.get(path, headers=headers) for path in paths]
    for page in seen:
        assert page.status_code == 200, page.text
        for word in ("secret", "Wang", "1381234", "138*", ADDRESS, "Grid 1", "121.49"):
            assert word not in page.text, (word, page.text)
        assert not LATITUDE.search(page.text), page.text
    steps = [one["step"] for one in seen[1].json["events"]]
    assert steps == ["claim", "comment", "progress", "submit", "deny"]
    assert seen[1].json["events"][1]["text"] == {"text": "call her: 137"}
    assert PUBLIC in seen[3].text
    # No list, search or contact is theirs for it.
    assert town.get("/cases", RESIDENT).json["cases"] == []
    assert town.get("/cases?q=secret", RESIDENT).json["cases"] == []
    for path in ("/list", "/list?q=secret", f"/list?q={number}"):
        assert f"/cases/{number}" not in town.client.get(path, headers=headers).text, path
    read = town.post(f"/cases/{number}/contact", {"purpose": "ask"}, RESIDENT)
    assert read.status_code == 403
    assert town.get("/exports/cases.csv", RESIDENT).text.count(number) == 0
    # Who must know who they are does: the others do not.
    assert town.read(number, "dispatcher")["claimant"] == RESIDENT
    assert town.read(number, "gis")["claimant"] is None
    wisher = town.get(f"/cases/{number}/timeline", **{"X-Case-Code": taken["query_code"]})
    assert "call her" not in wisher.text
    assert RESIDENT not in wisher.text


def test_how_the_wisher_is_reached_is_read_by_whoever_may_reach_them(town: Town) -> None:
    """The contact reaches whoever claimed it by a dispatcher's word, and nobody else thereby."""
    taken = put(town)
    number = taken["number"]
    town.step(number, "dispatcher", "publish", text=PUBLIC)
    claim(town, number)
    said = town.step(number, "dispatcher", "comment", text="call her: 137", audience="claimant")
    assert said.status_code == 200
    file = {"file": (io.BytesIO(photo("JPEG")), "door.jpg"), "audience": "claimant"}
    path = f"/api/v1/cases/{number}/attachments"
    assert town.client.post(path, data=file, headers=town.headers("dispatcher")).status_code == 201

    def read(who: str) -> tuple[bool, int]:
        files = town.get(f"/cases/{number}/attachments", who).json["attachments"]
        return "call her" in town.get(f"/cases/{number}/timeline", who).text, len(files)

    for who in ("dispatcher", "leader", "caller", RESIDENT):
        assert read(who) == (True, 1), who
    for who in ("member", "committee", "gis"):
        assert read(who) == (False, 0), who


def test_whoever_claims_one_of_their_own_grid_reads_what_is_meant_for_them(town: Town) -> None:
    number = put(town)["number"]
    town.step(number, "dispatcher", "publish", text=PUBLIC)
    assert claim(town, number, "member").status_code == 200
    town.step(number, "dispatcher", "comment", text="call her: 137", audience="claimant")
    assert "call her" in town.get(f"/cases/{number}/timeline", "member").text
    assert town.step(number, "member", "give_back", reason="no time").status_code == 200
    assert "call her" not in town.get(f"/cases/{number}/timeline", "member").text


def test_the_next_one_sees_nothing_of_the_one_before(town: Town) -> None:
    number = put(town)["number"]
    town.step(number, "dispatcher", "publish", text=PUBLIC)
    claim(town, number)
    town.step(number, "dispatcher", "comment", text="call her: 137", audience="claimant")
    town.step(number, RESIDENT, "comment", text="between us")
    assert town.step(number, RESIDENT, "give_back", reason="no time").status_code == 200
    assert town.get(f"/cases/{number}", RESIDENT).status_code == 404
    assert claim(town, number, "handler-office").status_code == 200
    timeline = town.get(f"/cases/{number}/timeline", "handler-office")
    assert [one["step"] for one in timeline.json["events"]] == ["claim"]


def test_nothing_is_meant_for_whoever_claimed_what_nobody_did(town: Town) -> None:
    number = put(town)["number"]
    answer = town.step(number, "dispatcher", "comment", text="hello", audience="claimant")
    assert answer.status_code == 422


def test_two_at_once_one_wins(town: Town) -> None:
    """Through the verb, by two accounts in two transactions that overlap."""
    number = put(town)["number"]
    town.step(number, "dispatcher", "publish", text=PUBLIC)
    with working(town) as desk:
        add_account(desk.session, "second", None, LONG_AGO)
        town.tokens["second"] = add_token(desk.session, "second", "test", LONG_AGO, None)
    version = town.get("/wishes").json["wishes"][0]["version"]
    body = {"step": "claim", "version": version, "plan": "mine"}
    start, answers = threading.Barrier(2), {}

    def run(who: str) -> None:
        start.wait()
        path = f"/api/v1/cases/{number}/steps"
        answers[who] = town.app.test_client().post(path, json=body, headers=town.headers(who))

    threads = [threading.Thread(target=run, args=(who,)) for who in (RESIDENT, "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = {who: answer.status_code for who, answer in answers.items()}
    assert sorted(codes.values()) == [200, 409], [answer.json for answer in answers.values()]
    winner = next(who for who, code in codes.items() if code == 200)
    loser = next(who for who in codes if who != winner)
    assert answers[loser].json["detail"] == str(no.ClaimedAlready())
    assert town.get(f"/cases/{number}", loser).status_code == 404
    with working(town) as desk:
        case = desk.session.scalars(sa.select(Case).where(Case.number == number)).one()
        assert case.claimant_id == desk.accounts[winner]
        claims = [one for one in desk.events(case) if one.step == "claim"]
        assert len(claims) == 1


@pytest.mark.parametrize("together", [True, False])
def test_giving_it_back_shows_no_more_than_claiming_it(town: Town, together: bool) -> None:
    taken = put(town)
    number = taken["number"]
    town.step(number, "dispatcher", "publish", text=PUBLIC)
    version = town.read(number, "dispatcher")["version"]
    steps = [{"step": "claim", "version": version, "plan": "on Saturday"},
             {"step": "give_back", "version": version, "reason": "ill"}]  # fmt: skip
    if together:
        answer = town.post(f"/cases/{number}/steps", steps, RESIDENT)
    else:
        assert claim(town, number).status_code == 200
        answer = town.step(number, RESIDENT, "give_back", reason="ill")
    assert answer.status_code == 200, answer.json
    assert answer.json["status"] == "filed"
    for word in ("secret", "Wang", "1381234", "138*", ADDRESS, "121.49"):
        assert word not in answer.text, answer.text
    assert not LATITUDE.search(answer.text), answer.text
