"""What the OpenAPI promises is held, whatever is sent: schemathesis over every address.

Nobody and a dispatcher try everything on SpatiaLite and less on PostGIS, where only the database
differs; everybody else tries a little once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import NonFatalError, ScenarioFinished
from schemathesis.specs.openapi.checks import ignored_auth

from tests.conftest import committed_town
from tests.storage.makers import photo
from tests.support.databases import Place
from tests.support.town import IN_G1, PEOPLE, RESIDENT, Town

SPEC = "/api/v1/openapi.json"
# A report, a step or a list may be refused for reasons that no schema can say: a category that
# does not exist, a step out of turn, a box whose west lies east. What has none must be served.
NO = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429", "5xx"]
PLAIN = {
    "include-name-regex": "^GET .*/(categories|callbacks|map/cells|map/grids|cases/.+)$",
    "checks": {"positive_data_acceptance": {"enabled": True}},
}


def problems(
    town: Town,
    who: str | None,
    number: str = "",
    examples: int = 10,
    *,
    all_edges: bool = False,
    made_up: list[Any] | None = None,
) -> list[str]:
    """Try every operation as somebody; say what was wrong, and keep what was made up for it."""
    headers = town.headers(who)
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": headers,
            "checks": {
                "positive_data_acceptance": {"enabled": False},
                # What is too long for its field may be too long for a body.
                "negative_data_rejection": {"expected-statuses": NO},
                # Its probe cannot be sent over WSGI (4.32); test_bad_input asks for tokens itself.
                "ignored_auth": {"enabled": False},
            },
            "operations": [PLAIN],
            "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": all_edges}},
            "generation": {
                "max-examples": examples,
                "deterministic": True,
                "no-shrink": True,
                "database": "none",
            },
            "parameters": {"path.number": number} if number else {},
            "warnings": False,
        }
    )
    schema = schemathesis.openapi.from_wsgi(SPEC, town.app, config=config)
    found, tried = [], set()
    for event in from_schema(schema).execute():
        if isinstance(event, NonFatalError):
            found.append(f"{event.label}: {event.info.format()}")
        if isinstance(event, ScenarioFinished):
            tried.add(event.label)
            if made_up is not None:
                made_up += [one.value for one in event.recorder.cases.values()]
            if event.status not in (Status.SUCCESS, Status.SKIP):
                found += failures(event)
    assert len(tried) == sum(1 for _ in schema.get_all_operations())
    return found


def problems_again(town: Town, who: str, number: str, made_up: list[Any]) -> list[str]:
    """Try as somebody what was made up before, of a case of theirs; say what was wrong."""
    given: dict[str, Any] = {"headers": town.headers(who), "app": town.app}
    found = []
    for case in made_up:
        if "number" in case.path_parameters:
            case.path_parameters["number"] = number
        answer = case.call(**given)
        try:
            case.validate_response(answer, headers=given["headers"], transport_kwargs=given)
        except FailureGroup as failure:
            found.append(f"{case.operation.label}: {failure}")
    return found


def failures(event: ScenarioFinished) -> Iterator[str]:
    """Say what failed, and how to send it again."""
    for key, checks in event.recorder.checks.items():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info:
                said = check.failure_info.failure
                sent = event.recorder.cases[key].value.as_curl_command()
                yield f"{event.label} {check.name}: {said}\n  {sent[:1500]}"


def case_in(town: Town) -> str:
    """Return the number of a case with a past."""
    number: str = town.report(description="路灯不亮")["number"]
    assert town.step(number, "leader", "file").status_code == 200
    return number


def none(found: list[str]) -> None:
    assert not found, "\n\n".join([f"{len(found)} problems", *found[:20]])


@pytest.mark.slow
def test_nobody(town: Town) -> None:
    sqlite = "sqlite" in town.app.config["SQLALCHEMY_DATABASE_URI"]
    none(problems(town, None, all_edges=sqlite))


@pytest.mark.slow
def test_a_dispatcher(town: Town) -> None:
    sqlite = "sqlite" in town.app.config["SQLALCHEMY_DATABASE_URI"]
    none(problems(town, "dispatcher", case_in(town), all_edges=sqlite))


OTHERS = sorted({*PEOPLE, RESIDENT} - {"dispatcher"})


@pytest.fixture(scope="module")
def made_up(place: Place, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Give two calls of every operation: to make them up takes longer than to send them."""
    found: list[Any] = []
    for town in committed_town(place, tmp_path_factory):
        none(problems(town, OTHERS[0], case_in(town), examples=2, made_up=found))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", OTHERS)
def test_everybody_else(town: Town, who: str, made_up: list[Any]) -> None:
    assert len({one.operation.label for one in made_up}) > 100
    none(problems_again(town, who, case_in(town), made_up))


def test_what_goes_well_is_answered_as_documented(shared_town: Town) -> None:
    schema = schemathesis.openapi.from_wsgi(SPEC, shared_town.app)
    staff = {"Authorization": f"Bearer {shared_town.tokens['dispatcher']}"}

    def call(method: str, path: str, status: int, **given: Any) -> Any:
        case = schema[path][method].Case(**given)
        # A wrong code and a number that does not exist are told apart by nobody: 404, not 401.
        answer = case.call_and_validate(excluded_checks=[ignored_auth])
        assert answer.status_code == status, answer.text
        return answer

    report = {
        "description": "路灯不亮",
        "category": "01001",
        "location": {"lon": IN_G1[0], "lat": IN_G1[1], "address": "人民路"},
        "reporter": {"name": "王小明", "phone": "13812345678"},
        "answers": {"高度": 3.5},
    }
    call("POST", "/api/v1/cases", 201, body=report, media_type="application/json")
    taken = call("POST", "/api/v1/cases", 201, body=report, media_type="application/json").json()
    assert taken["similar"]
    of_case = {"path_parameters": {"number": taken["number"]}}
    by_code = of_case | {"headers": {"X-Case-Code": taken["query_code"]}}
    steps = [{"step": "file", "version": 1}, {"step": "dispatch", "unit": "property"}]
    path = "/api/v1/cases/{number}"
    for given in (of_case | {"headers": staff}, by_code):
        call("GET", path, 200, **given)
        call("GET", path + "/timeline", 200, **given)
        answer = call(
            "POST", path + "/attachments", 201, **given,
            body={"file": photo()}, media_type="multipart/form-data",
        )  # fmt: skip
        call("GET", path + "/attachments", 200, **given)
        key = {"number": taken["number"], "key": answer.json()["id"]}
        call("GET", path + "/attachments/{key}", 200, **given | {"path_parameters": key})
    steps[0]["version"] = answer.json()["version"]
    call(
        "POST", path + "/steps", 200, **of_case, headers=staff,
        body=steps, media_type="application/json",
    )  # fmt: skip
    call("GET", "/api/v1/cases", 200, headers=staff, query={"q": "路灯", "limit": 1})
    point = {"lon": IN_G1[0], "lat": IN_G1[1]}
    call("GET", "/api/v1/map/locate", 200, query=point)
    call("GET", "/api/v1/map/nearby", 200, query=point | {"category": "01001"})
