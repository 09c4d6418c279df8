"""What the values of a sentence are called in the reader's language."""

from __future__ import annotations

import pytest

from gridgov.ladder.ladder import LadderWrong, parse
from gridgov.language import sentence
from gridgov.loading.problems import ChoiceUnknown
from gridgov.loading.words import read_words
from gridgov.words import Called, Phrase


@pytest.fixture(params=["en_GB.UTF-8", "zh_CN.UTF-8"])
def chinese(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", request.param)
    return str(request.param).startswith("zh")


def test_a_phrase_in_a_sentence_is_translated_with_its_values(chinese: bool) -> None:
    with pytest.raises(LadderWrong) as caught:
        parse('[[rung]]\nname = "near"\nclock = "tea"\n')
    said = sentence(caught.value)
    assert ("没有 tea 这个时限" if chinese else "no clock tea; there are ") in said
    assert str(caught.value).startswith("The ladder cannot be used: near: no clock tea; ")


def test_names_of_the_clerks_files_are_those_of_the_reader(chinese: bool) -> None:
    choices = read_words().called("values.urgency", ["normal", "urgent"])
    said = sentence(ChoiceUnknown(value="soon", choices=choices))
    assert ("一般、特急" if chinese else "normal, urgent") in said


def test_as_texts_both_are_english() -> None:
    assert Phrase("%(number)s or more", number=3) == "3 or more"
    assert Called(["a", "b"], ["甲", "乙"]) == "a, b"
