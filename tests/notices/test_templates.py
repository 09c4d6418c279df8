"""Every notice has its words, in every language, and nobody's contact in them."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gridgov.cases.workflow import STATUS_LABELS, TABLE, Tell
from gridgov.cases.write import LET_GO
from gridgov.ladder.ladder import CLOCKS, OWN, parse
from gridgov.notices.compose import (
    DIGEST_VALUES,
    FOLDER,
    REPORTER_VALUES,
    VALUES,
    TemplateWrong,
    candidates,
    compose,
    placeholders,
    template,
    words,
)
from gridgov.notices.tables import Notice
from gridgov.settings import Settings
from gridgov.settings import load as load_settings
from gridgov.worktime.seed import chinese

LANGUAGES = ("zh", "en")
RUNGS = parse(OWN.read_text("utf-8")).rungs
STAFF = [step.name for step in TABLE if set(step.tell) - {Tell.REPORTER}]
REPORTERS = [step.name for step in TABLE if Tell.REPORTER in step.tell]
FILES = sorted(
    (language, path.stem) for language in LANGUAGES for path in (FOLDER / language).glob("*.txt")
)


def settings(language: str = "zh") -> Settings:
    given = {"GRIDGOV_DATABASE_URL": "sqlite://", "GRIDGOV_SECRET_KEY": "x" * 16}
    return load_settings(given | {"GRIDGOV_LANGUAGES": language})


def notice(name: str, kind: str = "person", **data: Any) -> Notice:
    made = {"number": "261122-03845-2", "status": "handling"} | data
    return cast(Notice, SimpleNamespace(template=name, to_kind=kind, data=made))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, "person") for name in [*STAFF, LET_GO, *(f"rung_{rung.name}" for rung in RUNGS)]]
    + [(name, "reporter") for name in [*REPORTERS, "rung_go_on"]],
)
def test_every_notice_has_words(language: str, name: str, kind: str) -> None:
    due = datetime(2026, 11, 22, 0, 30, tzinfo=UTC).isoformat()
    told = notice(name, kind, clock="handle", due=due, refused=["escalate"])
    text = compose([told], settings(language), chinese())
    assert "261122-03845-2" in text.title
    assert text.body
    assert "{" not in text.title + text.body
    if name.startswith("rung_") and kind == "person":
        assert words(FOLDER, language)["steps"]["escalate"] in text.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_important_ones_have_words_of_their_own(language: str) -> None:
    """A good default does for small steps; what somebody must act on says what to do."""
    own = {f"rung_{rung.name}" for rung in RUNGS} | {f"reporter_{name}" for name in REPORTERS}
    own |= {"report", "dispatch", "dispatch_urgent", "assign", "submit", "rework", "supervise"}
    assert not {name for name in own if template(FOLDER, language, name) is None}


@pytest.mark.parametrize(("language", "name"), FILES)
def test_a_template_uses_known_values_only(language: str, name: str) -> None:
    text = template(FOLDER, language, name)
    assert text is not None
    known = VALUES
    if name == "digest":
        known = DIGEST_VALUES
    elif name.startswith("reporter"):
        known = REPORTER_VALUES
    assert placeholders(text.title) | placeholders(text.body) <= known
    assert text.title and text.body


def test_no_value_could_hold_somebodys_contact() -> None:
    assert not (VALUES | REPORTER_VALUES | DIGEST_VALUES) & {
        "name", "phone", "email", "contact", "reporter", "text", "description", "address", "reason",
    }  # fmt: skip


def test_both_languages_have_the_same_files_and_words() -> None:
    chinese_files, english_files = (
        {name for language, name in FILES if language == one} for one in LANGUAGES
    )
    assert chinese_files == english_files
    for table in ("statuses", "steps", "clocks", "phrases"):
        assert words(FOLDER, "zh")[table].keys() == words(FOLDER, "en")[table].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_step_and_clock_has_a_name(language: str) -> None:
    said = words(FOLDER, language)
    assert said["statuses"].keys() == {str(status) for status in STATUS_LABELS}
    assert said["steps"].keys() == {step.name for step in TABLE}
    assert said["clocks"].keys() == set(CLOCKS)


def test_an_instant_is_shown_in_the_parks_time() -> None:
    due = datetime(2026, 11, 22, 0, 30, tzinfo=UTC).isoformat()
    text = compose([notice("rung_amber", due=due, clock="accept")], settings(), chinese())
    assert "2026-11-22 08:30" in text.body


def test_what_nobody_thought_of_has_the_default() -> None:
    assert candidates("rung_new", to_reporter=False) == ["rung_new", "rung", "default"]
    text = compose([notice("rung_new", clock="case")], settings(), chinese())
    assert "261122-03845-2" in text.title
    assert compose([notice("new_step")], settings("en"), chinese()).title.endswith("new_step")


def test_a_template_that_asks_for_more_says_so(tmp_path: Any) -> None:
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "default.txt").write_text("{phone}\n\nx\n", "utf-8")
    (tmp_path / "zh" / "words.toml").write_text(
        "[statuses]\n[steps]\n[clocks]\n[phrases]\n", "utf-8"
    )
    with pytest.raises(TemplateWrong, match="phone"):
        compose([notice("urge")], settings(), chinese(), tmp_path)
    with pytest.raises(TemplateWrong, match="digest"):
        (tmp_path / "zh" / "default.txt").write_text("{number}\n\nx\n", "utf-8")
        template.cache_clear()
        compose([notice("urge"), notice("urge", number="2")], settings(), chinese(), tmp_path)


def test_what_is_told_twice_is_read_once_and_is_no_digest() -> None:
    twice = [notice("dispatch_urgent"), notice("dispatch_urgent")]
    assert compose(twice, settings(), chinese()) == compose(twice[:1], settings(), chinese())
