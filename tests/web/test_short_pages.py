"""Pages that cannot show all there is: they say how much more, and lead to it."""

from __future__ import annotations

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from gridgov.database import transaction
from gridgov.faces.auth import now
from gridgov.faces.serve import Serving
from gridgov.joint.tables import Resolution
from gridgov.notices.tables import DEAD, Message
from gridgov.privacy.read import readings
from gridgov.web.items import bundled_into
from gridgov.web.shell import Visit
from gridgov.web.uploads import MOST
from tests.joint.conftest import hold
from tests.storage.makers import photo
from tests.support.desk import trying
from tests.support.town import STREET, Town


def page(town: Town, path: str, who: str, **more: str) -> str:
    answer = town.client.get(path, headers=town.headers(who) | {"Accept-Language": "en"} | more)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_a_meeting_counts_all_that_was_done_since_the_last_one(town: Town) -> None:
    starts = [(now() - timedelta(days=days)).isoformat() for days in (10, 0)]
    last, this = (hold(town, starts_at=at)["id"] for at in starts)
    with town.app.app_context(), transaction() as session:
        session.add_all(
            Resolution(
                meeting_id=last, area_code=STREET, kind="own", text=f"done: {number}.",
                unit_code="property", due=now().date(), decided_at=now(), done_at=now(),
            )
            for number in range(53)
        )  # fmt: skip
    since = page(town, f"/meetings/{this}", "dispatcher").partition('id="s-since"')[2]
    assert since.startswith('>Resolved earlier, done since the last meeting <span class="count">53')
    assert "done: 49." in since and "done: 50." not in since
    assert "Not shown here: 3 more." in since
    assert 'href="/meetings/resolutions?shown=done"' in since
    assert "done: 50." in town.get("/meetings/resolutions?shown=done&after=50", "dispatcher").text


def test_no_file_of_a_form_is_dropped_without_a_word(town: Town) -> None:
    number = town.report(description="a lamp")["number"]
    files = [(io.BytesIO(photo("PNG")), f"photo-{place}.png") for place in range(MOST + 2)]
    data = {"step": "comment", "text": "see here", "version": "1", "file": files}
    headers = town.headers("leader") | {"Accept-Language": "en"}
    answer = town.client.post(f"/cases/{number}/steps", data=data, headers=headers)
    assert answer.status_code == 422
    for place in range(MOST + 2):
        named = f"photo-{place}.png: At most {MOST} files are taken at once" in answer.text
        assert named == (place >= MOST)
    assert "see here" in answer.text
    assert len(town.get(f"/cases/{number}/attachments", "leader").json["attachments"]) == MOST


def test_where_joint_cases_are_too_many_to_choose_of_one_is_named_by_its_number(
    still_town: Town,
) -> None:
    with trying(still_town) as desk, still_town.app.test_request_context():
        numbers = {desk.joint().number for _ in range(2)}
        s = Serving(desk.session, desk.at, desk.known, desk.actor("dispatcher"))
        visit = cast(Visit, SimpleNamespace(serving=s))
        chosen = bundled_into(visit, most=2)
        assert chosen is not None and {number for number, _ in chosen} == numbers
        assert bundled_into(visit, most=1) is None


def dead(town: Town, number: int) -> None:
    with town.app.app_context(), transaction() as session:
        session.add_all(
            Message(
                key=f"dead-{place}", recipient="leader", channel="sms", urgent=False, state=DEAD,
                tries=5, next_at=now(), created_at=now(), error=f"why {place}.",
            )
            for place in range(number)
        )  # fmt: skip


def test_messages_given_up_come_by_pages(town: Town) -> None:
    dead(town, 203)
    first = page(town, "/admin/messages", "system-admin")
    assert '<span class="count">203</span>' in first
    assert "why 202." in first and "why 3." in first and "why 2." not in first
    further = first.partition('href="/admin/messages?before=')[2].partition('"')[0]
    second = page(town, f"/admin/messages?before={further}", "system-admin")
    assert "why 2." in second and "why 3." not in second and "Further ones" not in second
    found: list[Any] = []
    path = "/notices/dead?limit=100"
    before = None
    while True:
        answer = town.get(path + (f"&before={before}" if before else ""), "system-admin").json
        assert answer["count"] == 203
        found += answer["dead"]
        before = answer["next"]
        if before is None:
            break
    assert [one["error"] for one in found] == [f"why {place}." for place in reversed(range(203))]


def test_readings_are_counted_beyond_what_is_shown(town: Town) -> None:
    contact = {"name": "Wang", "phone": "13812345678"}
    number = town.report(description="a lamp", category="01001", reporter=contact)["number"]
    for _ in range(3):
        answer = town.post(f"/cases/{number}/contact", {"purpose": "ask"}, "leader")
        assert answer.status_code == 200, answer.json
    assert town.get("/contact-readings", "audit-admin").json["count"] == 3
    assert '<span class="count">3</span>' in page(town, "/admin/readings", "audit-admin")
    with town.app.app_context(), transaction(write=False) as session:
        for most in (1, 2, 5):
            told = readings(session, now() - timedelta(days=1), now(), most=most)
            assert (len(told.found), told.number) == (min(most, 3), 3)
        assert readings(session, now() + timedelta(days=1), now()).number == 0
