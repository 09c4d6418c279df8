"""A new contact key: everything is sealed again while others read and report, nothing is lost."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gridgov import schema
from gridgov.backup.archive import opened
from gridgov.backup.make import make
from gridgov.backup.refusals import BackupOtherKeys
from gridgov.cases.contact import e164, unseal
from gridgov.cases.tables import Case, Reporter
from gridgov.community.contacts import Reached, put
from gridgov.database import db, transaction
from gridgov.keys import Keys, Unreadable, derive
from gridgov.notices.channels import add_channel, address_of
from gridgov.notices.tables import Webhook
from gridgov.notices.webhooks import add as add_webhook
from gridgov.notices.webhooks import secret_of
from gridgov.people import endpoints
from gridgov.people.accounts import account_id
from gridgov.people.second_factor import enrol, prepare, prove
from gridgov.people.sessions import open_session
from gridgov.people.tables import SignedIn
from gridgov.privacy.rotate import OTHERS, rotate, status
from gridgov.settings import Settings
from tests.support.browser import TOTP
from tests.support.desk import START
from tests.support.firms import WEST, firm
from tests.support.town import Town

OLD, NEW, NEXT = "the old contact key", "the new contact key", "the next contact key"
RESEALED = {
    "reporters.sealed": 10, "channels.sealed": 1, "webhooks.sealed": 1,
    "firm_contacts.sealed": 1, "accounts.totp_sealed": 1, "accounts.totp_waiting": 1,
    "unit_endpoints.sealed": 1,
}  # fmt: skip
# Codes, digests, keys that are public, and what is sealed with a key of the secret itself.
NOT_SEALED = {
    "reporters.phone_hash", "reporters.email_hash", "channels.digest", "requests.body",
    "cases.chain", "events.mac", "events.text_digest", "event_texts.salt", "audit_entries.mac",
    "audit_heads.mac", "seals.root", "seals.previous", "seals.signature", "seal_members.mac",
    "passkeys.public_key",
    "passkeys.credential", "figure_days.minutes", "exchanged.digest",
    "exchanged.words", "exchanged.urged", "exchanged.added",
}  # fmt: skip


def contact(place: int) -> dict[str, str]:
    return {"name": f"王{place}", "phone": f"138{place:08d}", "email": f"r{place}@Example.org"}


@pytest.fixture
def reported(town: Town) -> Iterator[Settings]:
    """Give a town with ten contacts, sealed with a key that derives from the secret."""
    for place in range(10):
        town.report(reporter=contact(place))
    with town.app.app_context():
        yield town.app.extensions["gridgov"].settings


def changed(settings: Settings, current: str, *before: str) -> Settings:
    return replace(settings, contact_key=current, contact_keys_before=before)


def contacts(keys: Keys) -> dict[str, str | None]:
    """Read every contact there is."""
    with transaction(write=False) as session:
        query = sa.select(Reporter, Case.number).join(Case, Case.id == Reporter.case_id)
        return {number: unseal(row, keys, number).phone for row, number in session.execute(query)}


def counts(settings: Settings) -> dict[str, int]:
    with transaction(write=False) as session:
        return status(session, settings.keys)


def test_all_is_sealed_again_and_the_old_key_is_needed_no_more(reported: Settings) -> None:
    before = contacts(reported.keys)
    settings = changed(reported, NEW, reported.secret_key)
    with transaction() as session:
        channel = add_channel(session, reported.keys, "leader", "sms:13900001111", START).id
        hook = add_webhook(session, reported.keys, "https://other.example/x", START)
        session.add(firm(WEST, "a firm", None, None))
        session.flush()
        put(session, reported.keys, WEST, [Reached(phone="13800000000")], START)
        endpoints.put(session, reported.keys, "office", "https://x.example", START, key="theirs")
        enrol(session, reported.keys, account_id(session, "leader"), TOTP, START)
        member = account_id(session, "member")
        open_session(
            session, reported.keys, member, START,
            way="password", remembered=False, proven=False, device="",
        )  # fmt: skip
        signed_in = session.scalars(sa.select(SignedIn.id).where(SignedIn.account_id == member))
        prepare(session, reported.keys, member, "office", signed_in.one())
    assert contacts(settings.keys) == before

    assert rotate(db.engine, settings) == RESEALED

    alone = changed(reported, NEW)
    assert contacts(alone.keys) == before
    assert counts(alone) == {alone.keys.contact_key_id: 10}
    with transaction(write=False) as session:
        assert address_of(session, alone.keys, "leader", channel) == ("sms", "sms:13900001111")
        row = session.scalars(sa.select(Webhook)).one()
        assert secret_of(row, alone.keys) == hook[1]
        endpoint = endpoints.of_unit(session, "office")
        assert endpoint and endpoints.key_of(endpoint, alone.keys) == "theirs"
        hashes = session.scalars(sa.select(Reporter.phone_hash)).all()
        wanted = {alone.keys.find_by(e164(phone, "86") or "")[0] for phone in before.values()}
        assert {bytes(one or b"") for one in hashes} == wanted
    with transaction() as session:
        code = pyotp.TOTP(TOTP).at(START)
        assert prove(session, alone.keys, account_id(session, "leader"), code, START)
    with pytest.raises(Unreadable):
        contacts(reported.keys)
    assert set(rotate(db.engine, alone).values()) == {0}


def test_whoever_stops_it_finds_the_rest_to_do(reported: Settings) -> None:
    settings = changed(reported, NEW, reported.secret_key)

    def pull_the_plug(what: str, done: int, total: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(db.engine, settings, batch=2, progress=pull_the_plug)
    assert counts(settings) == {settings.keys.contact_key_id: 4, reported.keys.contact_key_id: 6}
    assert len(contacts(settings.keys)) == 10

    assert rotate(db.engine, settings)["reporters.sealed"] == 6


def test_nothing_is_unreadable_at_any_instant(town: Town, reported: Settings) -> None:
    """Two rotations at once, while one thread reads all the time and another reports."""
    before = contacts(reported.keys)
    settings = changed(reported, NEW, reported.secret_key)
    stop, seen = threading.Event(), []

    def inside(work: Callable[[], Any]) -> Any:
        with town.app.app_context():
            return work()

    def read() -> None:
        while not stop.is_set():
            found = contacts(settings.keys)
            seen.append(len(found))
            assert before.items() <= found.items()

    def report() -> None:
        # This server still seals with the old key.
        for place in range(100, 105):
            town.app.test_client().post(
                "/api/v1/cases",
                json={"description": "x", "reporter": contact(place)},
                headers=town.headers(),
            )

    with ThreadPoolExecutor(4) as pool:
        reader, reporter = pool.submit(inside, read), pool.submit(inside, report)
        both = [pool.submit(inside, lambda: rotate(db.engine, settings, batch=1)) for _ in range(2)]
        for one in (*both, reporter):
            one.result()
        stop.set()
        reader.result()

    assert seen
    rotate(db.engine, settings)  # what was reported behind its back
    assert counts(settings) == {settings.keys.contact_key_id: 15}
    assert len(contacts(changed(reported, NEW).keys)) == 15


def test_a_contact_from_before_there_were_hashes_gets_them(reported: Settings) -> None:
    with transaction() as session:
        session.execute(sa.update(Reporter).values(phone_hash=None, email_hash=None))
    assert rotate(db.engine, reported)["reporters.sealed"] == 10
    with transaction(write=False) as session:
        without = sa.or_(Reporter.phone_hash.is_(None), Reporter.email_hash.is_(None))
        assert session.scalar(sa.select(sa.func.count()).where(without)) == 0


def test_a_missing_key_is_told_and_nothing_is_lost(reported: Settings) -> None:
    with pytest.raises(Unreadable):
        rotate(db.engine, changed(reported, NEXT, NEW))
    assert len(contacts(reported.keys)) == 10


def test_every_sealed_column_is_rotated() -> None:
    """Whoever seals something else with this key adds it to the table of rotations."""
    raw = {
        f"{table.name}.{column.name}"
        for table in schema.METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
    }
    assert raw - NOT_SEALED == {"reporters.sealed", *OTHERS}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("13812345678", "+8613812345678"),
        ("+86 138-1234-5678", "+8613812345678"),
        ("0086 138 1234 5678", "+8613812345678"),
        ("86 13812345678", "+8613812345678"),
        ("0574-8765 4321", "+8657487654321"),
        ("+852 2345 6789", "+85223456789"),
        ("", None),
        ("00", None),
        (None, None),
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str | None, meant: str | None) -> None:
    assert e164(written, "86") == meant


@given(st.text("0123456789 -", min_size=1), st.sampled_from(["86", "49", "1"]))
def test_what_is_brought_to_its_form_stays_in_it(written: str, country: str) -> None:
    once = e164(written, country)
    assert e164(once, country) == once


def test_hashes_of_two_keys_have_nothing_in_common() -> None:
    keys = Keys("secret", contact=NEW, contact_before=(OLD,))
    now, before = keys.find_by("+8613812345678")
    assert now != before == Keys("x", contact=OLD).find_by("+8613812345678")[0]
    assert now != Keys("x", contact=NEW).find_by("+8613812345679")[0]


def test_a_backup_from_before_is_proven_with_the_new_key_and_holds_none(
    town: Town, reported: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    store = town.app.extensions["gridgov"].store
    make(db.engine, store, reported.keys, path, START)
    told = {"other_keys": False, "progress": lambda what, done, total: None}
    for keys in (reported.keys, changed(reported, NEW, reported.secret_key).keys):
        with opened(path, keys, **told) as archive:
            (table,) = (one for one in archive.manifest.tables if one.name == "reporters")
            for row in archive.rows(table):
                assert {"sealed", "key_id", "phone_hash", "email_hash"} <= row.keys()
                assert row["phone_hash"] and row["key_id"] == reported.keys.contact_key_id
    with pytest.raises(BackupOtherKeys), opened(path, changed(reported, NEW).keys, **told):
        pass
    with zipfile.ZipFile(path) as zip_:
        whole = b"".join(zip_.read(name) for name in zip_.namelist())
    for secret in (reported.secret_key, "a secret of the tests"):
        assert secret.encode() not in whole
        assert derive(secret, "contact") not in whole
