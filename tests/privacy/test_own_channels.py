"""Channels that accounts keep: handed out and erased on request, gone with the account; and who
was told of a case is forgotten with its contact.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases.tables import Case
from gridgov.cli.privacy import subject
from gridgov.database import db, transaction
from gridgov.notices.channels import add_channel
from gridgov.notices.deliver import deliver
from gridgov.notices.own import add_own
from gridgov.notices.send import Outgoing
from gridgov.notices.tables import DEAD, Channel, Delivery, Message, Notice
from gridgov.people.accounts import add_account, add_token
from gridgov.people.tables import Person
from gridgov.privacy.erase import erase
from gridgov.privacy.refusals import NothingHeld
from gridgov.privacy.subject import erase_all, held
from tests.privacy.conftest import PHONE, Archive
from tests.privacy.test_subject import OTHERS, asked, journal
from tests.support.browser import Browser, account, give_password
from tests.support.desk import START
from tests.support.town import RESIDENT

GATEWAY = '[sms]\nurl = "http://127.0.0.1:9"\nbody = { to = "{to}" }\n'


@pytest.fixture
def telling(archive: Archive, tmp_path: Any) -> Archive:
    """Give an archive in which the resident is told by SMS, and the member, too."""
    (tmp_path / "gateway.toml").write_text(GATEWAY, "utf-8")
    settings = replace(archive.settings, gateway=tmp_path / "gateway.toml")
    extensions = archive.town.app.extensions
    extensions["gridgov"] = replace(extensions["gridgov"], settings=settings)
    with archive.town.app.app_context(), transaction() as session:
        key = account(session, RESIDENT)
        add_own(session, settings.keys, key, f"+86{PHONE}", START, phones=True)
        add_channel(session, settings.keys, "leader", f"sms:{PHONE}", START)
    return archive


def sent(archive: Archive, *, arrives: bool = True) -> list[str]:
    """Deliver what there is to tell; returns the addresses that it went to."""
    went: list[str] = []

    def send(outgoing: Outgoing) -> None:
        went.append(outgoing.address)
        if not arrives:
            raise OSError

    with archive.town.app.app_context():
        deliver(db.engine, archive.settings, archive.at, send)
    return went


def rows(archive: Archive, column: Any) -> Sequence[Any]:
    with archive.town.app.app_context(), transaction(write=False) as session:
        return session.scalars(sa.select(column)).all()


def to_accounts(archive: Archive) -> list[str]:
    """Return all by which it could be known which account was told of which case."""
    kinds = [kind for kind in rows(archive, Notice.to_kind) if kind == "account"]
    return kinds + [one for one in rows(archive, Delivery.recipient) if one.startswith("account:")]


def claimed(archive: Archive, who: str = RESIDENT) -> str:
    """Return the number of a wish that somebody has claimed and was urged to fulfil."""
    number = str(archive.reported(category="51001")["number"])
    for by, step, given in (
        ("leader", "file", {"category": "51001"}),
        ("dispatcher", "publish", {"text": "books for a child"}),
        (who, "claim", {"plan": "on Saturday"}),
        ("leader", "urge", {}),
    ):
        version = archive.town.read(number, "leader")["version"]
        archive.took(number, by, step, version=version, **given)
    return number


def test_the_package_names_ones_account_and_erasing_takes_its_channel(telling: Archive) -> None:
    told = asked(telling)
    assert told["channels"] == [
        {"kind": "sms", "account": RESIDENT, "added_at": START},
        {"kind": "sms", "person": "leader", "added_at": START},
    ]
    runner = telling.town.app.test_cli_runner()
    done = runner.invoke(subject, ["erase", PHONE, "--json"])
    assert done.exit_code == 0, done.output
    (only,) = json.loads(done.stdout)["cases"]
    assert only["erased"] == ["channel"] and PHONE not in done.output
    # By those of staff they are called to work.
    assert rows(telling, Channel.person_code) == ["leader"]
    assert journal(telling)[-1] == ("subject_erasure", {"cases": 0, "refused": 0, "channels": 1})
    with telling.serving() as s, pytest.raises(NothingHeld):
        erase_all(s.session, PHONE, s.at, s.known)


def test_what_was_sent_to_the_reporters_account_is_in_the_package(telling: Archive) -> None:
    number = telling.town.report(RESIDENT, reporter={"phone": PHONE})["number"]
    telling.reject(number)
    assert sent(telling).count(f"sms:+86{PHONE}") == 1
    (case,) = asked(telling)["cases"]
    assert [one["state"] for one in case["messages"]] == ["sent"]


def test_what_was_sent_to_a_reporter_with_a_duty_is_in_the_package(telling: Archive) -> None:
    number = telling.town.report("leader", category="11001", reporter={"phone": PHONE})["number"]
    telling.reject(number)
    assert f"sms:{PHONE}" in sent(telling)
    (case,) = asked(telling)["cases"]
    assert [one["state"] for one in case["messages"]] == ["sent"]


def test_the_channels_of_an_account_that_has_ended_go(telling: Archive) -> None:
    assert telling.plan()["channels"] == 0
    done = telling.town.post(f"/accounts/{RESIDENT}/disable", None, "security-admin")
    assert done.status_code == 204
    assert telling.plan()["channels"] == 1
    assert telling.run()["channels"] == 1
    assert rows(telling, Channel.person_code) == ["leader"]
    assert telling.run()["channels"] == 0


def test_who_was_told_of_a_wish_is_forgotten_with_its_contact(telling: Archive) -> None:
    number = claimed(telling)
    assert f"sms:+86{PHONE}" in sent(telling)
    telling.took(number, "dispatcher", "recall", reason="another way")
    telling.took(number, "leader", "settle", category="51001", result="done by others")
    assert f"sms:+86{PHONE}" in sent(telling)
    assert to_accounts(telling)
    telling.later(days=900)
    assert telling.run()["contact"] == 1
    assert to_accounts(telling) == []
    assert telling.plan()["contact"] == 0
    # What staff was told stays, for it is the record of official acts.
    assert "leader" in rows(telling, Delivery.recipient)


def test_what_was_given_up_is_forgotten_and_not_tried_again(telling: Archive) -> None:
    number = claimed(telling)
    sent(telling, arrives=False)
    telling.took(number, "dispatcher", "recall", reason="another way")
    telling.took(number, "leader", "settle", category="51001", result="done by others")
    with telling.town.app.app_context(), transaction() as session:
        session.execute(sa.update(Message).values(state=DEAD))
    telling.later(days=900)
    assert telling.run()["contact"] == 1
    assert [one for one in rows(telling, Message.recipient) if one.startswith("account:")] == []


def test_a_person_without_a_duty_is_forgotten_as_well(telling: Archive) -> None:
    with telling.town.app.app_context(), transaction() as session:
        session.add(Person(code="neighbour", name="Neighbour", unit_code=None))
        session.flush()
        add_account(session, "neighbour", "neighbour", START)
        telling.town.tokens["neighbour"] = add_token(session, "neighbour", "test", START, None)
        add_channel(session, telling.settings.keys, "neighbour", "sms:13800000099", START)
    number = claimed(telling, "neighbour")
    telling.took(number, "dispatcher", "recall", reason="another way")
    telling.took(number, "leader", "settle", category="51001", result="done by others")
    own = telling.town.report("neighbour", category="11001")["number"]
    telling.took(own, "leader", "settle", category="11001", result="mended")
    assert sent(telling).count("sms:13800000099") == 1  # all of it together
    assert rows(telling, Delivery.recipient).count("neighbour") == 3
    telling.later(days=900)
    assert telling.run()["contact"] == 2
    assert to_accounts(telling) == []
    assert "neighbour" not in rows(telling, Delivery.recipient)


def test_a_reporter_who_takes_back_the_contact_hears_nothing_more(telling: Archive) -> None:
    number = telling.town.report(RESIDENT, category="11001", reporter=OTHERS)["number"]
    telling.took(number, "leader", "ask_more", question="which lamp?")
    sent(telling, arrives=False)
    waiting = [one for one in rows(telling, Message.recipient) if one.startswith("account:")]
    assert len(waiting) == 1
    browser = signed(telling)
    answer = browser("DELETE", f"/cases/{number}/contact?insist=true")
    assert answer.status_code in (200, 204), answer.json
    assert to_accounts(telling) == []
    assert [one for one in rows(telling, Message.recipient) if one.startswith("account:")] == []
    telling.later(hours=4)  # past noon
    assert f"sms:+86{PHONE}" not in sent(telling)


def test_whoever_makes_a_wish_come_true_goes_on_hearing_of_it(telling: Archive) -> None:
    number = claimed(telling)
    sent(telling, arrives=False)
    with telling.serving() as s:
        case = s.session.scalars(sa.select(Case).where(Case.number == number)).one()
        assert erase(s.session, case, ["contact"], "reporter", s.at, s.known) == ["contact"]
    telling.later(hours=4)  # past noon
    assert f"sms:+86{PHONE}" in sent(telling)


def signed(archive: Archive) -> Browser:
    give_password(archive.town, RESIDENT)
    browser = Browser(archive.town)
    assert browser.sign_in(RESIDENT).status_code == 201
    return browser


def test_a_package_of_nothing_but_a_channel(telling: Archive) -> None:
    with telling.serving() as s:
        assert held(s.session, PHONE, s.at, s.known, "en").told["cases"] == []
