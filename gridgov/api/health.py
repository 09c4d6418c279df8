"""Whether the process lives, and whether it can serve."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify

from gridgov.audit.status import late
from gridgov.database import db, transaction
from gridgov.epochs import Epochs
from gridgov.faces.auth import now
from gridgov.schema import is_current

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Answer as long as the process runs."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int] | Response:
    """Answer whether the database can be used as it is."""
    with transaction(write=False) as session:
        session.execute(sa.select(Epochs.id)).one()
    if not is_current(db.engine):
        return jsonify(status="upgrade", detail="gridgov init"), 503
    return jsonify(status="ok", audit=_audit())


def _audit() -> list[str]:
    """Name what of the audit trail has stood still; that keeps nobody from working."""
    with transaction(write=False) as session:
        return list(late(session, now()))
