"""Whatever an address says, a page answers: nothing in a query is a mistake of the server's."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest

from gridgov.faces.access import TABLE, Line
from gridgov.people.roles import Role
from tests.access.test_table import QUERIES, path_of
from tests.conftest import committed_town
from tests.support.databases import Place
from tests.support.town import PEOPLE, Town

HOSTILE = ("nan", "inf", "1e999", "9" * 30, "²", "\0", "9999-12-31", "0001-01-01", "a" * 3000)
ALONE = ("nan", "9" * 30, "0001-01-01")  # tried for each name by itself too
NAMED = re.compile(r"""(?:\.get\(|\[)\s*["']([a-z_.]+)["']""")
PAGES = [one for one in TABLE if one.endpoint.startswith("web.") and one.method == "GET"]


def names(view: Any) -> list[str]:
    """Return what a page may look for in a query: the names that its module takes."""
    found = NAMED.findall(inspect.getsource(inspect.getmodule(inspect.unwrap(view))))
    return sorted({*found, "from", "to", "since", "until", "period", "after", "as_of"})


def queries(line: Line, said: list[str]) -> Iterator[dict[str, str]]:
    for value in HOSTILE:
        yield dict.fromkeys(said, value)
    for value in ALONE:
        for name in said:
            yield QUERIES.get(line.endpoint, {}) | {name: value}


@pytest.fixture(scope="module")
def small_town(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Give a town in which no other test leaves its cases: lists of them take their time."""
    yield from committed_town(place, tmp_path_factory)


@pytest.mark.parametrize("line", PAGES, ids=lambda line: line.endpoint)
def test_a_page_answers_whatever_its_address_says(small_town: Town, line: Line) -> None:
    town = small_town
    fits = (who for who in PEOPLE if not line.roles or Role(PEOPLE[who][1]) in line.roles)
    headers = town.headers(next(fits, None))
    path = path_of(town.app, line, town.report()["number"])
    for query in queries(line, names(town.app.view_functions[line.endpoint])):
        answer = town.client.get(path, query_string=query, headers=headers)
        assert answer.status_code < 500, (query, answer.text)
