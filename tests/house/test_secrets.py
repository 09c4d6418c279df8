"""The search for secrets finds what it must: `make check` would else be content with anything."""

from __future__ import annotations

from pathlib import Path

from tests.support.secret_scan import HARMLESS, found

# Put together here, or this very file would be found.
PLANTED = {
    "aws.py": "key = '" + "AKIA" + "QWERTYUIOPASDFGH'",
    "id_rsa": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "github.txt": "ghp_" + "0123456789abcdefghij0123456789abcdef",
    "address.toml": 'url = "https://someone:' + 'Zk3v9QpL@example.org/"',
    "entropy.py": "token = '"
    + "c3VwZXIgbG9uZyBz"
    + "dHJpbmcgc2hvdWxk"
    + "IGNhdXNlIGVudHJv"
    + "cHk='",
}


def test_a_planted_secret_is_found(tmp_path: Path) -> None:
    for name, text in PLANTED.items():
        (tmp_path / name).write_text(f"{text}\n", "utf-8")
    seen = {line.partition(":")[0] for line in found(tmp_path / name for name in PLANTED)}
    assert {Path(name).name for name in seen} == PLANTED.keys()


def test_what_is_harmless_is_passed_over_and_nothing_else_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("".join(f"x = '{one}'\n" for one in HARMLESS), "utf-8")
    assert found([path]) == []
