"""What is over its period goes: rehearsed to the number, run, and the figures stay the same."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov import schema
from gridgov.audit.seal import seal
from gridgov.audit.verify import verify
from gridgov.cases.act import scene_of
from gridgov.cases.clocks import clocks
from gridgov.cases.contact import Contact
from gridgov.cases.fields import FIELDS, Kind
from gridgov.cases.known import known
from gridgov.cases.placing import Location
from gridgov.cases.report import About
from gridgov.cases.tables import Attachment, Case, Event, EventText, Reporter
from gridgov.cases.workflow import STEPS
from gridgov.database import db, transaction
from gridgov.people.actors import CLOCK
from gridgov.privacy import retain
from gridgov.privacy.erase import CONTACT, PHOTOS, TEXT, erase
from gridgov.privacy.retain import run
from gridgov.privacy.review import decide, listed
from tests.privacy.conftest import NAME, PHONE, Archive, refused
from tests.storage.makers import photo
from tests.support.desk import REPORTER, trying
from tests.support.town import IN_G1, Town

WORDS = "unmistakable words of a reporter"
NOTHING = {"contact": 0, "text": 0, "photos": 0, "review": 0, "requests": 0,
           "channels": 0, "files": 0}  # fmt: skip


def rows(archive: Archive) -> dict[str, int]:
    with archive.town.app.app_context(), transaction(write=False) as session:
        return {
            model.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
            for model in (Reporter, Attachment, EventText)
        }


def figures(archive: Archive) -> Any:
    """Return all that figures are counted from, with the clocks of every case."""
    with archive.town.app.app_context(), transaction(write=False) as session:
        knows = known(session, archive.settings)
        events = session.scalars(sa.select(Event).where(Event.step != "erase").order_by(Event.id))
        told = [
            (e.case_id, e.version, e.round, e.at, e.step, e.role, e.person_code, e.unit_code,
             e.from_status, e.to_status, e.inferred, e.data)
            for e in events
        ]  # fmt: skip
        cases = session.scalars(sa.select(Case).order_by(Case.id)).all()
        columns = [
            (c.number, c.status, c.level, c.round, c.kind, c.category_code, c.urgency, c.channel,
             c.cell_code, c.grid_code, c.unit_code, c.outcome, c.reported_at, c.filed_at,
             c.closed_at, c.confidential, c.to_sample, c.flags)
            for c in cases
        ]  # fmt: skip
        measured = []
        for case in cases:
            scene = scene_of(session, case, CLOCK, archive.at, knows)
            past = [one for one in scene.past if one.step != "erase"]
            with_it = clocks(scene.past, scene.category, knows.ladder, scene.calendar)
            assert with_it == clocks(past, scene.category, knows.ladder, scene.calendar)
            measured.append(with_it)
        return told, columns, measured


def test_what_is_rehearsed_is_what_is_erased_and_the_figures_stay(archive: Archive) -> None:
    old = archive.closed(description=WORDS, category="11001")
    archive.photographed(old)
    enterprise = archive.closed(description=WORDS, category="21001")
    archive.later(days=500)
    young = archive.closed(description="young")
    still_open = archive.reported(description="open")
    archive.later(days=720)
    before, kept = figures(archive), rows(archive)

    planned = archive.plan()
    assert planned == NOTHING | {"contact": 2, "text": 1, "photos": 1, "review": 1, "files": 1}
    assert rows(archive) == kept
    assert archive.run() == planned

    assert archive.plan() == NOTHING | {"review": 1}
    assert archive.run() == NOTHING | {"review": 1}
    assert figures(archive) == before
    assert rows(archive)["reporters"] == 2
    assert list(archive.store.digests()) == []
    view = archive.town.read(old["number"], "dispatcher")
    assert (view["text"], view["address"], view["result"]) == (None, None, None)
    assert view["point"] is None and view["cell"]
    assert [one["step"] for one in archive.timeline(old["number"])][-3:] == ["erase"] * 3
    assert archive.town.read(enterprise["number"], "dispatcher")["text"] == WORDS
    for taken in (young, still_open):
        assert archive.town.read(taken["number"], "dispatcher")["reporter"]["phone"]


def test_what_was_erased_is_found_no_more_and_the_chain_still_holds(archive: Archive) -> None:
    taken = archive.closed(description=WORDS)
    assert archive.town.get("/cases?q=unmistakable", "dispatcher").json["cases"]
    archive.later(days=1100)
    archive.run()
    assert archive.town.get("/cases?q=unmistakable", "dispatcher").json["cases"] == []
    assert archive.town.get("/cases?q=fixed", "dispatcher").json["cases"] == []
    code = {"X-Case-Code": taken["query_code"]}
    assert archive.town.get(f"/cases/{taken['number']}", **code).json["status"] == "closed"
    everything = dumped(archive)
    assert WORDS not in everything
    assert PHONE not in everything and "138****5678" not in everything and NAME[0] not in everything
    audit(archive)


def dumped(archive: Archive) -> str:
    with archive.town.app.app_context(), transaction(write=False) as session:
        return whole(session)


def whole(session: Session) -> str:
    """Return all that stands in the database."""
    text = "\n".join(
        repr(row)
        for table in schema.METADATA.sorted_tables
        for row in session.execute(
            sa.select(*(c for c in table.columns if "geom" not in str(c.type).lower()))
        )
    )
    grams = session.execute(sa.text("SELECT * FROM case_grams")).all()
    return text + repr(grams)


def audit(archive: Archive) -> None:
    """The audit finds no alteration: what is gone was erased, and says so."""
    keys = archive.settings.keys
    with archive.town.app.app_context():
        seal(db.engine, keys, archive.at, whole=True)
        verdict = verify(db.engine, keys, archive.at)
    assert verdict.sound, verdict.findings
    assert verdict.erased


def test_bytes_stay_while_another_case_has_them(archive: Archive) -> None:
    first, second = archive.closed(), archive.reported()
    for taken in (first, second):
        archive.photographed(taken, photo())
    (digest,) = archive.store.digests()
    archive.later(days=800)
    assert archive.plan()["files"] == archive.run()["files"] == 0
    assert archive.store.get(digest)
    archive.reject(second["number"])
    archive.later(days=800)
    assert archive.plan()["files"] == archive.run()["files"] == 1
    assert list(archive.store.digests()) == []


def test_bytes_whose_row_is_still_to_come_stay(archive: Archive) -> None:
    archive.store.put(b"just sent")
    with archive.town.app.app_context():
        now = datetime.now(UTC)
        assert run(db.engine, archive.settings, archive.store, now).files == 0
        assert run(db.engine, archive.settings, archive.store, now + timedelta(hours=2)).files == 1


@pytest.mark.parametrize("days", [729, 731])
def test_a_rejected_case_counts_from_its_rejection(archive: Archive, days: int) -> None:
    taken = archive.reported()
    archive.later(days=20)
    archive.reject(taken["number"])
    archive.later(days=days)
    archive.took(taken["number"], "dispatcher", "comment", text="an old one")
    assert archive.run()["contact"] == (days > 730)


def test_a_merged_case_keeps_its_contact_as_long_as_what_carries_it(archive: Archive) -> None:
    carried, carrier = archive.reported(), archive.reported()
    archive.took(carried["number"], "leader", "merge", target=carrier["number"])
    archive.later(days=800)
    assert archive.run()["contact"] == 0
    archive.reject(carrier["number"])
    archive.later(days=731)
    assert archive.run()["contact"] == 2


def test_an_old_text_is_looked_at_and_kept_or_blanked(archive: Archive) -> None:
    kept, blanked = (archive.closed(category="21001", description=WORDS) for _ in range(2))
    archive.later(days=1100)
    archive.run()
    with archive.serving() as s:
        numbers = {one["number"] for one in listed(s.session, s.at, s.known)}
        assert numbers == {kept["number"], blanked["number"]}
        assert decide(s.session, kept["number"], s.at, s.known, blank=False) == []
        assert decide(s.session, blanked["number"], s.at, s.known, blank=True) == ["text"]
        assert listed(s.session, s.at, s.known) == []
    assert archive.town.read(blanked["number"], "dispatcher")["text"] is None
    archive.later(days=366)
    assert archive.plan()["review"] == 1


def test_stopped_anywhere_it_goes_on(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        archive.closed()
    archive.later(days=731)
    monkeypatch.setattr("gridgov.privacy.retain.BATCH", 1)
    erased: list[int] = []

    def once(*args: Any, **more: Any) -> list[str]:
        if erased:
            raise KeyboardInterrupt
        erased.append(1)
        return whole(*args, **more)

    whole = retain.erase
    with monkeypatch.context() as patch:
        patch.setattr(retain, "erase", once)
        with pytest.raises(KeyboardInterrupt):
            archive.run()
    assert rows(archive)["reporters"] == 2
    assert archive.run()["contact"] == 2


def test_the_period_is_a_setting(archive: Archive) -> None:
    archive.closed()
    archive.later(days=31)
    assert archive.plan()["contact"] == 0
    with archive.town.app.app_context():
        short = replace(archive.settings, retention_days=30)
        assert run(db.engine, short, archive.store, archive.at).cases["contact"] == 1


def own(archive: Archive, taken: dict[str, Any], query: str = "") -> Any:
    headers = archive.town.headers(**{"X-Case-Code": taken["query_code"]})
    path = f"/api/v1/cases/{taken['number']}/contact{query}"
    return archive.town.client.delete(path, headers=headers)


def test_a_reporter_has_their_contact_erased(archive: Archive) -> None:
    taken = archive.closed()
    answer = own(archive, taken)
    assert (answer.status_code, answer.json["erased"]) == (200, ["contact"])
    assert rows(archive)["reporters"] == 0
    assert archive.town.read(taken["number"], "dispatcher")["reporter"] is None
    assert refused(own(archive, taken)) == (404, "NoContact")
    # Number and code still open it.
    assert archive.town.by_code(taken, "reopen", reason="again").status_code == 200


def test_while_a_case_is_open_only_who_insists(archive: Archive) -> None:
    taken = archive.reported()
    assert refused(own(archive, taken)) == (409, "StillOpen")
    assert rows(archive)["reporters"] == 1
    assert own(archive, taken, "?insist=true").status_code == 200
    assert archive.town.read(taken["number"], "dispatcher")["anonymous"]
    archive.took(taken["number"], "leader", "settle", category="01001", result="x")


def test_staff_does_not_erase_for_a_reporter(archive: Archive) -> None:
    taken = archive.closed()
    for who, status in (("dispatcher", 403), ("handler-office", 404), (None, 401)):
        answer = archive.town.client.delete(
            f"/api/v1/cases/{taken['number']}/contact", headers=archive.town.headers(who)
        )
        assert answer.status_code == status, who


LONG_WAY = [
    ("leader", "ask_verify"), ("member", "verify"), ("dispatcher", "ask_more"),
    (REPORTER, "supply"),
    ("dispatcher", "summarise"), ("dispatcher", "publish"), ("leader", "file"),
    ("leader", "dispatch"), ("handler", "accept"), ("handler", "ask_return"),
    ("dispatcher", "refuse_return"), ("handler", "ask_extension"), ("dispatcher", "extend"),
    ("handler", "ask_suspension"), ("dispatcher", "suspend"), ("dispatcher", "resume"),
    ("handler", "progress"), (REPORTER, "comment"), (REPORTER, "urge"), ("committee", "supervise"),
    ("head", "answer"), ("committee", "instruct"), ("committee", "yellow_card"),
    ("dispatcher", "amend"), ("leader", "escalate"), ("handler", "submit"),
    ("dispatcher", "rework"),
    ("handler", "submit"), ("dispatcher", "pass"), ("head", "appeal_timeout"),
    ("dispatcher", "uphold"), (REPORTER, "evaluate"), (REPORTER, "reopen"),
    ("dispatcher", "assign_final"), ("handler-office", "accept"), ("handler-office", "submit"),
    ("dispatcher", "pass"),
]  # fmt: skip


def test_no_word_that_anybody_wrote_stays_in_any_table(town: Town) -> None:
    """Marks in each text of each step and in each address; of cases that ended in every way."""
    marks = (f"planted-{number}-mark" for number in itertools.count())
    planted: set[str] = set()

    def mark() -> str:
        made = next(marks)
        planted.add(made)
        return made

    with trying(town) as desk:

        def do(case: Case, who: str, name: str, **more: Any) -> None:
            texts = [one for one in STEPS[name].fields if FIELDS[one].kind is Kind.TEXT]
            desk.act(case, who, name, **({one: mark() for one in texts} | more))

        def taken() -> Case:
            return desk.take(
                description=mark(),
                answers={"lamps": mark()},
                location=Location(*IN_G1, address=mark()),
                subject=About("other", text=mark()),
                contact=Contact(phone="13800000000"),
            )

        long, proposed, merged, withdrawn = (taken() for _ in range(4))
        for who, name in LONG_WAY:
            place = {"location": Location(*IN_G1, address=mark())} if name == "amend" else {}
            do(long, who, name, **place)
        for case, who, name in (
            (proposed, "dispatcher", "reject"),
            (merged, "dispatcher", "merge"),
            (withdrawn, REPORTER, "withdraw"),
        ):
            do(case, "dispatcher", "propose_joint")
            do(case, who, name)
        everything = whole(desk.session)
        assert len([one for one in planted if f"{one}'" in everything]) > 50
        for case in (long, proposed, merged, withdrawn):
            erase(desk.session, case, [CONTACT, TEXT, PHOTOS], "retention", desk.at, desk.known)
        desk.session.flush()
        everything = whole(desk.session)
        assert not {one for one in planted if one in everything}
