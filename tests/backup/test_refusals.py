"""A backup that is not whole, not ours or not wanted here is refused, and nothing is half done."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov import schema
from gridgov.backup import rules
from gridgov.backup.make import make
from gridgov.backup.refusals import (
    BackupExists,
    BackupOtherKeys,
    BackupTooNew,
    BackupUnreadable,
    BackupUnwritable,
    NotEmpty,
    RowsRefused,
    SchemaNotCurrent,
)
from gridgov.backup.restore import restore
from gridgov.errors import GridgovError
from gridgov.keys import Keys
from gridgov.park.tables import Area
from gridgov.storage.store import LocalFolder
from tests.support.kept import unkept
from tests.support.town import Town

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
KEYS = Keys("a secret of the tests")
Parts = dict[str, bytes]


@pytest.fixture
def store(tmp_path: Path) -> LocalFolder:
    return LocalFolder(tmp_path / "restored")


@pytest.fixture(scope="session")
def parts(shared_town: Town, tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The parts of a good backup."""
    taken = shared_town.report(description="路灯不亮")
    files = shared_town.app.extensions["gridgov"].store
    digest = files.put(b"a file")
    engine = shared_town.app.extensions["sqlalchemy"]
    with shared_town.app.app_context():
        bind = engine.engine
    with bind.begin() as connection:
        case, event = connection.execute(
            sa.text(
                "SELECT cases.id, events.id FROM cases JOIN events ON case_id = cases.id"
                " WHERE number = :number"
            ),
            {"number": taken["number"]},
        ).one()
        connection.execute(
            schema.METADATA.tables["attachments"].insert(),
            {
                "case_id": case, "event_id": event, "digest": digest, "media_type": "x/y",
                "size": 6, "audience": "staff", "added_at": AT,
            },
        )  # fmt: skip
    path = tmp_path_factory.mktemp("backup") / "good.zip"
    make(bind, files, KEYS, path, AT)
    with zipfile.ZipFile(path) as zip_:
        return {name: zip_.read(name) for name in zip_.namelist()}


def write(path: Path, parts: Parts, *more: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zip_:
        for name, data in [*parts.items(), *more]:
            zip_.writestr(name, data)
    return path


def sealed(parts: Parts, change: Callable[[Any], None]) -> Parts:
    """Change the manifest, and seal it as its maker would have."""
    manifest = json.loads(parts[rules.MANIFEST])
    change(manifest)
    raw = json.dumps(manifest).encode()
    return parts | {rules.MANIFEST: raw, rules.SEAL: rules.seal(raw, KEYS).encode()}


def refused(error: type[GridgovError], engine: Engine, store: LocalFolder, path: Path) -> str:
    """Hold that a backup is refused and nothing is left of it; return the sentence."""
    with pytest.raises(error) as caught:
        restore(engine, store, KEYS, path)
    assert list(store.digests()) == []
    # Not even tables: the schema is made in the transaction that fills them.
    assert set(sa.inspect(engine).get_table_names()) & schema.METADATA.tables.keys() == set()
    return str(caught.value)


def test_the_parts_as_they_are_can_be_restored(
    parts: Parts, empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    restore(empty_engine, store, KEYS, write(tmp_path / "a.zip", parts))
    assert b"a file" in [store.get(digest) for digest in store.digests()]


def test_a_truncated_backup_is_refused(
    parts: Parts, empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.zip", parts)
    whole = path.read_bytes()
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert "a.zip" in refused(BackupUnreadable, empty_engine, store, path)


def test_a_damaged_backup_is_refused(
    parts: Parts, empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.zip", parts)
    whole = path.read_bytes()
    for place in range(40, len(whole) - 40, len(whole) // 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            restore(empty_engine, store, KEYS, path)
        except (BackupUnreadable, BackupOtherKeys):
            assert list(store.digests()) == []
            continue
        # A byte that says nothing, such as a date in the ZIP's directory.
        with empty_engine.begin() as connection:
            unkept(connection)
            for table in reversed(schema.METADATA.sorted_tables):
                connection.execute(table.delete())
        for digest in store.digests():
            store.delete(digest)


def test_a_file_that_is_no_backup_is_refused(
    empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("hello")
    refused(BackupUnreadable, empty_engine, store, tmp_path / "text")
    refused(BackupUnreadable, empty_engine, store, tmp_path / "missing")
    refused(BackupUnreadable, empty_engine, store, write(tmp_path / "a.zip", {"a.txt": b"hello"}))


def test_tampered_parts_are_refused(
    parts: Parts, empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    file = next(name for name in parts if name.startswith("files/"))
    accounts = "tables/accounts.jsonl"
    for name in (file, accounts):
        path = write(tmp_path / "a.zip", parts | {name: parts[name] + b" "})
        assert name in refused(BackupUnreadable, empty_engine, store, path)
    for name in (file, accounts, rules.SEAL, rules.MANIFEST):
        fewer = {part: data for part, data in parts.items() if part != name}
        refused(BackupUnreadable, empty_engine, store, write(tmp_path / "a.zip", fewer))


def test_a_manifest_that_fits_tampered_rows_has_no_seal(
    parts: Parts, empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    rows = parts["tables/areas.jsonl"] + '["999999","塞进来的"]\n'.encode()

    def fit(manifest: Any) -> None:
        table = next(table for table in manifest["tables"] if table["name"] == "areas")
        table |= {"rows": table["rows"] + 1, "size": len(rows), "sha256": sha256(rows).hexdigest()}

    changed = sealed(parts, fit) | {"tables/areas.jsonl": rows}
    path = write(tmp_path / "a.zip", changed | {rules.SEAL: parts[rules.SEAL]})
    refused(BackupOtherKeys, empty_engine, store, path)
    with pytest.raises(BackupOtherKeys):
        restore(empty_engine, store, Keys("another secret"), write(tmp_path / "b.zip", parts))

    restore(empty_engine, store, Keys("another secret"), path, other_keys=True)

    with empty_engine.connect() as connection:
        assert connection.scalar(sa.select(Area.name).where(Area.code == "999999")) == "塞进来的"


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "files/../../evil", "files/" + "A" * 64, "tables/cells.jsonl/.."],
)
def test_no_name_in_a_backup_is_a_path(
    name: str, parts: Parts, empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    path = write(tmp_path / "deep/a.zip", parts, (name, b"evil"))
    refused(BackupUnreadable, empty_engine, store, path)
    assert {found.name for found in tmp_path.rglob("*") if found.is_file()} == {"a.zip"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_comes_twice_is_refused(
    parts: Parts, empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    name = "tables/areas.jsonl"
    path = write(tmp_path / "a.zip", parts, (name, parts[name]))
    assert name in refused(BackupUnreadable, empty_engine, store, path)


@pytest.mark.parametrize("change", [{"format": 2}, {"revision": "9999"}])
def test_a_newer_backup_is_refused(
    change: dict[str, Any], parts: Parts, empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.zip", sealed(parts, lambda manifest: manifest.update(change)))
    refused(BackupTooNew, empty_engine, store, path)


def test_rows_that_the_database_refuses_leave_nothing_behind(
    parts: Parts, empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    name = "tables/events.jsonl"
    rows = parts[name].replace(b"[1,", b"[1000000,", 1) + parts[name]

    def fit(manifest: Any) -> None:
        table = next(table for table in manifest["tables"] if table["name"] == "events")
        table |= {"rows": 0, "size": len(rows), "sha256": sha256(rows).hexdigest()}

    path = write(tmp_path / "a.zip", sealed(parts, fit) | {name: rows})
    assert "events" in refused(RowsRefused, empty_engine, store, path)


def test_only_an_empty_database_is_restored_into(
    parts: Parts, fresh_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    with fresh_engine.begin() as connection:
        connection.execute(sa.insert(Area).values(code="330203", name="区"))
    path = write(tmp_path / "a.zip", parts)
    with pytest.raises(NotEmpty, match="areas"):
        restore(fresh_engine, store, KEYS, path)
    assert list(store.digests()) == []
    with fresh_engine.begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Area)) == 1
        connection.execute(sa.delete(Area))
    # One that `gridgov init` has prepared is empty.
    restore(fresh_engine, store, KEYS, path)


def test_files_that_were_there_before_stay(
    parts: Parts, fresh_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    own = store.put(b"a file")

    def add(manifest: Any) -> None:
        manifest["files"] += 1

    path = write(tmp_path / "a.zip", sealed(parts, add))
    with pytest.raises(BackupUnreadable):
        restore(fresh_engine, store, KEYS, path)
    assert list(store.digests()) == [own]


def test_a_backup_replaces_no_file_and_needs_its_folder(
    fresh_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    (tmp_path / "a.zip").write_text("mine")
    with pytest.raises(BackupExists):
        make(fresh_engine, store, KEYS, tmp_path / "a.zip", AT)
    assert (tmp_path / "a.zip").read_text() == "mine"
    with pytest.raises(BackupUnwritable):
        make(fresh_engine, store, KEYS, tmp_path / "none/a.zip", AT)


def test_a_database_of_another_version_is_not_backed_up(
    empty_engine: Engine, store: LocalFolder, tmp_path: Path
) -> None:
    schema.upgrade(empty_engine, "0001")
    with pytest.raises(SchemaNotCurrent):
        make(empty_engine, store, KEYS, tmp_path / "a.zip", AT)
    assert list(tmp_path.iterdir()) == []
