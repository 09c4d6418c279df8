"""One case's whole way, from report to evaluation, as its people would take it."""

from __future__ import annotations

from tests.support.town import G1, Town


def test_a_case_is_reported_worked_and_closed(town: Town) -> None:
    taken = town.report(description="路灯不亮", reporter={"name": "王小明", "phone": "13812345678"})
    number = taken["number"]
    assert taken["status"] == "reported"
    assert taken["grid"] == {"code": G1, "name": "Grid 1"}
    assert taken["cell"] == {"code": "330203008001001"}
    assert taken["notice"]["collected"] == ["name", "phone", "description", "location"]

    answer = town.post(
        f"/cases/{number}/steps",
        [{"step": "file", "version": 1}, {"step": "dispatch", "unit": "property"}],
        "leader",
    )
    assert answer.json["status"] == "dispatched", answer.json
    for who, step, given in (
        ("handler", "accept", {}),
        ("handler", "progress", {"text": "备件已订"}),
        ("handler", "submit", {"outcome": "solved", "result": "已更换"}),
        ("member", "pass", {}),
    ):
        answer = town.step(number, who, step, **given)
        assert answer.status_code == 200, answer.json
    assert answer.json["status"] == "closed"

    answer = town.by_code(taken, "evaluate", contacted=True, solved=True, satisfaction="satisfied")
    assert answer.json["status"] == "evaluated", answer.json
    timeline = town.get(f"/cases/{number}/timeline", **{"X-Case-Code": taken["query_code"]}).json
    steps = [event["step"] for event in timeline["events"]]
    assert steps == [
        "report",
        "file",
        "dispatch",
        "accept",
        "progress",
        "submit",
        "pass",
        "evaluate",
    ]
    assert "Name-" not in str(timeline)
