"""Whatever a user reads is in the Chinese catalogue, with the same values in it."""

from __future__ import annotations

import re

import pytest

from gridgov.cli.help import OWN
from tests.support.catalogue import read, wanted, wanted_of_click

VALUE = re.compile(r"%\(\w+\)[sd]")
FIELD = re.compile(r"\{\w+(?:!r)?\}")


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    return {message.id: message.string for message in read() if message.id}


def test_every_message_is_translated(chinese: dict[str, str]) -> None:
    missing = sorted(message for message in wanted() if not chinese.get(message))
    assert not missing, "run `python -m tests.support.catalogue`, then translate"


def test_a_translation_uses_the_values_of_its_message(chinese: dict[str, str]) -> None:
    for message, said in chinese.items():
        assert set(VALUE.findall(said)) <= set(VALUE.findall(message)), message


def test_the_catalogue_holds_nothing_that_is_said_no_more(chinese: dict[str, str]) -> None:
    assert not sorted(chinese.keys() - wanted().keys())


def test_clicks_own_words_are_translated_with_their_values() -> None:
    said = {message.id: message.string for message in read(OWN) if message.id}
    assert said.keys() == wanted_of_click().keys(), "run `python -m tests.support.catalogue`"
    for message, strings in said.items():
        # A plural is a pair, and Chinese says both alike.
        alike = strings if isinstance(strings, tuple) else (strings,)
        assert all(alike), f"{message}: translate it in {OWN.name}"
        for pattern in (VALUE, FIELD):
            assert set(pattern.findall(str(alike))) <= set(pattern.findall(str(message)))
