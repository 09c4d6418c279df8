"""Meetings: plan, change and hold them, their minutes, and what they are to decide."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from gridgov.api.paging import onward
from gridgov.api.schemas import OUT_OF_RANGE, TOO_LONG, NamedOut, choice
from gridgov.api.taking_in import let_in
from gridgov.api.wire import Blueprint, form_of
from gridgov.app import installation
from gridgov.faces import agenda
from gridgov.faces import meetings as faces
from gridgov.faces.meeting_inputs import KEY, CancelIn, ChangeIn, HoldIn, MeetingIn
from gridgov.faces.serve import serving
from gridgov.joint import invite, meetings, minutes
from gridgov.joint.meetings import KINDS, STATES
from gridgov.joint.minutes import PAPERS

blueprint = Blueprint("meetings", __name__, description="Meetings, their agenda and minutes")
DOC: dict[str, Any] = {"x-limited": False}
use_args = blueprint.ARGUMENTS_PARSER.use_args


class MeetingsArgs(Schema):
    """Which meetings to list, the latest first; `before` takes the `id` of the last one shown."""

    state = choice(STATES)
    before = fields.Integer(validate=KEY)
    limit = fields.Integer(
        load_default=25, validate=validate.Range(1, meetings.MOST, error=OUT_OF_RANGE)
    )


class MeetingShort(Schema):
    """A meeting in a list, with how many were invited and came."""

    id = fields.Integer(required=True)
    kind = choice(KINDS, required=True)
    kind_name = fields.String(required=True)
    title = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    place = fields.String(required=True)
    area = fields.Nested(NamedOut, required=True)
    state = choice(STATES, required=True)
    state_name = fields.String(required=True)
    invited = fields.Integer(required=True)
    came = fields.Integer(required=True)


class GuestOut(Schema):
    """A unit, person or firm; `came` is null while the meeting is to come."""

    unit = fields.String(allow_none=True, required=True)
    person = fields.String(allow_none=True, required=True)
    firm = fields.String(allow_none=True, required=True)
    name = fields.String(required=True)
    invited = fields.Boolean(required=True)
    came = fields.Boolean(allow_none=True, required=True)


class MinutesOut(Schema):
    """A paper of a meeting."""

    id = fields.Integer(required=True)
    media_type = choice(PAPERS, required=True)
    size = fields.Integer(required=True)
    added_at = fields.AwareDateTime(required=True)
    person = fields.Nested(NamedOut, allow_none=True, required=True)


class MeetingOut(MeetingShort):
    """A meeting whole; of its cases those that whoever asks may see."""

    version = fields.Integer(required=True)
    why = fields.String(
        allow_none=True, required=True, metadata={"description": "It was called off."}
    )
    guests = fields.List(fields.Nested(GuestOut), required=True)
    cases = fields.List(fields.String(), required=True)
    minutes = fields.List(fields.Nested(MinutesOut), required=True)
    keeps = fields.Boolean(required=True)


class MeetingsOut(Schema):
    """A page of meetings."""

    meetings = fields.List(fields.Nested(MeetingShort), required=True)
    next = fields.Integer(allow_none=True, required=True)


class AgendaCase(Schema):
    """A case on an agenda; what reporters say of it stands in the case."""

    number = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    status_name = fields.String(required=True)
    place = fields.String(allow_none=True, required=True)
    unit = fields.Nested(NamedOut, allow_none=True, required=True)
    due = fields.AwareDateTime(allow_none=True, required=True)
    state = fields.String(required=True)
    urgent = fields.Boolean(required=True)
    note = fields.String(allow_none=True, required=True)


class SectionOut(Schema):
    """What is to be decided for one reason: how many cases, and the oldest of them."""

    name = choice(agenda.SECTIONS, required=True)
    label = fields.String(required=True)
    count = fields.Integer(required=True)
    cases = fields.List(fields.Nested(AgendaCase), required=True)


class AgendaOut(Schema):
    """The sections that hold something."""

    sections = fields.List(fields.Nested(SectionOut), required=True)


class SectionArgs(Schema):
    """Where a page of the list begins."""

    after = fields.String(validate=validate.Length(max=80, error=TOO_LONG))


class SectionPage(Schema):
    """A page of all cases of a section, the newest first."""

    label = fields.String(required=True)
    count = fields.Integer(required=True)
    cases = fields.List(fields.Nested(AgendaCase), required=True)
    next = fields.String(allow_none=True, required=True)


class FileIn(Schema):
    """Minutes: PDF or OFD."""

    file = Upload(required=True)


@blueprint.get("/meetings")
@blueprint.arguments(MeetingsArgs(), location="query")
@blueprint.response(200, MeetingsOut)
@blueprint.doc(**DOC)
def list_meetings(wanted: dict[str, Any]) -> dict[str, Any]:
    """List the meetings that one keeps, is invited to or came to."""
    with serving(write=False) as s:
        found = meetings.listed(s.session, s.actor, s.known, **wanted)
        return {"meetings": faces.short(s, found), "next": onward(found, wanted, "id")}


@blueprint.post("/meetings")
@blueprint.arguments(MeetingIn())
@blueprint.response(201, MeetingOut)
@blueprint.doc(**DOC)
def plan_meeting(body: dict[str, Any]) -> dict[str, Any]:
    """Plan a meeting; those invited are told."""
    with serving() as s:
        return faces.whole(s, invite.call(s.session, body["asked"], s.actor, s.at, s.known))


@blueprint.get("/meetings/<int:key>")
@blueprint.response(200, MeetingOut)
@blueprint.doc(**DOC)
def read_meeting(key: int) -> dict[str, Any]:
    """Read a meeting."""
    with serving(write=False) as s:
        return faces.whole(s, meetings.find(s.session, key, s.actor, s.known))


@blueprint.post("/meetings/<int:key>/plan")
@blueprint.arguments(ChangeIn())
@blueprint.response(200, MeetingOut)
@blueprint.doc(**DOC)
def change_meeting(body: dict[str, Any], key: int) -> dict[str, Any]:
    """Plan a meeting otherwise, while it is to come; whom it concerns is told."""
    with serving() as s:
        changed = invite.move(
            s.session, key, body["asked"], s.actor, s.at, s.known, body["version"]
        )
        return faces.whole(s, changed)


@blueprint.post("/meetings/<int:key>/hold")
@blueprint.arguments(HoldIn())
@blueprint.response(200, MeetingOut)
@blueprint.doc(**DOC)
def hold_meeting(body: dict[str, Any], key: int) -> dict[str, Any]:
    """Note that it was held and who came; said again, it corrects who came."""
    with serving() as s:
        version = body.get("version")
        held = meetings.hold(s.session, key, body["came"], s.actor, s.at, s.known, version)
        return faces.whole(s, held)


@blueprint.post("/meetings/<int:key>/cancel")
@blueprint.arguments(CancelIn())
@blueprint.response(200, MeetingOut)
@blueprint.doc(**DOC)
def cancel_meeting(body: dict[str, Any], key: int) -> dict[str, Any]:
    """Call a meeting off that was not held; those invited are told."""
    with serving() as s:
        version = body.get("version")
        off = invite.cancel(s.session, key, body["why"], s.actor, s.at, s.known, version)
        return faces.whole(s, off)


@blueprint.get("/meetings/<int:key>/agenda")
@blueprint.response(200, AgendaOut)
@blueprint.doc(**DOC)
def read_agenda(key: int) -> dict[str, Any]:
    """Read what is to be decided now, as far as whoever asks sees the cases."""
    with serving(write=False) as s:
        return {"sections": agenda.sections(s, meetings.find(s.session, key, s.actor, s.known))}


@blueprint.get("/meetings/<int:key>/agenda/<string:section>")
@blueprint.arguments(SectionArgs(), location="query")
@blueprint.response(200, SectionPage)
@blueprint.doc(**DOC)
def list_section(wanted: dict[str, Any], key: int, section: str) -> dict[str, Any]:
    """List all cases of a section."""
    with serving(write=False) as s:
        meeting = meetings.find(s.session, key, s.actor, s.known)
        return agenda.behind(s, meeting, section, wanted.get("after"))


@blueprint.post("/meetings/<int:key>/minutes")
@let_in
@use_args(FileIn(), location="files")
@blueprint.response(201, MinutesOut)
@blueprint.doc(**DOC, requestBody=form_of(FileIn.__doc__))
def add_minutes(files: dict[str, FileStorage], key: int) -> dict[str, Any]:
    """Add minutes to a meeting that was held; the same file twice is there once."""
    app = installation()
    with serving(write=False) as s:
        # Whoever may not add to the meeting does not get to fill the storage.
        minutes.ready(s.session, key, s.actor, s.known)
    most = app.settings.max_file_bytes
    sent = files["file"]
    cleaned = minutes.paper(sent.stream.read(most + 1), sent.mimetype, most)
    digest = app.store.put(cleaned.data)
    with serving() as s:
        added = minutes.add(s.session, key, cleaned, digest, s.actor, s.at, s.known)
        return faces.paper(s, added)


@blueprint.get("/meetings/<int:key>/minutes/<int:paper>")
@blueprint.response(200, description="The paper")
@blueprint.doc(**DOC, **{"x-types": PAPERS})
def read_minutes(key: int, paper: int) -> Response:
    """Read a paper, always as a download of its own type."""
    with serving(write=False) as s:
        found = minutes.one(s.session, key, paper, s.actor, s.known)
    return download(f"meeting-{key}-{found.id}", found.digest, found.media_type)


def download(stem: str, digest: str, media_type: str) -> Response:
    """Return stored bytes as a download."""
    response = Response(installation().store.get(digest), mimetype=media_type)
    name = f"{stem}.{media_type.rpartition('/')[2]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
