"""Settings: a wrong one stops the start with a sentence that names it."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest

from gridgov.errors import GridgovError
from gridgov.settings import (
    PREFIX,
    ROOT,
    SettingMissing,
    Settings,
    SettingUnknown,
    SettingWrong,
    load,
)

SECRET = "0123456789abcdef"
RANDOM = "0123456789abcdef" * 2
LEAST = {"GRIDGOV_DATABASE_URL": "sqlite:///x.db", "GRIDGOV_SECRET_KEY": SECRET}
PRODUCTION = LEAST | {
    "GRIDGOV_ENV": "production",
    "GRIDGOV_SECRET_KEY": "s" + RANDOM,
    "GRIDGOV_CONTACT_KEY": "c" + RANDOM,
    "GRIDGOV_CODE_KEY": "k" + RANDOM,
    "GRIDGOV_AUDIT_KEY": "a" + RANDOM,
}


def test_two_are_enough_outside_production() -> None:
    settings = load(LEAST | {"PATH": "/bin", "PORT": "8000"})
    assert settings.database_url == "sqlite:///x.db"
    assert settings.env == "development"
    assert settings.languages == ("zh", "en")
    assert settings.files == ROOT / "var/files"
    assert str(settings.zone) == "Asia/Shanghai"
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.env = "production"  # type: ignore[misc]


@pytest.mark.parametrize("name", LEAST)
@pytest.mark.parametrize("value", [None, ""])
def test_one_missing_is_named(name: str, value: str | None) -> None:
    environ = {key: text for key, text in LEAST.items() if key != name}
    if value is not None:
        environ[name] = value
    with pytest.raises(SettingMissing, match=name):
        load(environ)


def test_one_unknown_is_named() -> None:
    with pytest.raises(SettingUnknown, match="GRIDGOV_DATABSE_URL"):
        load(LEAST | {"GRIDGOV_DATABSE_URL": "x"})


def test_what_only_the_tests_read_is_no_setting_of_the_program() -> None:
    load(LEAST | {"GRIDGOV_TEST_POSTGRES": "postgresql://"})


def test_an_unknown_default_is_named(tmp_path: Path) -> None:
    root(tmp_path, 'colour = "red"')
    with pytest.raises(SettingUnknown, match="colour"):
        load(LEAST, tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("max_files = 20", 'max_files = "many"'),
        ("max_files = 20", "max_files = true"),
        ('env = "development"', "env = 1"),
        ('files = "var/files"', "files = []"),
        ('languages = ["zh", "en"]', 'languages = "zh"'),
        ('languages = ["zh", "en"]', "languages = [1]"),
    ],
)
def test_a_default_of_the_wrong_type_is_named(tmp_path: Path, right: str, wrong: str) -> None:
    text = (ROOT / "config/default.toml").read_text("utf-8")
    assert f"\n{right}" in text
    root(tmp_path, "").write_text(text.replace(f"\n{right}", f"\n{wrong}"), "utf-8")
    with pytest.raises(SettingWrong, match=PREFIX + wrong.split()[0].upper()):
        load(LEAST, tmp_path)


def root(folder: Path, more: str) -> Path:
    """Make a root whose defaults have a line more; returns the file of defaults."""
    (folder / "config").mkdir()
    copied = folder / "config/default.toml"
    shutil.copy(ROOT / "config/default.toml", copied)
    copied.write_text(copied.read_text("utf-8") + more + "\n", "utf-8")
    return copied


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENV", "prod"),
        ("RATE_LIMITS", "no"),
        ("LANGUAGES", "zh,fr"),
        ("LANGUAGES", ""),
        ("LANGUAGES", " , "),
        ("TIME_ZONE", "Asia/Ningbo"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("TIME_ZONE", ""),
        ("MAX_FILES", "many"),
        ("MAX_FILES", "-1"),
        ("MAX_FILES", "1.5"),
        ("MAX_FILES", ""),
        ("NEARBY_M", "²"),
        ("SECRET_KEY", "short"),
        ("RATE_STORAGE", "memcached://elsewhere"),
        ("FIRST_PASSWORD_DAYS", "0"),
        ("MAX_CLAIMS", "0"),
    ],
)
def test_a_wrong_one_is_named(name: str, value: str) -> None:
    with pytest.raises(GridgovError, match=PREFIX + name) as caught:
        load(LEAST | {PREFIX + name: value})
    if name == "SECRET_KEY":
        assert value not in str(caught.value)


def test_seals_are_sent_to_a_proper_address_with_a_secret() -> None:
    sent = {PREFIX + "SEALS_URL": "https://kept.example/seals"}
    with pytest.raises(SettingMissing, match="SEALS_SECRET"):
        load(LEAST | sent)
    with pytest.raises(SettingWrong, match="SEALS_SECRET") as caught:
        load(LEAST | sent | {PREFIX + "SEALS_SECRET": "too short"})
    assert "too short" not in str(caught.value)
    secret = {PREFIX + "SEALS_SECRET": RANDOM}
    assert load(PRODUCTION | sent | secret).seals_url == sent[PREFIX + "SEALS_URL"]
    plain = {PREFIX + "SEALS_URL": "http://kept.example/seals"}
    assert load(LEAST | plain | secret).seals_url
    for wrong in ("http://kept.example/seals", "ftp://kept.example", "https://["):
        with pytest.raises(SettingWrong, match="SEALS_URL"):
            load(PRODUCTION | {PREFIX + "SEALS_URL": wrong} | secret)


@pytest.mark.parametrize(
    ("text", "found"), [("en", ("en",)), ("en, zh", ("en", "zh")), ("zh,en,", ("zh", "en"))]
)
def test_lists_are_parted_by_commas(text: str, found: tuple[str, ...]) -> None:
    assert load(LEAST | {"GRIDGOV_LANGUAGES": text}).languages == found


def test_the_environment_goes_over_the_defaults() -> None:
    given: dict[str, Any] = {"GRIDGOV_MAX_FILES": "3", "GRIDGOV_FILES": "/srv/files"}
    settings = load(LEAST | given)
    assert settings.max_files == 3
    assert settings.files == Path("/srv/files")


def test_limits_may_be_off_outside_production_only() -> None:
    off = {"GRIDGOV_RATE_LIMITS": "off"}
    assert load(LEAST | off).rate_limits == "off"
    with pytest.raises(SettingWrong, match="GRIDGOV_RATE_LIMITS"):
        load(PRODUCTION | off)


def test_production_takes_keys_of_its_own() -> None:
    settings = load(PRODUCTION)
    assert settings.keys.contact == "c" + RANDOM


@pytest.mark.parametrize("name", ["SECRET_KEY", "CONTACT_KEY", "CODE_KEY", "AUDIT_KEY"])
@pytest.mark.parametrize("value", [None, "", RANDOM[:31], "k" * 40, "Demo" + RANDOM])
def test_production_refuses_weak_keys(name: str, value: str | None) -> None:
    environ = {key: text for key, text in PRODUCTION.items() if key != PREFIX + name}
    if value is not None:
        environ[PREFIX + name] = value
    with pytest.raises((SettingMissing, SettingWrong), match=PREFIX + name):
        load(environ)


def test_production_refuses_one_key_for_two_purposes() -> None:
    with pytest.raises(SettingWrong, match="CONTACT_KEY"):
        load(PRODUCTION | {"GRIDGOV_CONTACT_KEY": PRODUCTION["GRIDGOV_AUDIT_KEY"]})


def test_secrets_are_not_shown() -> None:
    settings = load(PRODUCTION | {"GRIDGOV_DATABASE_URL": "postgresql://u:p4ss@h/d"})
    for shown in (repr(settings), str(settings), repr(settings.keys)):
        assert RANDOM not in shown
        assert "p4ss" not in shown


def test_the_file_of_defaults_has_every_setting_but_the_required_ones() -> None:
    text = (ROOT / "config/default.toml").read_text("utf-8")
    for field in dataclasses.fields(Settings):
        has = f"\n{field.name} = " in text
        assert has != (field.name in {"database_url", "secret_key"}), field.name
