"""What is wrong above a form names the field that it leads to, as the page itself calls it."""

from __future__ import annotations

import pytest

from gridgov.web.named import named
from tests.support.town import Town


def lines(town: Town, path: str, language: str, **data: str) -> list[str]:
    """Return the lines of the summary of what somebody sent."""
    headers = town.headers("dispatcher") | {"Accept-Language": language}
    text = town.client.post(path, data=data, headers=headers).text
    summary = text[text.index('class="errors"') : text.index("</ul>", text.index('class="errors"'))]
    return [part.partition("</a>")[0].partition(">")[2] for part in summary.split("<a ")[1:]]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", ["议题：这一项必须填写。", "时间：这一项必须填写。", "地点：这一项必须填写。"]),
        (
            "en",
            [f"{one}: Missing data for required field." for one in ("What about", "When", "Where")],
        ),
    ],
)
def test_an_empty_field_is_named_above_and_not_beside_itself(
    shared_town: Town, language: str, expected: list[str]
) -> None:
    given = {"kind": "consult", "area": "330203008"}
    assert lines(shared_town, "/meetings/new", language, **given) == expected
    headers = shared_town.headers("dispatcher") | {"Accept-Language": language}
    text = shared_town.client.post("/meetings/new", data=given, headers=headers).text
    beside = text[text.index('id="f-title-wrong"') :].partition("</p>")[0]
    assert expected[0].removeprefix("What about: ").removeprefix("议题：") in beside
    assert expected[0] not in beside


def test_a_whole_sentence_is_left_as_it_is(shared_town: Town) -> None:
    [said] = lines(shared_town, "/report", "zh", description="", lang="zh")
    assert said.startswith("请说明是什么事")


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('<label for="f-a">Title</label><input id="f-a">', "Title"),
        ('<label for="f-a">Place <small>or near it</small></label>', "Place or near it"),
        ('<label for="f-a">What is it? (if needed)</label>', "What is it"),
        ('<label for="f-a">在哪里？（可不填）</label>', "在哪里"),
        ('<label>How many <input type="number" id="f-a"></label>', "How many"),
        ('<fieldset class="field" id="f-a">\n<legend>Kind</legend></fieldset>', "Kind"),
        ('<label for="f-b">Another</label>', None),
    ],
)
def test_a_line_is_named_by_label_or_legend(
    shared_town: Town, field: str, name: str | None
) -> None:
    page = '<li><a href="#f-a" data-of>It is 100% wrong.</a></li>' + field
    said = f"{name}: It is 100% wrong." if name else "It is 100% wrong."
    with shared_town.app.test_request_context(headers={"Accept-Language": "en"}):
        made = named(page)
    assert made == f'<li><a href="#f-a" data-of>{said}</a></li>' + field


def test_a_line_that_names_its_field_is_not_named_twice(shared_town: Town) -> None:
    page = '<a href="#f-a" data-of>Give the title.</a><label for="f-a">Title</label>'
    with shared_town.app.test_request_context(headers={"Accept-Language": "en"}):
        assert named(page) == page
