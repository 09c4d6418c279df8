"""Put, get, delete: what goes in comes out, whole, and from nowhere else."""

import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridgov.storage.store import DigestWrong, FileDamaged, FileMissing, LocalFolder, Store


@pytest.fixture
def store(tmp_path: Path) -> LocalFolder:
    return LocalFolder(tmp_path / "files")


@given(st.lists(st.binary(max_size=200)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_round_trip(tmp_path: Path, files: list[bytes]) -> None:
    store: Store = LocalFolder(tmp_path / os.urandom(8).hex())
    digests = {store.put(data): data for data in files}
    assert set(store.digests()) == set(digests)
    for digest, data in digests.items():
        assert digest == sha256(data).hexdigest()
        assert store.get(digest) == data
        with store.open(digest) as file:
            assert file.read() == data
        store.delete(digest)
        store.delete(digest)
        with pytest.raises(FileMissing):
            store.get(digest)
    assert list(store.digests()) == []


def test_files_lie_under_their_digest(store: LocalFolder) -> None:
    digest = store.put(b"x")
    assert store.path(digest) == store.root / digest[:2] / digest[2:]
    assert store.path(digest).stat().st_mode & 0o077 == 0
    assert store.path(digest).parent.stat().st_mode & 0o077 == 0


def test_putting_twice_writes_once(store: LocalFolder) -> None:
    digest = store.put(b"x")
    path = store.path(digest)
    inode = path.stat().st_ino
    os.utime(path, (0, 0))
    store.put(b"x")
    assert path.stat().st_ino == inode
    # Whoever erases what nobody names sees that somebody is about to name it.
    assert store.kept_since(digest).year > 1970


def test_an_empty_folder_holds_nothing(store: LocalFolder) -> None:
    assert list(store.digests()) == []


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", "ab/cd", "A" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n", "é"]
)
def test_a_digest_is_no_path(store: LocalFolder, digest: str) -> None:
    for use in (store.get, store.open, store.delete, store.path):
        with pytest.raises(DigestWrong):
            use(digest)


def test_damage_is_noticed(store: LocalFolder) -> None:
    digest = store.put(b"evidence")
    store.path(digest).write_bytes(b"evidente")
    with pytest.raises(FileDamaged):
        store.get(digest)


def test_a_crash_leaves_no_file(store: LocalFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(b"before")

    def crash(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        store.put(b"after")
    monkeypatch.undo()
    assert list(store.digests()) == [sha256(b"before").hexdigest()]
    assert not list(store.root.glob(".new-*"))
