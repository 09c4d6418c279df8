"""What whoever reported a joint case, and another in it, reads of them by their account."""

from __future__ import annotations

from tests.joint.alliance import NEED, taken, with_alliance
from tests.support.firms import WEST, tied
from tests.support.town import Town


def test_the_list_tells_of_a_bundled_case_what_the_case_itself_tells(town: Town) -> None:
    """What is asked of the office, and why, is no word for the reporter."""
    tied(with_alliance(town), "resident", WEST)
    joint, other = (
        town.report("resident", category=NEED, description=said)["number"]
        for said in ("posts", "lots")
    )
    for who, number, step, given in (
        ("dispatcher", joint, "file", {}),
        ("dispatcher", joint, "propose_joint", {"reason": "many units"}),
        ("committee", joint, "open_joint", {"unit": "approval", "category": NEED}),
        ("dispatcher", other, "file", {}),
        ("dispatcher", other, "dispatch", {"unit": "fire"}),
        ("handler-fire", other, "accept", {}),
        ("dispatcher", other, "bundle", {"target": joint}),
        ("dispatcher", other, "ask_join", {"unit": "traffic"}),
        ("handler-fire", other, "ask_extension", {"reason": "our engineer is ill"}),
    ):
        taken(town.step(number, who, step, **given))
    path = f"/cases/{joint}/items"
    (item,) = taken(town.get(path, "dispatcher"))["items"]
    assert item["pending"]["reason"] == "our engineer is ill"
    assert item["co_units"] and item["clocks"]
    (own,) = taken(town.get(path, "resident"))["items"]
    assert own["number"] == other and own["due"]
    assert (own["pending"], own["co_units"], own["clocks"]) == (None, [], [])


def test_whose_case_is_carried_reads_what_is_promised_by_their_own_number(town: Town) -> None:
    """The joint case is somebody else's, who reported it."""
    tied(with_alliance(town), "resident", WEST)
    joint = town.report(category=NEED, description="posts")["number"]
    own = town.report("resident", category=NEED, description="posts too")["number"]
    for who, number, step, given in (
        ("dispatcher", joint, "file", {}),
        ("dispatcher", joint, "propose_joint", {"reason": "many units"}),
        ("committee", joint, "open_joint", {"unit": "approval", "category": NEED}),
        ("dispatcher", own, "merge", {"target": joint}),
    ):
        taken(town.step(number, who, step, **given))
    item = taken(town.post(f"/cases/{joint}/items", {"text": "a rule"}, "dispatcher"))["number"]
    answer = town.get(f"/firms/{WEST}", "resident")
    (measure,) = taken(answer)["promised"]
    assert (measure["title"], measure["of"]) == ("a rule", own)
    for path in (f"/firms/{WEST}", f"/cases/{own}", f"/cases/{own}/timeline"):
        text = town.get(path, "resident").text
        assert not [number for number in (joint, item) if number in text], path
