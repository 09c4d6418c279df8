"""What a program's token may do: its scopes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from gridgov.errors import BadInput, NotAllowed
from gridgov.words import N_


class TokenScope(StrEnum):
    """What a token was made for; within it, the duties of its account decide."""

    READ = "read"
    REPORT = "report"
    ACT = "act"
    ADMIN = "admin"  # the duties of administrators count; made only by who showed a second factor

    @property
    def label(self) -> str:
        """The English name, as the catalogues have it."""
        return LABELS[self]


LABELS = {
    TokenScope.READ: N_("Read"),
    TokenScope.REPORT: N_("Report cases"),
    TokenScope.ACT: N_("Take steps"),
    TokenScope.ADMIN: N_("Administer"),
}
DEMONSTRATION = "demo"  # the label of tokens on a demonstration's sheet
ALL = tuple(TokenScope)
USUAL = (TokenScope.READ, TokenScope.REPORT, TokenScope.ACT)


class ScopeMissing(NotAllowed):
    """This token was not made for this; it lacks the scope %(scope)s."""


class ScopeUnknown(BadInput):
    """%(scope)s is no scope; there are read, report, act and admin."""


def scopes(names: Iterable[str]) -> tuple[TokenScope, ...]:
    """Read the names of scopes; raises ScopeUnknown."""
    wanted = set(names)
    for name in sorted(wanted):
        if name not in list(TokenScope):
            raise ScopeUnknown(field="scopes", scope=name[:20])
    return tuple(scope for scope in TokenScope if scope in wanted)
