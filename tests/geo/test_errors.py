"""An error is a sentence with its values beside it, so that it can be translated."""

import inspect
import re

import pytest

from geo import errors

ALL = [e for _, e in inspect.getmembers(errors, inspect.isclass) if issubclass(e, errors.GeoError)]


@pytest.mark.parametrize("error", ALL)
def test_the_docstring_is_the_sentence(error):
    kinds = dict(re.findall(r"%\((\w+)\)([sdf]|\.\d+f)", error.__doc__))
    values = {name: name if kind == "s" else 7 for name, kind in kinds.items()}
    raised = error(**values)
    assert raised.message_id == error.__doc__
    assert "\n" not in raised.message_id
    assert raised.values == values
    assert "%" not in str(raised)
    for value in values.values():
        assert str(value) in str(raised)
