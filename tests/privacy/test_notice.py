"""The notice: read before reporting, and kept with the case, with what was agreed to."""

from __future__ import annotations

import ast

from tests.house.source import calls, modules
from tests.privacy.conftest import Archive


def test_it_is_read_before_reporting(archive: Archive) -> None:
    told = archive.town.get("/notice").json
    assert {item["name"] for item in told["items"]} == {"contact", "words", "place", "photos"}
    assert str(archive.settings.retention_days) in told["text"]
    chinese = archive.town.client.get("/api/v1/notice", headers={"Accept-Language": "zh"}).json
    assert chinese["version"] == told["version"]
    assert chinese["text"] != told["text"]


def test_what_the_reporter_agreed_to_is_kept_with_the_case(archive: Archive) -> None:
    version = archive.town.get("/notice").json["version"]
    agreed = archive.reported(notice_version=version)
    silent = archive.town.report(reporter=None, anonymous=True)
    assert agreed["notice"]["version"] == version
    kept = archive.timeline(agreed["number"])[0]["data"]["notice"]
    fields = ["name", "phone", "email", "description", "location"]
    assert kept == {"version": version, "agreed": version, "collected": fields}
    kept = archive.timeline(silent["number"])[0]["data"]["notice"]
    assert kept == {"version": version, "collected": ["description", "location"]}
    assert "none is kept" in silent["notice"]["text"]


def test_every_face_keeps_it() -> None:
    """Whoever takes in a report says what its reporter was told."""
    faces = {"api", "web", "open311", "cli"}
    without = [
        module.at(node)
        for module in modules()
        if module.room in faces
        for node, name in calls(module)
        if name in ("report", "take_report") and len(node.args) > 1
        if "noted(" not in ast.unparse(node.args[1])
    ]
    assert not without, "report(session, noted(draft), …)"
