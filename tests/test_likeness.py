"""The name that was probably meant."""

from __future__ import annotations

import pytest

from querybudget.likeness import did_you_mean, nearest


@pytest.mark.parametrize(
    ("name", "close"),
    [
        ("querys", "queries"),
        ("QUERIES", "queries"),
        ("tabels", "tables"),
        ("read", "reads"),
        ("zzz", None),
        ("", None),
    ],
)
def test_only_a_name_that_is_like_it_is_proposed(name, close):
    assert nearest(name, ["queries", "reads", "tables", "Reads"]) == close


def test_of_names_equally_like_the_first_is_proposed():
    assert nearest("aac", ["aab", "aad"]) == "aab"


def test_without_likeness_those_known_are_listed():
    assert did_you_mean("zzz", ["queries", "reads"]) == "Known: queries, reads."
    assert did_you_mean("raeds", ["queries", "reads"]) == "Did you mean 'reads'? Known: queries, reads."


def test_of_nothing_nothing_is_proposed():
    assert nearest("x", []) is None
