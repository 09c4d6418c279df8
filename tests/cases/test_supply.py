"""Supplying what was asked for: something, by a person; the clock ends the wait without."""

from __future__ import annotations

from tests.support.town import Town


def test_nothing_is_no_supply(town: Town) -> None:
    taken = town.report()
    town.step(taken["number"], "leader", "ask_more", question="which lamp?")
    for given in ({}, {"text": " "}):
        answer = town.by_code(taken, "supply", **given)
        assert answer.status_code == 422, answer.json
        assert answer.json["errors"][0]["field"] == "text"
    offered = [step["name"] for step in town.read(taken["number"], "caller")["steps"]]
    assert "supply" in offered
    answer = town.by_code(taken, "supply", text="the one at the gate")
    assert answer.json["status"] == "reported", answer.json
