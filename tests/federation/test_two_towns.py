"""Two towns over real HTTP: a case of one is handed to the other, worked there, submitted here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.serving import make_server

from gridgov.cases.tables import Event
from gridgov.database import db, transaction
from gridgov.federation import hand_off
from gridgov.federation.hand_off import Done
from gridgov.federation.tables import DEAD, HandOff
from gridgov.joint.items import ItemDraft, add_item
from gridgov.people import endpoints
from gridgov.settings import Settings
from tests.conftest import Databases, town_on
from tests.exchange.test_command import line
from tests.support.databases import Place, opened
from tests.support.desk import working
from tests.support.town import RESIDENT, STREET, Town

LOOKED = hand_off.LOOKED_EVERY + timedelta(seconds=1)


@dataclass
class Two:
    """A town that hands over, and one that takes."""

    here: Town
    there: Town
    url: str
    now: datetime

    @property
    def settings(self) -> Settings:
        found: Settings = self.here.app.extensions["gridgov"].settings
        return found

    def run(self, later: timedelta = timedelta()) -> Done:
        """Run the job here, some time later."""
        self.now = max(self.now, datetime.now(UTC)) + later
        with self.here.app.app_context():
            return hand_off.run(db.engine, self.settings, self.now)

    def rows(self) -> list[HandOff]:
        with self.here.app.app_context(), transaction(write=False) as session:
            return list(session.scalars(sa.select(HandOff).order_by(HandOff.id)))

    def theirs(self) -> list[dict[str, Any]]:
        """Return the cases there, the newest first."""
        found: list[dict[str, Any]] = self.there.get("/cases", "dispatcher").json["cases"]
        return found


@contextmanager
def served(town: Town) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, town.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/open311/v2"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def two(place: Place, databases_made: Databases, tmp_path: Path) -> Iterator[Two]:
    with ExitStack() as stack:
        made = []
        for name in ("here", "there"):
            engine = stack.enter_context(opened(place, place.copy()))
            made.append(town_on(engine, tmp_path / name, notice_hosts_allowed="127.0.0.1"))
        here, there = made
        url = stack.enter_context(served(there))
        both = Two(here, there, url, datetime.now(UTC))
        put(both, url)
        yield both
        for town in made:
            with town.app.app_context():
                db.engine.dispose()


def put(two: Two, url: str, key: str | None = None) -> None:
    with two.here.app.app_context(), transaction() as session:
        endpoints.put(
            session, two.settings.keys, "office", url, two.now,
            key=key or two.there.tokens[RESIDENT], jurisdiction=STREET, services={"11001": "01002"},
        )  # fmt: skip


def dispatched(town: Town, **given: Any) -> str:
    reporter = {"name": "王小明", "phone": "13800000000", "email": "wang@example.org"}
    number = str(town.report(reporter=reporter, **given)["number"])
    assert town.step(number, "dispatcher" if given.get("confidential") else "leader",
                     "file").status_code == 200  # fmt: skip
    answer = town.step(number, "dispatcher", "dispatch", unit="office")
    assert answer.status_code == 200, answer.json
    return number


def events(town: Town, number: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = town.get(f"/cases/{number}/timeline", "dispatcher").json["events"]
    return found


def test_a_case_is_handed_over_worked_there_and_submitted_here(two: Two) -> None:
    here, there = two.here, two.there
    number = dispatched(here, description="The lamp at the gate is out")
    assert two.run().sent == 1
    (their,) = two.theirs()
    assert their["text"] == "The lamp at the gate is out"
    assert their["channel"] == "open311"
    assert their["point"] == here.read(number, "leader")["point"]
    # It has a number there: it is accepted here, by the unit, as federated.
    assert here.read(number, "leader")["status"] == "handling"
    accept = events(here, number)[-1]
    assert (accept["step"], accept["role"], accept["person"]) == ("accept", "handler", None)
    assert accept["data"]["federated"] == their["number"]

    for step, who, given in (
        ("file", "leader", {}),
        ("dispatch", "leader", {"unit": "property"}),
        ("accept", "handler", {}),
        ("progress", "handler", {"text": "Parts are ordered"}),
    ):
        assert there.step(their["number"], who, step, **given).status_code == 200
    two.run(LOOKED)
    assert here.read(number, "leader")["status"] == "handling"
    assert events(here, number)[-1]["text"] == {"text": "Parts are ordered"}
    # Looked at again, nothing is new.
    length = len(events(here, number))
    assert two.run(LOOKED).steps == 0
    assert len(events(here, number)) == length

    done = {"outcome": "partly_solved", "result": "One lamp of two shines again"}
    assert there.step(their["number"], "handler", "submit", **done).status_code == 200
    assert there.step(their["number"], "leader", "pass").status_code == 200
    two.run(LOOKED)
    found = here.read(number, "leader")
    assert found["status"] == "checking"
    assert (found["outcome"], found["result"]) == (done["outcome"], done["result"])
    assert here.step(number, "leader", "pass").status_code == 200
    two.run(LOOKED)
    assert {row.state for row in two.rows()} == {"ended"}


def test_no_contact_goes_over_and_no_words_of_confidential_cases(two: Two) -> None:
    dispatched(two.here, description="plain")
    dispatched(two.here, description="Mr Li took money", confidential=True)
    assert two.run().sent == 2
    said = two.there.get("/cases", "dispatcher").text
    for secret in ("王小明", "13800000000", "wang@example.org", "Li took"):
        assert secret not in said
    for their in two.theirs():
        assert two.there.read(their["number"], "dispatcher")["reporter"] is None


def test_what_is_sent_back_goes_out_anew(two: Two) -> None:
    here, there = two.here, two.there
    number = dispatched(here)
    two.run()
    (first,) = two.theirs()
    assert there.step(first["number"], "leader", "settle", result="done").status_code == 200
    two.run(LOOKED)
    assert here.read(number, "leader")["status"] == "checking"
    assert here.step(number, "leader", "rework", reason="Still dark").status_code == 200
    two.run(LOOKED)
    assert here.read(number, "leader")["status"] == "handling"
    second = two.theirs()[0]
    assert second["number"] != first["number"]
    assert "Still dark" in second["text"]
    two.run(LOOKED)
    assert here.read(number, "leader")["status"] == "handling"


def test_what_was_sent_but_not_noted_is_the_same_there(two: Two) -> None:
    dispatched(two.here)
    two.run()
    with two.here.app.app_context(), transaction() as session:
        session.execute(sa.update(HandOff).values(state="waiting", remote=None, next_at=two.now))
    assert two.run(LOOKED).sent == 1
    assert len(two.theirs()) == 1


def test_a_recalled_case_does_not_go_out(two: Two) -> None:
    number = dispatched(two.here)
    put(two, "http://127.0.0.1:9/open311/v2")  # nobody listens there
    assert two.run().failed == 1
    assert two.here.step(number, "leader", "recall", reason="no").status_code == 200
    put(two, two.url)
    assert two.run(timedelta(hours=1)).sent == 0
    assert (two.theirs(), [row.state for row in two.rows()]) == ([], ["ended"])


def test_a_recalled_case_is_taken_back_there_and_followed_no_more(two: Two) -> None:
    here, there = two.here, two.there
    number = dispatched(here)
    two.run()
    (their,) = two.theirs()
    given = {"reason": "It is the water works' after all"}
    assert here.step(number, "dispatcher", "recall", **given).status_code == 200
    assert two.run(LOOKED).recalled == 1
    last = events(there, their["number"])[-1]
    assert (last["step"], last["role"]) == ("comment", "reporter")
    assert last["text"]["text"] == "此件已由我方收回，无需继续办理。"
    # Once only, and what happens there now is no business of ours.
    assert there.step(their["number"], "leader", "settle", result="done").status_code == 200
    length = len(events(here, number))
    done = two.run(LOOKED)
    assert (done.recalled, done.steps, len(events(here, number))) == (0, 0, length)
    assert [row.state for row in two.rows()] == ["ended"]


def test_who_cannot_be_told_is_tried_again(two: Two) -> None:
    number = dispatched(two.here)
    two.run()
    assert two.here.step(number, "dispatcher", "recall", reason="no").status_code == 200
    put(two, "http://127.0.0.1:9/open311/v2")
    done = two.run(LOOKED)
    assert (done.recalled, done.failed, [row.state for row in two.rows()]) == (0, 1, ["recalled"])
    put(two, two.url)
    assert two.run(timedelta(hours=1)).recalled == 1
    assert len(events(two.there, two.theirs()[0]["number"])) == 2


def test_what_is_not_theirs_is_asked_to_be_returned(two: Two) -> None:
    here, there = two.here, two.there
    number = dispatched(here)
    two.run()
    (first,) = two.theirs()
    refusal = {"reason": "Not our street", "instead": "the water works"}
    assert there.step(first["number"], "leader", "reject", **refusal).status_code == 200
    two.run(LOOKED)
    asked = events(here, number)[-1]
    assert (asked["step"], asked["data"]["return_reason"]) == ("ask_return", "not_ours")
    assert asked["data"]["proposed_unit"] == "property"
    assert first["number"] in asked["text"]["text"]
    assert here.read(number, "leader")["status"] == "handling"
    # Asked once, however often they are looked at.
    assert two.run(LOOKED).steps == 0
    # Refused, it goes out anew and says why.
    given = {"reason": "The lamp stands on your side"}
    assert here.step(number, "dispatcher", "refuse_return", **given).status_code == 200
    assert two.run(LOOKED).sent == 1
    second = two.theirs()[0]
    assert second["number"] != first["number"]
    assert given["reason"] in second["text"]
    assert there.step(second["number"], "leader", "reject", **refusal).status_code == 200
    two.run(LOOKED)
    # What is returned has ended there; nobody is told to stop.
    assert here.step(number, "dispatcher", "grant_return").status_code == 200
    assert two.run(LOOKED).recalled == 0
    assert {row.state for row in two.rows()} == {"ended"}


def test_an_item_of_a_joint_case_goes_over_and_the_whole_does_not(two: Two) -> None:
    here = two.here
    with working(here) as desk:
        whole = desk.joint()
        made = add_item(
            desk.session, whole.number, ItemDraft("Lamps on the other side", unit="office"),
            desk.actor("dispatcher"), desk.at, desk.known,
        )  # fmt: skip
        item, joint = made.number, whole.number
        assert (made.status, made.unit_code) == ("dispatched", "office")
        assert whole.unit_code == "office"
    assert two.run().sent == 1
    (their,) = two.theirs()
    assert "Lamps on the other side" in their["text"]
    two.run(LOOKED)
    assert here.read(item, "dispatcher")["status"] == "handling"
    assert here.read(joint, "dispatcher")["status"] == "dispatched"
    # Worked there, it comes back as its unit's result, and is checked here, not there.
    accepted = here.step(joint, "handler-office", "accept")
    assert accepted.status_code == 200, accepted.json
    for step, who, given in (
        ("file", "leader", {}),
        ("dispatch", "leader", {"unit": "property"}),
        ("accept", "handler", {}),
        ("submit", "handler", {"outcome": "solved", "result": "Ten lamps stand there now"}),
        ("pass", "leader", {}),
    ):
        taken = two.there.step(their["number"], who, step, **given)
        assert taken.status_code == 200, (step, taken.json)
    two.run(LOOKED)
    back = here.read(item, "dispatcher")
    assert (back["status"], back["result"]) == ("checking", "Ten lamps stand there now")
    assert here.step(item, "dispatcher", "pass").status_code == 200
    listed = here.get(f"/cases/{joint}/items", "head-office").json
    assert listed["summary"]["done"] == 1
    assert here.read(joint, "dispatcher")["status"] == "handling"
    two.run(LOOKED)
    assert {row.state for row in two.rows()} == {"ended"}


def test_who_is_away_is_asked_again_and_who_refuses_is_not(two: Two) -> None:
    number = dispatched(two.here)
    put(two, "http://127.0.0.1:9/open311/v2")
    assert (two.run().failed, two.run().failed) == (1, 0)
    put(two, two.url, key="gg_wrong")
    assert two.run(timedelta(hours=1)).dead == 1
    (row,) = two.rows()
    assert row.state == DEAD
    assert "403" in (row.error or "")
    assert "403" in events(two.here, number)[-1]["text"]["text"]
    assert two.run(timedelta(days=1)).sent == 0
    put(two, two.url)
    with two.here.app.app_context(), transaction() as session:
        hand_off.retry(session, row.id, two.now)
    assert two.run().sent == 1


def test_who_is_away_is_asked_once_a_pass(two: Two) -> None:
    for _ in range(3):
        dispatched(two.here)
    put(two, "http://127.0.0.1:9/open311/v2")
    assert two.run().failed == 1
    assert sorted(row.tries for row in two.rows()) == [0, 0, 1]
    put(two, two.url)
    assert two.run(timedelta(hours=1)).sent == 3


def test_the_command_line_keeps_the_key_to_itself(two: Two) -> None:
    given = ("federation", "add", "property", two.url, "--key", "theirs", "--service", "*=LAMP")
    assert line(two.here, *given).exit_code == 0
    said = line(two.here, "federation", "list").stdout
    assert f"property  {two.url}" in said
    assert "theirs" not in said
    assert line(two.here, "federation", "remove", "property").exit_code == 0
    assert line(two.here, "federation", "remove", "property").exit_code == 1
    assert line(two.here, "federation", "add", "nobody", two.url, "--key", "x").exit_code == 1


def test_the_guard_stands_before_this_machine(two: Two) -> None:
    object.__setattr__(two.settings, "notice_hosts_allowed", ())
    dispatched(two.here)
    assert two.run().sent == 0
    assert two.theirs() == []
    assert "127.0.0.1" in (two.rows()[0].error or "")


def test_the_key_is_sealed(two: Two) -> None:
    with two.here.app.app_context(), transaction(write=False) as session:
        found = endpoints.of_unit(session, "office")
        assert found is not None
        assert two.there.tokens[RESIDENT].encode() not in (found.sealed or b"")
        assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == 0
