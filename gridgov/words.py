"""Marks what a user reads, so that the catalogues hold it; the faces translate it."""


class Word(str):
    """A message id inside the values of an error: the face translates it too."""

    __slots__ = ()


class Words(tuple[str, ...]):
    """Several message ids of which one or more apply."""

    __slots__ = ()

    def __str__(self) -> str:
        return " / ".join(self)


def N_(english: str) -> Word:  # noqa: N802 (gettext's own name)
    """Return the English message id as it is, marked."""
    return Word(english)
