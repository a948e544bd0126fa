"""What ``chiasm.evaluation`` offers is there under its name, whatever was imported before."""

from importlib import import_module
from types import ModuleType

import pytest

import chiasm.evaluation


@pytest.mark.parametrize("name", chiasm.evaluation.__all__)
def test_every_name_is_what_it_says_also_when_its_module_was_imported(name):
    import_module(f"chiasm.evaluation.{chiasm.evaluation._HOMES[name]}")
    assert not isinstance(getattr(chiasm.evaluation, name), ModuleType)
    assert name in dir(chiasm.evaluation)


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'recall'"):
        chiasm.evaluation.recall  # noqa: B018
