"""What can be reported here: discovery, the services, and what each of them may be told."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from gridgov.app import installation
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.errors import NotFound
from gridgov.exchange.open_requests import services as offered
from gridgov.faces import limits
from gridgov.faces.serve import serving
from gridgov.language import say, speaks
from gridgov.open311 import args
from gridgov.open311.forms import answer
from gridgov.words import N_

blueprint = Blueprint("open311_services", __name__)
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-22T00:00:00Z"
KEY_SERVICE = N_("The system administrator of this installation gives out keys.")
EMERGENCY = N_("If people are in danger, ring 119, 110 or 120 first.")
YES_NO = (("true", N_("yes")), ("false", N_("no")))
# What every service may be told besides: code, datatype, description, values.
ATTRIBUTES: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("coord_type", "singlevaluelist", N_("Datum of lat and long"),
     (("wgs84", "WGS 84"), ("cgcs2000", "CGCS2000"), ("gcj02", "GCJ-02"), ("bd09", "BD-09"))),
    ("accuracy_m", "number", N_("How exact the place is, in metres"), ()),
    ("urgency", "singlevaluelist", N_("Urgency"),
     (("normal", N_("normal")), ("urgent", N_("urgent")))),
    ("confidential", "singlevaluelist", N_("Confidential"), YES_NO),
    ("external_id", "string", N_("Number of the request in your system"), ()),
)  # fmt: skip


class NoSuchService(NotFound):
    """There is no service with this service_code; `services` lists them."""


@blueprint.get("/discovery.<any(json,xml):fmt>")
@limits.programs()
def discover(fmt: str) -> Response:
    """Tell where the protocol is spoken, and in which formats."""
    settings = installation().settings
    endpoint = {
        "specification": SPECIFICATION,
        "url": request.base_url.rpartition("/")[0],
        "changeset": CHANGESET,
        "type": "production" if settings.env == "production" else "test",
        "formats": ["text/xml", "application/json"],
    }
    return answer(
        "discovery",
        {
            "changeset": CHANGESET,
            "contact": " ".join(filter(None, (settings.office_name, settings.office_phone))),
            "key_service": say(KEY_SERVICE),
            "endpoints": [endpoint],
        },
        fmt,
    )


@blueprint.get("/services.<any(json,xml):fmt>")
@limits.programs()
def list_services(fmt: str) -> Response:
    """List what may be reported; with a key, also what is never public."""
    with serving(write=False) as s:
        args.street(s.known)
        found = [_service(one) for one in offered(s.known, s.actor)]
    return answer("services", found, fmt)


@blueprint.get("/services/<string:code>.<any(json,xml):fmt>")
@limits.programs()
def define_service(code: str, fmt: str) -> Response:
    """Define what a service may be told besides place and description."""
    with serving(write=False) as s:
        args.street(s.known)
        if code not in {one.code for one in offered(s.known, s.actor)}:
            raise NoSuchService(field="service_code")
    attributes = [_attribute(place, *one) for place, one in enumerate(ATTRIBUTES, 2)]
    attributes.insert(0, _attribute(1, "emergency", "text", EMERGENCY, (), variable=False))
    return answer("service_definition", {"service_code": code, "attributes": attributes}, fmt)


def _service(one: CategoryFacts) -> dict[str, Any]:
    zh = speaks("zh")
    name, group = (one.name, one.group) if zh else (one.name_en, one.group_en)
    return {
        "service_code": one.code,
        "service_name": name or one.name,
        "description": f"{group} / {name}",
        "metadata": True,
        "type": "realtime",
        "keywords": ", ".join(dict.fromkeys(filter(None, (one.name, one.name_en, one.kind)))),
        "group": group or one.group,
    }


def _attribute(
    order: int,
    code: str,
    datatype: str,
    description: str,
    values: tuple[tuple[str, str], ...],
    *,
    variable: bool = True,
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "variable": variable,
        "code": code,
        "datatype": datatype,
        "required": False,
        "datatype_description": "",
        "order": order,
        "description": say(description),
    }
    if values:
        made["values"] = [{"key": key, "name": say(name)} for key, name in values]
    return made
