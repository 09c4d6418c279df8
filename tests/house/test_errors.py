"""Every error of ours means something in HTTP, and says a sentence."""

from __future__ import annotations

import pytest

from gridgov.errors import GridgovError
from gridgov.faces.problems import MEANS, status_of
from gridgov.settings import SettingMissing, SettingUnknown, SettingWrong
from tests.support.catalogue import errors

OURS = [error for error in errors() if issubclass(error, GridgovError)]
# These stop the start or a command; no request meets them.
NO_REQUEST = {GridgovError, SettingUnknown, SettingMissing, SettingWrong}


@pytest.mark.parametrize("error", OURS, ids=lambda error: error.__name__)
def test_an_error_says_a_sentence_and_has_a_status(error: type[GridgovError]) -> None:
    said = " ".join((error.__doc__ or "").split())
    assert said.endswith((".", "?")), said
    if error not in NO_REQUEST and error.__module__.startswith(("gridgov.cases", "gridgov.api")):
        assert status_of(error) != MEANS[GridgovError]
