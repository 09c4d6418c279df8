"""What is reported: place, words, channel, contact."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

import shapely

from geo.datum import from_cgcs2000
from gridgov.cases.contact import Contact
from gridgov.cases.placing import Location
from gridgov.cases.report import About, Draft
from gridgov.cases.taxonomy import CategoryFacts
from gridgov.demo import genres
from gridgov.demo.beats import Teller
from gridgov.demo.genres import Genre
from gridgov.demo.ground import FirmFacts, Ground
from gridgov.demo.names import PARK
from gridgov.demo.times import ALWAYS, AWAKE, OFFICE
from gridgov.people.roles import Role

BY_STAFF = {"telephone": "caller", "counter": "caller", "mail": "caller", "hotline": "dispatcher"}
CHANNELS: Mapping[str, Mapping[str, int]] = {
    "matter": {"web": 25, "wechat": 35, "patrol": 22, "telephone": 9, "hotline": 9},
    "resident": {"web": 20, "wechat": 35, "telephone": 15, "hotline": 15, "counter": 10, "mail": 5},
    "enterprise": {"web": 35, "visit": 35, "telephone": 15, "wechat": 10, "counter": 5},
    "party": {"web": 40, "counter": 30, "telephone": 30},
    "wish": {"wechat": 60, "web": 20, "counter": 20},
}
DATUM = {"wechat": ("gcj02",), "web": ("wgs84", "wgs84", "bd09", "cgcs2000")}
FAR = 0.006  # degrees from the map at the most, for what lies outside
NEAR = 0.0002  # degrees, about 20 m: two reports of the same thing


@dataclass(frozen=True)
class Report:
    """A report as it will come in: `who` enters it, in whose grid `grid` is."""

    draft: Draft
    category: CategoryFacts  # the right one, whatever the draft says
    who: str
    hours: str
    grid: str | None
    point: tuple[float, float] | None
    photo: bool
    index: int  # of the firm


class Reports:
    """Makes reports on one ground."""

    def __init__(self, ground: Ground, at: datetime) -> None:
        self.ground = ground
        self.office = ground.known.office
        self.led = [g for g in sorted(ground.cells) if self.office.on_duty(Role.LEADER, g, at)]
        self.leaderless = [g for g in sorted(ground.cells) if g not in self.led] or self.led
        self.categories = {group: self._of(group) for group in GROUPS}

    def _of(self, group: str) -> list[CategoryFacts]:
        found = self.ground.known.categories.values()
        return [category for category in found if category.active and GROUPS[group](category)]

    def make(self, rng: Random, genre: Genre) -> Report:
        """Make a report that fits a genre."""
        category = rng.choice(self.categories[rng.choice(genre.categories)])
        firm = rng.choice(self.ground.firms)
        grid = rng.choice(self.leaderless if genre.place == genres.LEADERLESS else self.led)
        point = self._point(rng, genre.place, grid, firm)
        channel = genre.channel or self._channel(rng, category, genre)
        address = self._address(rng, genre.place, firm, category)
        location = _located(rng, channel, point, address, wide=genre.place == genres.UNCERTAIN)
        said = self.ground.words
        text = said.fill(rng, rng.choice(said.asked[category.code]), firm.name, address)
        kind = self._said(rng, genre, category)
        who = {"patrol": "member", "visit": "organiser"}.get(channel) or BY_STAFF.get(channel, "")
        named = who and kind and category.kind == "enterprise" and not genre.anonymous
        draft = Draft(
            description=text,
            category=kind,
            firm=firm.code if named else None,
            location=location,
            contact=None if genre.anonymous else self._contact(rng, channel),
            anonymous=genre.anonymous,
            confidential=genre.confidential,
            subject=self._about(rng, genre),
            channel=channel,
            external_ref=f"12345-{rng.randrange(10**8):08d}" if channel == "hotline" else None,
        )
        in_cell = (genres.LED, genres.UNCERTAIN, genres.LEADERLESS)
        placed = grid if genre.place in in_cell else None
        photo = category.photo != "none" and channel in ("web", "wechat") and rng.random() < 0.12
        hours = OFFICE if who else AWAKE
        if category.urgency == "urgent":
            hours = ALWAYS
        return Report(
            draft, category, who, hours, placed, point, photo, self.ground.firms.index(firm)
        )

    def again(self, rng: Random, before: Report) -> Report:
        """Make a second report of the same thing, by somebody else, from a few steps away."""
        said, code = self.ground.words, before.category.code
        firm = self.ground.firms[before.index]
        point, address = self._beside(rng, before), before.draft.location.address
        draft = replace(
            before.draft,
            description=said.fill(rng, rng.choice(said.asked[code]), firm.name, address),
            location=_located(rng, "wechat", point, address),
            contact=self._contact(rng, "wechat"),
            channel="wechat",
            external_ref=None,
            category=code,
            firm=None,
        )
        return replace(before, draft=draft, who="", hours=AWAKE, point=point, photo=False)

    def teller(self, rng: Random, genre: Genre, report: Report) -> Teller:
        """Return what a genre's tale is told with."""
        other = rng.choice(self.led)
        point = self._point(rng, genres.LED, other, self.ground.firms[0])
        elsewhere = _located(rng, "patrol", point, self.ground.words.say(rng, "address"))
        units = self._units(rng, report, genre)
        return Teller(rng, self.ground.words, report.category, units, elsewhere)

    def _units(self, rng: Random, report: Report, genre: Genre) -> Sequence[str]:
        """Return the units to think of, never one that the case is about."""
        street = self.ground.known.maps.parks[PARK].street_code
        cell = f"{street}001"
        places = (report.grid, cell) if report.grid else (None, street)
        barred = self.office.below(ABOUT_UNIT) if genre.about == "unit" else frozenset()
        code, named = report.category.code, report.category.unit
        serving = [
            unit.code
            for unit in sorted(self.office.units.values())
            if unit.serves(code, places)
            and unit.code not in barred
            and self.office.by_place.get((Role.HANDLER, unit.code))
        ]
        rng.shuffle(serving)
        return sorted(serving, key=lambda one: one != named) or [named or ABOUT_UNIT]

    def _said(self, rng: Random, genre: Genre, category: CategoryFacts) -> str | None:
        if genre.first == "unknown":
            return None
        if genre.first == "wrong":
            others = [c for c in self.categories[genres.PLAIN] if c.code != category.code]
            return rng.choice(others).code
        return category.code

    def _channel(self, rng: Random, category: CategoryFacts, genre: Genre) -> str:
        weights = CHANNELS.get(category.kind, CHANNELS["matter"])
        # A member cannot be on patrol where there is no grid, and nobody patrols anonymously.
        usual = [c for c in weights if c != "patrol" or genre.place == genres.LED]
        if genre.anonymous or genre.about:
            usual = ["web"]
        return rng.choices(usual, weights=[weights[c] for c in usual])[0]

    def _about(self, rng: Random, genre: Genre) -> About | None:
        if genre.about == "leader":
            return About("leader", text=self.ground.words.say(rng, "about"))
        if genre.about == "unit":
            return About("unit", unit=ABOUT_UNIT, text=self.ground.words.say(rng, "about"))
        return None

    def _contact(self, rng: Random, channel: str) -> Contact | None:
        if channel == "patrol":
            return None
        # Numbers that begin so are given to nobody.
        phone = f"100{rng.randrange(10**8):08d}"
        return Contact(rng.choice(self.ground.words.said["reporter"]), phone)

    def _address(
        self, rng: Random, place: str, firm: FirmFacts, category: CategoryFacts
    ) -> str | None:
        if category.kind == "party":
            return None
        if place == genres.FIRM or (place == genres.UNPLACED and category.kind == "enterprise"):
            return firm.address
        return self.ground.words.say(rng, "outside" if place == genres.OUTSIDE else "address")

    def _point(
        self, rng: Random, place: str, grid: str, firm: FirmFacts
    ) -> tuple[float, float] | None:
        if place == genres.UNPLACED:
            return None
        if place == genres.FIRM:
            return firm.point.lon, firm.point.lat
        if place == genres.OUTSIDE:
            return self._beyond(rng)
        cell = rng.choice(self.ground.cells[grid])
        return _within(rng, cell)

    def _beyond(self, rng: Random) -> tuple[float, float]:
        west, south, east, north = self.ground.outline.bounds
        while True:
            lon = round(rng.uniform(west - FAR, east + FAR), 6)
            lat = round(rng.uniform(south - FAR, north + FAR), 6)
            if 0.0005 < self.ground.outline.distance(shapely.Point(lon, lat)) < FAR:
                return lon, lat

    def _beside(self, rng: Random, before: Report) -> tuple[float, float]:
        lon, lat = before.point or (0.0, 0.0)
        cell = next(
            one
            for one in self.ground.cells[before.grid or ""]
            if one.contains(shapely.Point(lon, lat))
        )
        for _ in range(50):
            near = (
                round(lon + rng.uniform(-NEAR, NEAR), 6), round(lat + rng.uniform(-NEAR, NEAR), 6),
            )  # fmt: skip
            if cell.buffer(-2e-5).contains(shapely.Point(near)):
                return near
        return lon, lat


ABOUT_UNIT = "enforcement"
GROUPS: Mapping[str, Callable[[CategoryFacts], bool]] = {
    genres.PLAIN: lambda c: c.kind in ("component", "matter") and c.urgency == "normal",
    genres.SAMPLED: lambda c: c.kind in ("component", "matter") and c.check == "sample",
    genres.RESIDENT: lambda c: c.kind == "resident",
    genres.ENTERPRISE: lambda c: c.kind == "enterprise",
    genres.PARTY: lambda c: c.kind == "party" and not c.transfer,
    genres.TRANSFER: lambda c: c.transfer,
    genres.WISH: lambda c: c.kind == "wish",
    genres.URGENT: lambda c: c.urgency == "urgent",
}


def _within(rng: Random, cell: shapely.Polygon) -> tuple[float, float]:
    """Return a point inside a cell, some metres from its edge, to the sixth digit."""
    inner = cell.buffer(-2e-5)
    inner = cell if inner.is_empty else inner
    west, south, east, north = inner.bounds
    for _ in range(200):
        point = (round(rng.uniform(west, east), 6), round(rng.uniform(south, north), 6))
        if inner.contains(shapely.Point(point)):
            return point
    middle = inner.representative_point()
    return middle.x, middle.y


def _located(
    rng: Random,
    channel: str,
    point: tuple[float, float] | None,
    address: str | None,
    *,
    wide: bool = False,
) -> Location:
    """Return a point as this channel's map would deliver it."""
    if point is None:
        return Location(address=address)
    kind = rng.choice(DATUM.get(channel, ("wgs84",)))
    lon, lat = from_cgcs2000(*point, kind)
    accuracy = rng.randint(300, 900) if wide else rng.choice((None, 8, 15, 25))
    return Location(round(lon, 7), round(lat, 7), kind, accuracy, address)
