"""The OpenAPI is dumped once, and sent to nobody who has it as it stands."""

from __future__ import annotations

from flask import json

from tests.support.town import Town

PATH = "/api/v1/openapi.json"


def test_it_is_what_the_api_says_of_itself(shared_town: Town) -> None:
    answer = shared_town.client.get(PATH)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    spec = shared_town.app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec
    assert answer.json == json.loads(json.dumps(spec.to_dict()))


def test_it_is_the_same_bytes_in_every_language_and_for_everybody(shared_town: Town) -> None:
    first = shared_town.client.get(PATH)
    own = shared_town.headers("dispatcher") | {"Accept-Language": "zh"}
    other = shared_town.client.get(PATH, headers=own)
    assert other.data == first.data
    assert other.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert "Vary" not in first.headers


def test_whoever_has_it_gets_none(shared_town: Town) -> None:
    first = shared_town.client.get(PATH)
    again = shared_town.client.get(PATH, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    older = shared_town.client.get(PATH, headers={"If-None-Match": '"another"'})
    assert (older.status_code, older.data) == (200, first.data)
    head = shared_town.client.head(PATH)
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(first.data))


def test_it_is_dumped_once(shared_town: Town) -> None:
    api = shared_town.app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    shared_town.client.get(PATH)
    kept = api._sent
    shared_town.client.get(PATH)
    assert kept is not None
    assert api._sent is kept
