"""Marked names, contacts and words are planted, everything is exercised, and the marks searched.

They may be in the tables of the database as what they are, and in what those read whom the table
of rights lets; nowhere else: not in logs, addresses, errors, exports, notices, public answers, and
of names and contacts not in a backup either, which has no key.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov import schema
from gridgov.backup.make import make
from gridgov.cases.tables import Case
from gridgov.community.contacts import Reached, put
from gridgov.database import db, transaction
from gridgov.escalation.sweep import ClockWrong
from gridgov.jobs.table import JOBS
from gridgov.notices import webhooks
from gridgov.notices.calls import call_all
from gridgov.notices.channels import add_channel
from gridgov.notices.deliver import deliver
from tests.notices.target import Target, target
from tests.storage.makers import photo
from tests.support.firms import WEST, with_firms
from tests.support.town import PEOPLE, Town

NAME, PHONE, EMAIL = "planted-name-甲", "13977778888", "planted@mark.example"
WORDS = "planted-words of a confidential case"
CONTACT = {"name": NAME, "phone": PHONE, "email": EMAIL}
OF_CONTACT = ("planted-name", PHONE, PHONE[-8:], "planted@mark")
STAFF = "Name-"  # every person of the town has it in their name
THOROUGH = ("dispatcher", "anyone", "reporter")
BODIES: tuple[Any, ...] = (
    {},
    {"step": NAME, "version": 1},
    {"purpose": NAME},
    {"reporter": CONTACT | {"phone": NAME + PHONE}},
    {"reporter": CONTACT, "description": WORDS, "urgency": EMAIL},
    {"reporter": {"name": NAME * 50, "phone": PHONE}},
    [CONTACT],
)


@dataclass
class Heard:
    """All that left the system, with where it came from."""

    said: list[tuple[str, str]] = field(default_factory=list)

    def note(self, where: str, answer: Any) -> Any:
        """Keep an answer with its headers."""
        data = answer.get_data()
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as zip_:
                data = b"".join(zip_.read(name) for name in zip_.namelist())
        text = data.decode(errors="replace")
        self.said.append((where, f"{answer.status_code} {answer.headers} {text}"))
        return answer

    def found(self, *marks: str, where: str = "") -> list[str]:
        """Return where marks were heard."""
        return [
            f"{place}: {mark} in {text[max(text.find(mark) - 80, 0) :][:200]}"
            for place, text in self.said
            if place.startswith(where)
            for mark in marks
            if mark in text
        ]


@pytest.fixture
def bell() -> Iterator[Target]:
    with target() as made:
        yield made


@pytest.fixture
def planted(town: Town) -> tuple[dict[str, Any], dict[str, Any]]:
    """Plant the marks: an open case of somebody who says who they are, and a confidential one."""
    plain = town.report(reporter=CONTACT, description="a lamp", notice_version="2026-11")
    secret = town.report(reporter=CONTACT, description=WORDS, confidential=True)
    for taken in (plain, secret):
        number = taken["number"]
        for who, step, given in (
            ("leader", "file", {"category": "01001"}),
            ("leader", "dispatch", {"unit": "property"}),
            ("handler", "accept", {}),
            ("handler", "progress", {"text": "parts are ordered"}),
        ):
            answer = town.step(number, who if who == "handler" else "dispatcher"
                               if town.read(number, "dispatcher")["level"] != "grid" else who,
                               step, **given)  # fmt: skip
            assert answer.status_code == 200, answer.json
    with_firms(town)
    keys = town.app.extensions["gridgov"].settings.keys
    with town.app.app_context(), transaction() as session:
        put(session, keys, WEST, [Reached(NAME, "manager", PHONE, EMAIL)], datetime.now(UTC))
    data = {"file": (io.BytesIO(photo()), f"{NAME}.jpg", "image/jpeg")}
    code = {"X-Case-Code": plain["query_code"]}
    path = f"/api/v1/cases/{plain['number']}/attachments"
    assert town.client.post(path, data=data, headers=town.headers(**code)).status_code == 201
    return plain, secret


def operations(town: Town) -> list[tuple[str, str]]:
    paths = town.client.get("/api/v1/openapi.json").json["paths"]
    return [
        (method, path) for path, methods in paths.items() for method in methods
        if method != "parameters"
    ]  # fmt: skip


def walk(town: Town, heard: Heard, number: str, code: str, routes: list[tuple[str, str]]) -> None:
    """Call routes as everybody, as the reporter by the code, and as nobody."""
    askers = {who: town.headers(who) for who in PEOPLE} | {
        "resident": town.headers("resident"),
        "anyone": town.headers(),
        "reporter": town.headers(**{"X-Case-Code": code}),
        "wrong": town.headers(**{"Authorization": f"Bearer {NAME.encode().hex()}"}),
    }
    for who, headers in askers.items():
        for method, path in routes:
            if method == "delete" and path.endswith("/contact"):
                continue  # it would erase what is looked for
            at = path.replace("{number}", number).replace("{key}", "1").replace("{code}", WEST)
            bodies = BODIES if who in THOROUGH else BODIES[:1]
            for body in bodies if method in ("post", "put", "patch") else (None,):
                call = getattr(town.client, method)
                more = {} if body is None else {"json": body}
                heard.note(f"{who} {method} {path}", call(at, headers=headers, **more))
        found = f"/api/v1/cases?q={PHONE}"
        heard.note(f"{who} search", town.client.get(found, headers=headers))


def test_marks_stay_where_they_were_planted(
    town: Town,
    planted: tuple[dict[str, Any], dict[str, Any]],
    bell: Target,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    heard, (plain, secret) = Heard(), planted
    settings = replace(town.app.extensions["gridgov"].settings, notice_hosts_allowed=("127.0.0.1",))
    with town.app.app_context(), transaction() as session:
        for person in PEOPLE:
            add_channel(session, settings.keys, person, bell.apprise, datetime.now(UTC))
        webhooks.add(session, settings.keys, f"{bell.url}/hook", datetime.now(UTC))

    routes = operations(town)
    walk(town, heard, plain["number"], plain["query_code"], routes)
    # The rest is the same of whichever case; but its reporter comes with another code.
    of_case = [(method, path) for method, path in routes if "{number}" in path]
    walk(town, heard, secret["number"], secret["query_code"], of_case)
    on_purpose(town, heard)
    run_everything(town, settings)

    # What everybody was answered: contacts nowhere, the confidential words to the few who may.
    assert heard.found(*OF_CONTACT) == []
    may = {"dispatcher", "district-dispatcher", "leader", "deputy", "committee", "reporter"}
    assert {place.partition(" ")[0] for place, text in heard.said if WORDS in text} <= may
    for who in ("anyone", "resident", "wrong", "reporter"):
        assert heard.found(STAFF, where=f"{who} ") == []

    # What others were told.
    assert bell.taken
    told = "".join(f"{one.path} {one.headers} {one.body}" for one in bell.taken)
    for mark in (*OF_CONTACT, WORDS, STAFF):
        assert mark not in told, mark

    # What stands in the log, and in what waits to go out.
    log = caplog.text + "".join(
        str(record.exc_info) for record in caplog.records if record.exc_info
    )
    waiting = rows(town, "notices", "messages", "deliveries", "calls", "ticks", "audit_entries",
                   "requests", "exports")  # fmt: skip
    for mark in (*OF_CONTACT, WORDS):
        assert mark not in log, mark
        assert mark not in waiting, mark

    # What whoever has the database or a backup has, without the key.
    everything = rows(town, *schema.METADATA.tables)
    with town.app.app_context():
        app = town.app.extensions["gridgov"]
        path = tmp_path / "backup.zip"
        make(db.engine, app.store, app.settings.keys, path, datetime.now(UTC))
    with zipfile.ZipFile(path) as zip_:
        saved = b"".join(zip_.read(name) for name in zip_.namelist())
    for mark in OF_CONTACT:
        assert mark not in everything, mark
        assert mark.encode() not in saved, mark
    keys = app.settings.keys
    assert keys.secret.encode() not in saved
    assert secret["query_code"].encode() not in saved
    assert plain["query_code"].encode() not in saved
    # The marks are there indeed: whoever must reach the reporter reads them.
    shown = town.post(f"/cases/{plain['number']}/contact", {"purpose": "ask"}, "dispatcher")
    assert shown.json["phone"] == PHONE
    firms = town.post(f"/firms/{WEST}/contacts/read", {"purpose": "visit"}, "dispatcher")
    assert firms.json["contacts"][0]["phone"] == PHONE


def on_purpose(town: Town, heard: Heard) -> None:
    """Let things go wrong: bodies that are none, values that no column takes, and crashes."""
    for data in (b"{" + NAME.encode(), f'{{"{PHONE}": 1, "{PHONE}": 2}}'.encode(), b"\xff"):
        made = town.client.post("/api/v1/cases", data=data, content_type="application/json",
                                headers=town.headers())  # fmt: skip
        if PHONE.encode() not in data:
            heard.note("broken", made)
    body = {"description": WORDS, "reporter": CONTACT, "channel": "telephone", "external_ref": "7"}
    for _ in range(2):  # the second meets the unique key
        heard.note("twice", town.post("/cases", body, "dispatcher"))
    with pytest.MonkeyPatch.context() as patch:
        # The database refuses the row and says what was in it.
        def spoil(session: Session, *args: Any, **more: Any) -> Any:
            spoilt = {"number": "1", "description": WORDS, "address": NAME + PHONE, "flags": None}
            session.execute(sa.insert(Case).values(spoilt))

        patch.setattr("gridgov.api.cases.report", spoil)
        heard.note("refused row", town.post("/cases", body, "dispatcher"))

        def crash(*args: Any, **more: Any) -> Any:
            raise RuntimeError(f"{NAME} {PHONE} {EMAIL} {WORDS}")

        patch.setattr("gridgov.api.cases.report", crash)
        town.app.config["PROPAGATE_EXCEPTIONS"] = False
        answer = heard.note("crash", town.post("/cases", body, "dispatcher"))
        assert answer.status_code == 500


def run_everything(town: Town, settings: Any) -> None:
    """Run every job, now and a month later, and deliver what there is to tell."""
    with town.app.app_context():
        for at in (datetime.now(UTC), datetime.now(UTC) + timedelta(days=30)):
            for job in JOBS:
                with suppress(ClockWrong):  # a month later, the sweep says so
                    job.run(db.engine, settings, at)
            deliver(db.engine, settings, at)
            call_all(db.engine, settings, at)


def rows(town: Town, *tables: str) -> str:
    """Return all rows of some tables as text, and what the search keeps of the cases."""
    found = []
    with town.app.app_context(), transaction(write=False) as session:
        for name in tables:
            table = schema.METADATA.tables[name]
            shown = (c for c in table.columns if "geom" not in str(c.type).lower())
            found += [repr(row) for row in session.execute(sa.select(*shown))]
        if "cases" in tables:
            found += map(repr, session.execute(sa.text("SELECT * FROM case_grams")))
    return "\n".join(found)
