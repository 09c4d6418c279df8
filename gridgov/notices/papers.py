"""Papers that go with a notice by e-mail: made when it is sent, by whoever can make them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Paper(NamedTuple):
    """A file that is attached."""

    name: str
    media_type: str
    data: bytes


Maker = Callable[[str, Mapping[str, Any]], Paper]
"""Makes the paper of a notice, from whom it is for (a person's code) and what the notice says."""

# What the notices are called that have one; who gets no file opens it by the link.
WITH_PAPER = frozenset({"weekly_report", "monthly_report"})
MAIL = "mail"  # what the kinds of such channels begin with
