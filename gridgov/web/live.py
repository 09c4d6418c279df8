"""What somebody else changed: a few bytes that a page asks for every few seconds.

Asking rather than being told: an open stream (server-sent events) would hold a worker for every
page that somebody has open all day, and many an office's proxy cuts or gathers it; asking costs
one short statement, is answered 304 while nothing changed, and mends itself after a cut.
"""

from __future__ import annotations

import hashlib

from flask import Response, jsonify, request
from werkzeug.wrappers import Response as Answer

from gridgov.cases import numbers
from gridgov.cases.act import find
from gridgov.cases.queue import watermark
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import Visit, visiting


@blueprint.get("/live/queue")
def live_queue() -> Answer:
    """Tell whether anything of what is open for whoever looks has changed."""
    with visiting() as visit:
        mark = queue_mark(visit)
    return _marked(mark)


@blueprint.get("/live/case/<string:number>")
def live_case(number: str) -> Answer:
    """Tell at which version a case stands."""
    with visiting() as visit:
        s = visit.serving
        case = find(s.session, numbers.read(number), s.actor, s.at, s.known)
        return _marked(str(case.version))


def queue_mark(visit: Visit) -> str:
    """Return what changes with the queue; a page reads it before it reads the queue itself."""
    s = visit.serving
    last, count = watermark(s.session, s.actor, s.at, s.known)
    # By the minute, so that what falls due is seen too.
    said = f"{last} {count} {s.at:%H:%M}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _marked(mark: str) -> Answer:
    response: Response = jsonify(mark=mark)
    response.set_etag(mark)
    return response.make_conditional(request)
