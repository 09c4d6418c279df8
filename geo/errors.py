"""What can go wrong with geometry, each in the sentence that the user reads."""


class GeoError(Exception):
    """The map data cannot be used."""

    # The docstring is the message id of the catalogue: it is translated first and the values are
    # put in afterwards, so a sentence must never be built anywhere else.

    def __init__(self, **values: object) -> None:
        super().__init__()
        self.values = values

    @property
    def message_id(self) -> str:
        """The untranslated sentence, with its %(name)s placeholders."""
        return " ".join((type(self).__doc__ or "").split())

    def __str__(self) -> str:
        return self.message_id % self.values


class NotFinite(GeoError):
    """The coordinates %(lon)s, %(lat)s are not finite numbers."""


class UnknownCrs(GeoError):
    """PROJ does not know the coordinate reference system %(crs)s."""


class CannotTransform(GeoError):
    """The coordinates cannot be brought from %(crs)s to longitude and latitude."""


class BadBoundary(GeoError):
    """The boundary is not a valid, non-empty polygon: %(reason)s."""


class BadTarget(GeoError):
    """The target area must be at least 1 m², not %(target)s."""


class PartitionFailed(GeoError):
    """The pieces differ from the boundary by %(difference).3f m²; please report this map."""


class TooManyCells(GeoError):
    """%(cells)d cells do not fit community %(community)s: a sequence has 3 digits, 999 at most."""


class BadCommunity(GeoError):
    """A community code has 12 digits, not %(community)s."""


class BadCells(GeoError):
    """%(codes)d codes were given for %(polygons)d polygons."""


class DuplicateCode(GeoError):
    """Cell code %(code)s occurs more than once."""


class NotPolygon(GeoError):
    """Cell %(code)s is not a valid polygon."""


class UnsafePath(GeoError):
    """Only plain local files are read and written, not %(path)s."""


class FileMissing(GeoError):
    """There is no file %(path)s."""


class UnknownFormat(GeoError):
    """%(path)s: the name must end in one of %(known)s."""


class Unreadable(GeoError):
    """%(path)s cannot be read as a map: %(reason)s"""


class Unwritable(GeoError):
    """%(path)s cannot be written: %(reason)s"""


class EmptyLayer(GeoError):
    """%(path)s holds no features."""


class NoLayer(GeoError):
    """%(path)s has no layer %(layer)s; it has %(layers)s."""


class TooManyFeatures(GeoError):
    """%(path)s holds %(count)d features; at most %(limit)d are read."""


class FileTooLarge(GeoError):
    """%(path)s holds %(size)d bytes, unpacked; at most %(limit)d are read."""


class NoCrs(GeoError):
    """%(path)s does not say its coordinate reference system: add it (a .prj file for a Shapefile) or name a datum with --coord-type."""  # noqa: E501


class NotDegrees(GeoError):
    """%(path)s has coordinates such as %(x)s, %(y)s, which are not longitude and latitude: its coordinate reference system is missing or wrong."""  # noqa: E501


class MismatchedLengths(GeoError):
    """Field %(field)s has %(values)d values for %(geometries)d geometries."""


class BadFieldName(GeoError):
    """A Shapefile's field names have at most 10 ASCII characters, unlike %(field)s."""
