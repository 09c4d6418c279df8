"""A step may carry a case out of its author's sight: it is taken all the same."""

from __future__ import annotations

from tests.support.town import G2, IN_G2, Town


def test_a_leader_corrects_a_place_to_the_grid_beside(shared_town: Town) -> None:
    number = shared_town.report()["number"]
    place = {"lon": IN_G2[0], "lat": IN_G2[1]}

    answer = shared_town.step(number, "leader", "amend", reason="there", location=place)

    assert answer.status_code == 200, answer.json
    assert answer.json["grid"]["code"] == G2
    assert answer.json["steps"] == []
    assert shared_town.get(f"/cases/{number}", "leader").status_code == 404
    assert shared_town.read(number, "leader2")["grid"]["code"] == G2
