"""Whatever is ticked, unticked and reported: nothing of it is lost, and at once only one counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.errors import GridgovError
from gridgov.joint.meetings import Plan, plan
from gridgov.joint.refusals import NotYourResolution, TickedAlready
from gridgov.joint.resolutions import Resolved, report, resolve, tick
from gridgov.joint.resolved import count, find
from tests.joint.conftest import resolve as resolved_at
from tests.support.desk import DAY, MINUTE, trying
from tests.support.town import STREET, Town

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["dispatcher", "committee", "head", "leader"]),
        st.sampled_from(["done", "not_done", "reported"]),
        st.sampled_from([None, "一句话"]),
    ),
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(acts=ACTS)
def test_the_history_tells_how_it_stands(
    still_town: Town, acts: list[tuple[str, str, str | None]]
) -> None:
    with trying(still_town) as desk:
        keeper = desk.actor("dispatcher")
        asked = Plan("forum", "座谈", desk.at, "一楼", STREET)
        one = plan(desk.session, asked, keeper, desk.at, desk.known)
        one.state = "held"
        desk.session.flush()
        due = (desk.at + DAY).date()
        made = resolve(
            desk.session, one.id, Resolved("x", "property", due), keeper, desk.at, desk.known
        )
        happened, done = [("given", "dispatcher", None)], False
        for who, what, text in acts:
            desk.at += MINUTE
            actor, at, known = desk.actor(who), desk.at, desk.known
            refused: type[GridgovError] | None = None
            try:
                if what == "reported":
                    report(desk.session, made.id, text or "-", actor, at, known)
                else:
                    tick(desk.session, made.id, what == "done", text, actor, at, known)
            except GridgovError as error:
                refused = type(error)
            # The leader was not there; a head only reports, a keeper only ticks.
            keeps = who in ("dispatcher", "committee")
            if who == "leader":
                assert refused is not None
            elif keeps == (what == "reported"):
                assert refused is NotYourResolution
            elif what != "reported" and done == (what == "done"):
                assert refused is TickedAlready
            else:
                assert refused is None
                done = done if what == "reported" else what == "done"
                happened.append((what, who, (text or "-") if what == "reported" else text))
            told = find(desk.session, made.id, keeper, at, known)
            events = told.resolution.events
            assert [(each.what, each.person_code, each.text) for each in events] == happened
            assert [each.version for each in events] == list(range(1, len(happened) + 1))
            assert told.done is done
            assert count(desk.session, keeper, at, known, shown="open") == int(not done)


def test_of_two_who_tick_at_once_one_does(town: Town, held: dict[str, Any]) -> None:
    made = resolved_at(town, held["id"])
    path = f"/api/v1/meetings/resolutions/{made['id']}/tick"

    def at_once(who: str) -> int:
        client = town.app.test_client()
        answer = client.post(path, json={"done": True}, headers=town.headers(who))
        return int(answer.status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(at_once, ("dispatcher", "committee"))) == [200, 409]
    events = town.get(f"/meetings/resolutions/{made['id']}", "dispatcher").json["events"]
    assert [one["what"] for one in events] == ["given", "done"]


def test_a_form_that_says_neither_ticks_nothing_and_takes_no_tick_back(
    town: Town, held: dict[str, Any]
) -> None:
    key = resolved_at(town, held["id"])["id"]
    path = f"/meetings/resolutions/{key}"
    assert town.post(path + "/tick", {"done": True}, "dispatcher").status_code == 200
    for do in ("", "reprted"):
        answer = town.client.post(path, data={"do": do}, headers=town.headers("dispatcher"))
        assert answer.status_code == 422, answer.text
    assert town.get(path, "dispatcher").json["done"] is True
