"""A case that is filed as something of another kind goes where such cases go."""

from __future__ import annotations

import sqlalchemy as sa

from gridgov.database import transaction
from gridgov.notices.tables import Notice
from tests.support.town import Town


def test_a_firms_request_goes_to_the_street_and_is_confidential(town: Town) -> None:
    number = town.report(category=None, description="税收咨询")["number"]
    assert town.read(number, "leader")["level"] == "grid"
    answer = town.step(number, "leader", "file", category="21001")
    assert answer.status_code == 200, answer.json
    seen = town.read(number, "dispatcher")
    assert (seen["level"], seen["confidential"], seen["status"]) == ("street", True, "filed")
    assert town.step(number, "leader", "dispatch", unit="office").status_code == 403


def test_a_membership_transfer_reaches_only_the_organiser_and_keeps_no_place(town: Town) -> None:
    number = town.report(category=None, description="组织关系")["number"]
    town.step(number, "leader", "file", category="41002")
    assert town.get(f"/cases/{number}", "leader").status_code == 404
    assert town.get(f"/cases/{number}", "dispatcher").status_code == 404
    seen = town.read(number, "organiser")
    assert (seen["point"], seen["cell"], seen["grid"], seen["address"]) == (None,) * 4
    with town.app.app_context(), transaction(write=False) as session:
        told = sa.select(Notice.to_code).where(Notice.template == "file")
        assert session.scalars(told).all() == ["organiser"]


def test_a_key_is_its_accounts_own(town: Town) -> None:
    body = {"description": "lamp", "channel": "web"}
    key = {"Idempotency-Key": "drawn-by-two"}
    mine = town.post("/cases", body, "member", **key).json["number"]
    assert town.post("/cases", body, "member", **key).json["number"] == mine
    assert town.post("/cases", body, "leader", **key).json["number"] != mine
    assert town.post("/cases", body, **key).json["number"] != mine
