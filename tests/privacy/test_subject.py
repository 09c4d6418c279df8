"""A subject's own request: all that is held as a package, and erasing what the law lets go."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.audit.tables import Entry
from gridgov.cases.tables import Case, Reporter
from gridgov.cli.privacy import keys, retention, subject
from gridgov.database import db, transaction
from gridgov.notices.channels import add_channel
from gridgov.privacy import package
from gridgov.privacy.refusals import FileThere, NothingHeld, PhoneWrong
from gridgov.privacy.rotate import rotate
from gridgov.privacy.subject import Answer, erase_all, held
from tests.privacy.conftest import EMAIL, NAME, PHONE, Archive
from tests.privacy.test_retention import audit
from tests.support.desk import START

OTHERS = {"name": "somebody else", "phone": "13900000000"}


def asked(archive: Archive, who: str = PHONE) -> dict[str, Any]:
    with archive.serving() as s:
        return held(s.session, who, s.at, s.known, "en").told


def erased(archive: Archive, who: str = PHONE) -> dict[str, Answer]:
    with archive.serving() as s:
        return {one.number: one for one in erase_all(s.session, who, s.at, s.known)}


def journal(archive: Archive) -> list[tuple[str, dict[str, Any]]]:
    with archive.town.app.app_context(), transaction(write=False) as session:
        query = sa.select(Entry.what, Entry.data).where(Entry.journal == "privacy")
        return [(what, data) for what, data in session.execute(query.order_by(Entry.id))]


def test_the_package_holds_all_and_only_theirs(archive: Archive, tmp_path: Path) -> None:
    first = archive.closed(description="the lamp by <my> door", answers={"floor": 3})
    second = archive.reported(reporter={"phone": "+86 138-1234-5678"})
    archive.photographed(first)
    archive.closed(description="of another", reporter=OTHERS)
    archive.town.post(f"/cases/{second['number']}/contact", {"purpose": "ask"}, "leader")
    with archive.town.app.app_context(), transaction() as session:
        add_channel(session, archive.settings.keys, "leader", f"sms:{PHONE}", START)
    with archive.serving() as s:
        found = held(s.session, "0086 13812345678", s.at, s.known, "en")
        path = tmp_path / "data.zip"
        assert package.write(found, archive.store, path, title="All") == 1
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as zip_:
        told = json.loads(zip_.read("data.json"))
        page = zip_.read("data.html").decode()
        (photo,) = (name for name in zip_.namelist() if name.startswith("files/"))
        assert zip_.read(photo) == archive.store.get(next(iter(archive.store.digests())))
    assert [case["number"] for case in told["cases"]] == [first["number"], second["number"]]
    one, two = told["cases"]
    assert one["contact"]["name"] == NAME and one["answers"] == {"floor": 3}
    assert one["files"] == [photo]
    assert {"report", "settle"} <= {event["step"] for event in one["events"]}
    assert two["contact_was_read"] == [
        {"at": archive.at.isoformat(), "role": "leader", "purpose": "ask"}
    ]
    assert told["channels"] == [{"kind": "sms", "person": "leader", "added_at": START.isoformat()}]
    assert told["notice"]["version"]
    assert "&lt;my&gt; door" in page and "<my>" not in page
    for text in (page, json.dumps(told, ensure_ascii=False)):
        assert "of another" not in text and "somebody else" not in text
        assert "Name-" not in text  # of staff
    with pytest.raises(FileThere):
        package.write(found, archive.store, path, title="All")


def test_an_address_is_as_good_as_a_number(archive: Archive) -> None:
    number = archive.reported()["number"]
    assert [one["number"] for one in asked(archive, EMAIL.upper())["cases"]] == [number]


@pytest.mark.parametrize(
    ("who", "error"), [("", PhoneWrong), ("abc", PhoneWrong), ("13700000000", NothingHeld)]
)
def test_who_is_not_there_is_told_so(archive: Archive, who: str, error: type[Exception]) -> None:
    archive.reported()
    with pytest.raises(error):
        asked(archive, who)
    with pytest.raises(error):
        erased(archive, who)


def test_what_may_go_goes_and_the_rest_says_why(archive: Archive) -> None:
    old = archive.closed(description="old")
    archive.photographed(old)
    archive.later(days=20)
    firm = archive.closed(description="of a firm", category="21001")
    archive.later(days=20)
    young, still_open = archive.closed(), archive.reported()
    others = archive.closed(reporter=OTHERS)

    answers = erased(archive)

    assert answers.keys() == {one["number"] for one in (old, firm, young, still_open)}
    assert answers[old["number"]].erased == ["contact", "text", "photos"]
    # Its text is for somebody to look at.
    assert answers[firm["number"]].erased == ["contact"]
    assert answers[young["number"]].refused == "recourse"
    until = answers[young["number"]].until
    assert until is not None and (until - archive.at).days in (14, 15)
    assert answers[still_open["number"]].refused == "open"
    left = {one["number"] for one in asked(archive)["cases"]}
    assert left == {young["number"], still_open["number"]}
    assert archive.town.read(others["number"], "dispatcher")["reporter"]
    archive.later(days=16)
    assert erased(archive)[young["number"]].erased
    audit(archive)


def test_the_journal_tells_of_it_without_the_number(archive: Archive) -> None:
    archive.closed()
    archive.later(days=20)
    asked(archive)
    erased(archive)
    entries = journal(archive)
    assert [what for what, _ in entries] == [
        "subject_export", "personal_data_erased", "subject_erasure",
    ]  # fmt: skip
    with archive.town.app.app_context(), transaction(write=False) as session:
        hashes = session.scalars(sa.select(Reporter.phone_hash)).all()
    told = repr(entries)
    assert PHONE not in told and PHONE[-8:] not in told and NAME not in told
    assert not any(bytes(one or b"-").hex() in told for one in hashes)


def test_after_a_change_of_keys_it_is_still_found(archive: Archive) -> None:
    number = archive.reported()["number"]
    settings = replace(
        archive.settings, contact_key="another", contact_keys_before=(archive.settings.secret_key,)
    )
    with archive.town.app.app_context():
        for done in (False, True):
            if done:
                rotate(db.engine, settings)
            with archive.serving() as s:
                known = replace(s.known, settings=settings)
                told = held(s.session, PHONE, s.at, known, "en").told
                assert [one["number"] for one in told["cases"]] == [number]


def test_the_commands(archive: Archive, tmp_path: Path) -> None:
    number = archive.reported()["number"]
    runner = archive.town.app.test_cli_runner()
    path = tmp_path / "a.zip"
    done = runner.invoke(subject, ["export", PHONE, "--to", str(path)])
    assert done.exit_code == 0 and path.exists(), done.output
    done = runner.invoke(subject, ["erase", PHONE])
    assert done.exit_code == 0 and number in done.output, done.output
    assert PHONE not in done.output
    done = runner.invoke(keys, ["status", "--json"])
    assert [one["contacts"] for one in json.loads(done.stdout)["keys"]] == [1]
    done = runner.invoke(keys, ["rotate", "--json"])
    assert json.loads(done.stdout)["reporters.sealed"] == 0
    for command in ("plan", "run"):
        done = runner.invoke(retention, [command, "--json"])
        assert json.loads(done.stdout)["contact"] == 0, done.output
    assert runner.invoke(retention, ["review"]).exit_code == 0
    assert runner.invoke(retention, ["decide", number, "keep"]).exit_code == 1


def test_what_was_written_for_it_as_items_goes_with_it(archive: Archive) -> None:
    there = {"lon": 121.4905, "lat": 29.8805, "address": "6 of my street"}
    joint = archive.reported(category="11001", location=there)["number"]
    archive.took(joint, "leader", "propose_joint", reason="no single unit can")
    archive.took(joint, "dispatcher", "open_joint", unit="office")
    archive.took(joint, "handler-office", "accept")
    other = archive.reported(reporter=OTHERS, category="11001")["number"]
    archive.took(other, "dispatcher", "bundle", target=joint)
    items = {
        text: archive.town.post(f"/cases/{joint}/items", {"text": text}, "head-office").json[
            "number"
        ]
        for text in ("dropped", "left")
    }
    for number in (items["dropped"], other):
        if number == other:
            archive.took(number, "dispatcher", "file", category="11001")
        archive.took(number, "head-office", "drop_item", reason="no")
    archive.took(items["left"], "head-office", "dispatch", unit="property")
    archive.took(items["left"], "handler", "accept")
    until = (archive.at + timedelta(days=90)).date().isoformat()
    archive.took(
        items["left"], "handler", "ask_suspension", suspension_reason="works", resume_on=until
    )
    archive.took(items["left"], "dispatcher", "suspend")
    archive.later(minutes=1)
    archive.took(joint, "handler-office", "progress", text="one has to wait")
    archive.took(joint, "head-office", "close_joint", outcome="partly_solved", result="so far")
    archive.later(days=16)
    # In the package they stand with the case that they were written for; another's does not.
    (whole,) = asked(archive)["cases"]
    listed = [(one["description"], one["status"], one["address"]) for one in whole["items"]]
    assert listed == [
        ("dropped", "rejected", there["address"]),
        ("left", "suspended", there["address"]),
    ]
    assert whole["items"][0]["place"] == {"lon": 121.4905, "lat": 29.8805}

    answers = erased(archive)

    assert answers.keys() == {joint, *items.values()}
    assert answers[items["dropped"]].erased == ["text"]
    assert answers[items["left"]].refused == "open"
    with archive.serving() as s:
        rows = s.session.scalars(sa.select(Case).order_by(Case.id)).all()
        addresses = {row.number: row.address for row in rows}
        texts = {row.number: (row.summary, row.description) for row in rows}
    assert addresses[joint] is addresses[items["dropped"]] is None
    assert texts[items["dropped"]] == (None, None)
    # What is still worked on, and what somebody else reported, keeps its words.
    assert addresses[items["left"]] and texts[items["left"]][0]
    assert texts[other][1]
    audit(archive)
