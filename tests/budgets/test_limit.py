"""Limits as people write them."""

from __future__ import annotations

import pytest

from querybudget import InvalidDeclaration, between, exactly
from querybudget.budgets.limit import Limit, parse_limit


@pytest.mark.parametrize(
    ("written", "lower", "upper"),
    [(4, 0, 4), (0, 0, 0), ("=4", 4, 4), (" = 4 ", 4, 4), ("2..4", 2, 4), ("2 .. 4", 2, 4), ("4..4", 4, 4)],
)
def test_a_limit_is_read_as_written(written, lower, upper):
    assert parse_limit(written, name="queries") == Limit(lower=lower, upper=upper)


def test_words_for_tests_say_the_same():
    assert exactly(4) == parse_limit("=4", name="queries")
    assert between(2, 4) == parse_limit("2..4", name="queries")
    assert parse_limit(between(2, 4), name="queries") == between(2, 4)


@pytest.mark.parametrize("wrong", [-1, True, 4.0, "4", "", "=-1", "4..", [4], "<4", "=٤"])
def test_what_is_no_limit_is_named_with_what_was_expected(wrong):
    with pytest.raises(InvalidDeclaration) as told:
        parse_limit(wrong, name="reads")
    assert f"reads={wrong!r} is no limit" in str(told.value)
    assert '"=4" (exactly) or "2..4" (between)' in str(told.value)


@pytest.mark.parametrize("backwards", ["4..2"])
def test_a_range_backwards_is_turned_round_in_the_message(backwards):
    with pytest.raises(InvalidDeclaration, match=r'Expected the smaller first: "2\.\.4"'):
        parse_limit(backwards, name="queries")


def test_between_takes_the_smaller_first():
    with pytest.raises(InvalidDeclaration) as told:
        between(4, 2)
    assert "between(4, 2) holds for no count. Expected the smaller first: between(2, 4)." in str(told.value)


@pytest.mark.parametrize("wrong", [lambda: exactly(-1), lambda: exactly(True), lambda: between(-1, 4)])
def test_words_for_tests_take_counts(wrong):
    with pytest.raises(InvalidDeclaration, match=r"from 0 up, (exactly|between)"):
        wrong()


@pytest.mark.parametrize("huge", [10**12, "=" + "9" * 5000, "1.." + "9" * 13])
def test_a_limit_is_no_more_than_a_data_file_holds(huge):
    with pytest.raises(InvalidDeclaration) as told:
        parse_limit(huge, name="reads")
    assert len(str(told.value)) < 200


@pytest.mark.parametrize(
    ("written", "said"), [(4, "4"), ("=4", "exactly 4"), ("2..4", "2 to 4"), ("=0", "0")]
)
def test_a_limit_says_itself(written, said):
    assert str(parse_limit(written, name="queries")) == said
