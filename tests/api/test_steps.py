"""Steps over HTTP: what is offered is taken, what is not changes nothing; races; what is shown."""

from __future__ import annotations

import random
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from gridgov.cases import numbers
from gridgov.cases.act import find
from tests.cases.test_matrix import ANY, EVERYBODY, SENDABLE, allowed
from tests.support.desk import WAYS, Desk, given_at, working
from tests.support.town import G2, IN_G1, OUTSIDE, PEOPLE, Town

REFUSED = {401, 403, 404, 409, 422}


def staged(town: Town, status: str, **given: Any) -> str:
    """Bring a case to a status and commit it; returns its number."""
    with working(town, lately()) as desk:
        return desk.stage(status, **given).number


def lately() -> datetime:
    """Return an instant short enough ago for no rung to have passed."""
    return datetime.now(UTC) - timedelta(minutes=15)


def whole(town: Town) -> str:
    """Open a joint case; returns its number."""
    number = staged(town, "filed")
    for who, step in (("dispatcher", "propose_joint"), ("committee", "open_joint")):
        version = town.read(number, who)["version"]
        assert sent(town, number, who, step, version).status_code == 200
    return number


def headers(town: Town, number: str, who: str) -> dict[str, str]:
    if who != "reporter":
        return {}
    return {"X-Case-Code": code_of(town, number)}


def code_of(town: Town, number: str) -> str:
    return str(town.app.extensions["gridgov"].settings.keys.query_code(number))


def sent(town: Town, number: str, who: str, step: str, version: int, **given: Any) -> Any:
    body = {"step": step, "version": version} | plain(given_at(step, datetime.now(UTC))) | given
    login = who if who in town.tokens else None
    return town.post(f"/cases/{number}/steps", body, login, **headers(town, number, who))


def plain(given: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in given.items()
    }


@pytest.mark.parametrize("status", ANY)
def test_what_is_offered_is_taken_and_what_is_not_changes_nothing(
    shared_town: Town, status: str
) -> None:
    town, draw = shared_town, random.Random(status)
    number, target = staged(town, status), staged(town, "reported")
    version = town.read(number, "dispatcher")["version"]
    offers: list[tuple[str, str]] = []
    for who in EVERYBODY:
        if who in ("clock", "import"):
            continue
        login = who if who in town.tokens else None
        answer = town.get(f"/cases/{number}", login, **headers(town, number, who))
        names = {step["name"] for step in (answer.json.get("steps") or ())}
        offers += [(who, name) for name in names]
        left = [name for name in SENDABLE if name not in names]
        if (status, who) == ("merged", "reporter"):
            left.remove("comment")  # taken, though what carries the case does not offer it
        for step in draw.sample(left, 4):
            given = {"target": target} if step == "merge" else {}
            refused = sent(town, number, who, step, version, **given)
            assert refused.status_code in REFUSED, (who, step, refused.json)
            assert refused.json["status"] == refused.status_code
        if who in PEOPLE and not names:
            assert answer.status_code == 404, who
    assert town.read(number, "dispatcher")["version"] == version
    plainly = {(who, step) for who, step in offers if step not in ("answer", "deny")}
    assert all(allowed(status, step, who, "grid") for who, step in plainly)
    for who, step in draw.sample(sorted(offers), min(6, len(offers))):
        other = staged(town, status)
        now = town.read(other, "dispatcher")["version"]
        given = {"target": target} if step == "merge" else {}
        if step == "bundle":
            given = {"target": whole(town)}
        taken = sent(town, other, who, step, now, **given)
        assert taken.status_code == 200, (who, step, taken.json)
        assert town.read(other, "dispatcher")["version"] == now + 1


def test_whoever_loses_sight_by_their_step_still_has_taken_it(shared_town: Town) -> None:
    town = shared_town
    drawn = town.report(steps=[{"step": "settle", "result": "done"}], who="member")["number"]
    answer = town.step(drawn, "leader2", "sample", sampled="genuine")
    assert answer.status_code == 200, answer.json
    assert town.get(f"/cases/{drawn}", "leader2").status_code == 404
    moved = town.report()["number"]
    answer = town.step(moved, "leader", "amend", grid=G2, reason="wrong grid")
    assert answer.status_code == 200, answer.json
    assert (answer.json["grid"]["code"], answer.json["steps"]) == (G2, [])
    assert town.get(f"/cases/{moved}", "leader").status_code == 404


def test_a_version_is_needed_and_must_be_the_one_that_stands(shared_town: Town) -> None:
    town = shared_town
    number = town.report()["number"]
    answer = town.post(f"/cases/{number}/steps", {"step": "file"}, "leader")
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "version")
    assert town.step(number, "leader", "file").status_code == 200
    answer = sent(town, number, "leader", "reject", 1)
    assert answer.status_code == 409
    assert answer.json["case"]["status"] == "filed"
    assert answer.json["case"]["version"] == 2
    assert "reporter" in answer.json["case"]


def test_a_lost_race_shows_a_reporter_no_more_than_they_may_see(shared_town: Town) -> None:
    town = shared_town
    taken = town.report()
    town.step(taken["number"], "leader", "file")
    code = {"X-Case-Code": taken["query_code"]}
    body = {"step": "withdraw", "version": 1}
    answer = town.post(f"/cases/{taken['number']}/steps", body, **code)
    assert answer.status_code == 409
    assert not {"flags", "pending", "handler", "level"} & answer.json["case"].keys()


def test_several_are_all_or_none(shared_town: Town) -> None:
    town = shared_town
    number = town.report()["number"]
    path = f"/cases/{number}/steps"
    steps = [{"step": "file", "version": 1}, {"step": "dispatch", "unit": "bureau"}]
    assert town.post(path, steps, "leader").status_code == 422
    assert town.read(number, "leader")["version"] == 1
    steps[1]["unit"] = "property"
    assert town.post(path, steps, "leader").json["version"] == 3
    for wrong in ([], [{"step": "file", "version": 1}] * 11, "file", None, [3]):
        assert town.post(path, wrong, "leader").status_code in (400, 415, 422), wrong


def test_of_two_at_once_one_wins(town: Town) -> None:
    numbers = [town.report()["number"] for _ in range(4)]
    for number in numbers:
        start = threading.Barrier(2)
        answers: list[int] = []

        def race(who: str, step: str, number: str = number, start: Any = start) -> None:
            client = town.app.test_client()
            body = {"step": step, "version": 1} | plain(given_at(step, datetime.now(UTC)))
            start.wait()
            answer = client.post(
                f"/api/v1/cases/{number}/steps", json=body, headers=town.headers(who)
            )
            answers.append(answer.status_code)  # noqa: B023

        threads = [
            threading.Thread(target=race, args=pair)
            for pair in (("leader", "file"), ("dispatcher", "reject"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [200, 409]
        assert town.read(number, "dispatcher")["version"] == 2


def test_two_that_merge_into_each_other_do_not_hang(town: Town) -> None:
    first, second = town.report()["number"], town.report()["number"]
    start = threading.Barrier(2)
    answers: list[int] = []

    def merge(number: str, target: str) -> None:
        client = town.app.test_client()
        body = {"step": "merge", "version": 1, "target": target}
        start.wait()
        answer = client.post(
            f"/api/v1/cases/{number}/steps", json=body, headers=town.headers("leader")
        )
        answers.append(answer.status_code)

    threads = [
        threading.Thread(target=merge, args=pair) for pair in ((first, second), (second, first))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) in ([200, 409], [200, 422])


# What a reporter and a unit are shown


def test_a_reporter_sees_no_names_and_nothing_of_the_staffs_own(shared_town: Town) -> None:
    town = shared_town
    number = staged(town, "evaluated")
    with working(town, lately()) as desk:
        case = desk.take()
        for who, step in (*WAYS["checking"][:3], ("committee", "supervise"), ("head", "comment")):
            desk.act(case, {"decider": "leader"}.get(who, who), step)
        desk.act(case, "handler", "ask_extension")
        other = case.number
    for one in (number, other):
        code = {"X-Case-Code": code_of(town, one)}
        whole = town.get(f"/cases/{one}", **code)
        past = town.get(f"/cases/{one}/timeline", **code)
        for answer in (whole, past):
            assert answer.status_code == 200
            assert "Name-" not in answer.text
            for person in ("leader", "handler", "dispatcher"):
                assert f'"{person}' not in answer.text.replace('"role":"' + person, "")
        steps = {event["step"] for event in past.json["events"]}
        assert not steps & {"supervise", "comment", "ask_extension", "file_note"}
        assert all("data" not in event and "person" not in event for event in past.json["events"])


def test_a_carried_reporter_follows_and_reads_nothing_of_the_other(shared_town: Town) -> None:
    town = shared_town
    first = town.report(description="my lamp", reporter={"name": "Li", "phone": "13912345678"})
    second = town.report(description="a lamp as well")
    town.step(second["number"], "leader", "merge", target=first["number"])
    town.step(first["number"], "leader", "ask_more", question="which flat, Mr Li?")
    town.by_code(first, "supply", text="flat 301, ring twice")
    code = {"X-Case-Code": second["query_code"]}
    view = town.get(f"/cases/{second['number']}", **code)
    assert view.json["carried_by"] is True
    assert (view.json["number"], view.json["text"]) == (second["number"], "a lamp as well")
    past = town.get(f"/cases/{second['number']}/timeline", **code)
    assert [event["step"] for event in past.json["events"]][-2:] == ["ask_more", "supply"]
    for answer in (view, past):
        assert not {"No.301B", "Mr Li", "my lamp", first["number"]} & set(answer.text.split())
        for secret in ("No.301B", "Mr Li", "my lamp", first["number"]):
            assert secret not in answer.text


def test_an_account_follows_its_carried_case(shared_town: Town) -> None:
    town = shared_town
    first = town.report(description="my lamp")
    second = town.report("resident", description="a lamp as well")
    town.step(second["number"], "leader", "merge", target=first["number"])
    view = town.get(f"/cases/{second['number']}", "resident").json
    assert (view["carried_by"], view["text"], view["status"]) == (
        True, "a lamp as well", "reported",
    )  # fmt: skip
    with working(town, lately()) as desk:
        case = desk_case(desk, first["number"])
        for who, step in (("leader", "file"), ("leader", "dispatch"), ("handler", "accept"),
                          ("handler", "submit")):  # fmt: skip
            desk.act(case, who, step)
    answer = town.step(second["number"], "resident", "confirm")
    assert answer.status_code == 200, answer.json
    assert (answer.json["number"], answer.json["status"]) == (second["number"], "closed")
    assert "my lamp" not in answer.text


def desk_case(desk: Desk, number: str) -> Any:
    return find(desk.session, number, desk.actor("import"), desk.at, desk.known)


def test_a_unit_reads_a_summary_of_what_is_confidential(shared_town: Town) -> None:
    town = shared_town
    taken = town.report(
        description="the neighbour in No.301B shouts", confidential=True,
        subject={"kind": "other", "text": "the man of 302"},
        reporter={"name": "Li", "phone": "13912345678"}, category="02001",
    )  # fmt: skip
    number = taken["number"]
    town.step(number, "dispatcher", "summarise", text="noise in a house")
    for who, step, given in (
        ("leader", "file", {}), ("leader", "dispatch", {"unit": "property"}),
        ("handler", "accept", {}),
    ):  # fmt: skip
        town.step(number, who, step, **given)
    for path in (f"/cases/{number}", f"/cases/{number}/timeline", "/cases?q=noise"):
        answer = town.get(path, "handler")
        assert answer.status_code == 200
        for secret in ("No.301B", "the man of", "L**", "139****"):
            assert secret not in answer.text.replace(number, ""), path
    assert town.get("/cases?q=shouts", "handler").json["cases"] == []
    shown = town.read(number, "dispatcher")
    assert shown["reporter"] == {"name": "L**", "phone": "139****5678"}
    assert town.read(number, "leader")["reporter"] is None


def test_a_wrong_code_and_no_such_case_answer_the_same(shared_town: Town) -> None:
    town = shared_town
    number = town.report(at=IN_G1)["number"]
    absent = numbers.number(date(2020, 1, 1), 0)
    answers = []
    for path in ("", "/timeline", "/attachments"):
        for one in (number, absent):
            answer = town.get(f"/cases/{one}{path}", **{"X-Case-Code": "AAAAAAAA"})
            answers.append((answer.status_code, answer.text))
    assert set(answers) == {(404, answers[0][1])}
    assert town.get(f"/cases/{number}").status_code == 401
    assert town.report(at=OUTSIDE)["flags"] == ["outside"]
