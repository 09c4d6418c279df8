"""The collections of features: what each holds, and its rows as far as somebody may see them.

Everybody gets the map, and of cases the components of public categories, one by one where they
lie; all other public cases are told as counts per cell (`load`). Accounts get what they see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from gridgov.errors import NotAllowed, NotFound, NotSignedIn
from gridgov.exchange.matching import Place
from gridgov.people.actors import Actor
from gridgov.words import N_


class CollectionMissing(NotFound):
    """There is no such collection; there are cells, grids, firms, cases and load."""


@dataclass(frozen=True)
class Collection:
    """What a collection is, whoever asks."""

    name: str
    title: str
    said: str
    geometry: str
    timed: str | None = None  # the property that `datetime` looks at


_ALL = (
    Collection("cells", N_("Unit cells"), N_("The smallest fixed pieces of the map."), "Polygon"),
    Collection("grids", N_("Grids"), N_("Sets of cells with one leader each."), "MultiPolygon"),
    Collection(
        "firms", N_("Firms"), N_("The directory of enterprises, without contacts."), "Point"
    ),
    Collection(
        "cases",
        N_("Cases"),
        N_("Requests and problems as far as you may see them, in some cases by their cell only."),
        "Point",
        "reported_at",
    ),
    Collection(
        "load",
        N_("Load per cell"),
        N_("Cases reported in each cell and period, and how many of them are still open."),
        "Polygon",
        "begins",
    ),
)
COLLECTIONS = {one.name: one for one in _ALL}


class Feature(NamedTuple):
    """One feature: its shape in degrees of CGCS2000, or none."""

    id: str
    properties: dict[str, Any]
    shape: Any


@dataclass(frozen=True)
class Rows:
    """The features of a collection as somebody gets them, not asked of the database yet."""

    of: Collection
    dialect: str
    columns: Mapping[str, Any]  # the properties that a filter may name
    key: Any  # the feature's id: text, unique, never changed
    source: Any
    where: tuple[sa.ColumnElement[bool], ...]
    place: Place
    there: sa.ColumnElement[bool]  # whether a feature has a geometry
    dress: Callable[[str, dict[str, Any], Mapping[str, Any]], Feature]
    beside: Mapping[str, Any]  # columns that only `dress` needs
    ends: Any = None  # where `of.timed` is only a beginning: the end, which is outside
    sums: frozenset[str] = frozenset()  # properties that are counted, which takes long
    near: Callable[[Sequence[str]], Rows] | None = None  # the same, of these features' cells only


def open_to(actor: Actor) -> list[Collection]:
    """Return the collections that somebody may open."""
    directory = bool(actor.machine or actor.duties)
    return [one for one in COLLECTIONS.values() if directory or one.name != "firms"]


def find(name: str, actor: Actor) -> Collection:
    """Return a collection. Raises CollectionMissing, NotSignedIn, NotAllowed."""
    if name not in COLLECTIONS:
        raise CollectionMissing(field="collection")
    if COLLECTIONS[name] not in open_to(actor):
        raise NotAllowed if actor.account else NotSignedIn
    return COLLECTIONS[name]
