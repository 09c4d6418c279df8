"""Every column is on the map of personal data, or on the list of those that hold none."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gridgov import schema
from gridgov.privacy.data_map import FILE, LANGUAGES, data_map, notice, rules
from gridgov.privacy.refusals import MapWrong
from gridgov.settings import load
from tests.test_settings import LEAST

SEARCH = {"case_grams.body", "case_grams.grams"}


def test_every_column_is_on_the_map_or_on_the_list_of_those_without() -> None:
    there = {
        f"{table.name}.{column.name}"
        for table in schema.METADATA.tables.values()
        for column in table.columns
    }
    found = data_map()
    known = (found.columns - SEARCH) | found.none
    assert there - known == set(), "config/privacy.toml: say whose, why and how long; or [none]"
    assert known - there == set(), "config/privacy.toml names columns that are gone"
    assert found.columns & found.none == set()


def test_what_is_sealed_named_or_written_is_on_the_map() -> None:
    """Some names speak for themselves: the list of those without never holds them."""
    telling = ("sealed", "phone", "email", "login", "description", "person_code", "password")
    of_systems = {"webhooks.sealed", "unit_endpoints.sealed", "accounts.password_first"}
    found = [name for name in data_map().none if name.rpartition(".")[2].startswith(telling)]
    assert set(found) <= of_systems


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_says_what_why_and_how_long(language: str) -> None:
    settings = load(LEAST)
    told = notice(["name", "phone", "location"], settings, language)
    assert told["version"] == data_map().version
    assert [item["name"] for item in told["items"]] == ["contact", "place"]
    assert all(item["what"] and item["purpose"] and item["grounds"] for item in told["items"])
    assert str(settings.retention_days) in told["text"]
    assert str(settings.retention_days) in told["items"][0]["kept"]
    assert "{" not in repr(told["text"]) + told["items"][0]["kept"] + told["items"][1]["kept"]
    without = notice(["location"], settings, language)
    assert without["text"] != told["text"]


def test_rules_of_retention() -> None:
    kept = rules(load(LEAST | {"GRIDGOV_RETENTION_DAYS": "100"}))
    assert kept.contact == timedelta(days=100)
    assert kept.of_text("resident", "11001") == "blank"
    assert kept.of_text("enterprise", "21001") == "review"
    assert kept.of_text(None, None) == "review"
    assert kept.erasable_from("handling", None) is None


@pytest.mark.parametrize(
    ("says", "instead"),
    [
        ('default = "review"', 'default = "perhaps"'),
        ("text_days = 1095", "text_days = 30"),
        ('grounds = ["13.1", "13.3"]', 'grounds = ["12.1"]'),
        ('whose = "named"', 'whose = "nobody"'),
        ("version = ", "versoin = "),
    ],
)
def test_a_mistake_is_named(
    says: str, instead: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "privacy.toml"
    path.write_text(FILE.read_text("utf-8").replace(says, instead, 1), "utf-8")
    monkeypatch.setattr("gridgov.privacy.data_map.data_map", lambda: data_map(path))
    with pytest.raises(MapWrong):
        rules(load(LEAST))
