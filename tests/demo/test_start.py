"""What a visitor gets: a secret, a sheet with tokens that open doors, sentences where it fails."""

from __future__ import annotations

import json
import shlex
import socket
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest

from gridgov.app import create_app
from gridgov.cli.demo import PortTaken, free, guide
from gridgov.database import db
from gridgov.demo.environment import NotInProduction, environment
from gridgov.demo.handout import Sheet, hand_out
from gridgov.people.roles import DUTY_ROLES, Role
from gridgov.settings import SettingWrong, load
from tests.demo.conftest import START, Told

ADDRESS = "http://127.0.0.1:8000"


def sheet(told: Told, path: Path, address: str = ADDRESS, days: int = 0) -> Sheet:
    at = START + timedelta(days=days)
    return hand_out(told.engine, told.settings.keys, path, address, at)


def test_tokens_and_codes_open_doors(told: Told, tmp_path: Path) -> None:
    # The tokens run from START on, which may be long ago by the clock of whoever tests.
    path = tmp_path / "demo.json"
    given = sheet(told, path, days=365 * 50)
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text("utf-8")) == given
    assert set(given["roles"]) == {role.value for role in DUTY_ROLES} | {Role.REPORTER.value}
    app = create_app(told.settings)
    try:
        client = app.test_client()
        for role, one in given["roles"].items():
            assert one["role"] == role
            answer = client.get(
                "/api/v1/cases", headers={"Authorization": f"Bearer {one['token']}"}
            )
            assert answer.status_code == 200, (role, answer.json)
            assert one["person"] or role == "reporter"
            if role in ("leader", "handler", "head", "dispatcher", "reporter", "caller", "gis"):
                assert answer.json["cases"], role
        for case in given["cases"]:
            code = {"X-Case-Code": case["query_code"]}
            answer = client.get(f"/api/v1/cases/{case['number']}", headers=code)
            assert answer.status_code == 200
            assert answer.json["status"] == case["status"]
    finally:
        with app.app_context():
            db.engine.dispose()


def test_everybody_signs_in_with_the_sheet(told: Told, tmp_path: Path) -> None:
    given = sheet(told, tmp_path / "demo.json")
    app = create_app(told.settings)
    try:
        for role in ("dispatcher", "member", "reporter", "security_admin"):
            one = given["roles"][role]
            secret = one.get("second_factor")
            code = {"code": pyotp.TOTP(secret).now()} if secret else {}
            body = {"login": one["login"], "password": given["password"]} | code
            client = app.test_client()
            answer = client.post("/api/v1/session", json=body)
            assert answer.status_code == 201, (role, answer.json)
            assert answer.json["awaits"] is None
    finally:
        with app.app_context():
            db.engine.dispose()


def test_a_sheet_is_kept_while_it_holds(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    first = sheet(told, path)
    written = path.read_bytes()
    assert sheet(told, path) == first
    assert path.read_bytes() == written
    moved = sheet(told, path, "http://127.0.0.1:8001")
    assert moved["roles"] == first["roles"] and moved["openapi"].startswith(
        "http://127.0.0.1:8001/"
    )
    for broken in (
        "",
        "{}",
        "[]",
        '{"roles": {"leader": 3}}',
        json.dumps(first | {"people": [{}]}),
    ):
        path.write_text(broken, "utf-8")
        assert sheet(told, path)["roles"]["leader"]["token"] != first["roles"]["leader"]["token"]
    # What an older sheet says holds no more, and a token about to expire is made anew.
    path.write_bytes(written)
    again = sheet(told, path)
    assert again["roles"] != first["roles"]
    assert sheet(told, path, days=400)["roles"] != again["roles"]


def test_the_lines_to_try_are_lines_of_a_shell(told: Told, tmp_path: Path) -> None:
    given = sheet(told, tmp_path / "demo.json")
    lines = [one for one in guide(given, tmp_path / "demo.json").splitlines() if "curl" in one]
    assert len(lines) == 3
    for words in map(shlex.split, lines):
        assert words[0] == "curl" and words[2].startswith(given["api"])


def test_the_environment_is_made_once_and_kept(tmp_path: Path) -> None:
    made = environment({}, tmp_path / "var")
    secret = tmp_path / "var/demo-secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert environment({}, tmp_path / "var") == made
    assert load(made).rate_limits == "on"
    own = {"GRIDGOV_SECRET_KEY": "x" * 40, "GRIDGOV_DATABASE_URL": "postgresql://h/d", "HOME": "/"}
    assert environment(own, tmp_path / "var").items() >= own.items()
    production = made | {"GRIDGOV_ENV": "production"}
    with pytest.raises(NotInProduction):
        environment(production, tmp_path / "var")
    names = ("CONTACT", "CODE", "AUDIT")
    keys = {
        f"GRIDGOV_{name}_KEY": letter + "0123456789abcdef" * 2
        for name, letter in zip(names, "cde", strict=True)
    }
    with pytest.raises(SettingWrong, match="SECRET_KEY"):
        load(production | keys)


def test_a_port_in_use_is_said_before_the_work() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            free(port)
    free(port)


def test_the_secret_of_two_first_starts_is_one(tmp_path: Path) -> None:
    made = {environment({}, tmp_path)["GRIDGOV_SECRET_KEY"] for _ in range(3)}
    assert len(made) == 1 and not list(tmp_path.glob("tmp*"))
