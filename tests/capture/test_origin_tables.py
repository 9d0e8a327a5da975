"""Every name of Django, DRF and asgiref that evidence rests on is still where it was."""

from __future__ import annotations

from pathlib import Path
from types import CodeType

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query import ModelIterable, QuerySet

from querybudget.capture import origin


def qualified_names(code):
    """Return the qualified names of all code compiled from one file."""
    names = {code.co_qualname}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= qualified_names(constant)
    return names


NAMED = [
    (directory + file, qualname)
    for directory, table in origin._LIBRARIES
    for file, handlers in table.items()
    for qualname in handlers
]


@pytest.mark.parametrize(("path", "qualname"), NAMED, ids=[qualname for _, qualname in NAMED])
def test_a_function_whose_frame_is_read_exists(path, qualname):
    source = Path(path).read_text(encoding="utf-8")
    assert qualname in qualified_names(compile(source, path, "exec"))


def test_some_functions_are_named_of_each_library():
    assert all(Path(directory).is_dir() and table for directory, table in origin._LIBRARIES)


def test_the_state_that_is_read_of_a_queryset_exists():
    queryset = QuerySet()
    for name in ("_hints", "_known_related_objects", "_fields"):
        assert hasattr(queryset, name)


def test_the_hooks_have_something_to_replace():
    assert "_cursor" in vars(BaseDatabaseWrapper)
    assert "connect" in vars(BaseDatabaseWrapper)
    assert "__iter__" in vars(ModelIterable)


def test_what_belongs_to_nobody_known_has_no_handler():
    assert origin.handler_of(__file__, "QuerySet.get") is None
