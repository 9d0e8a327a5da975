"""When two answers are the same: all of them, but for the time at which each was made."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.test import override_settings

from querybudget.replay.bodies import Body

NOON = datetime(2026, 5, 1, 12, 0, 0, 500_000, tzinfo=UTC)


def body(content, *, at=NOON):
    """Return an answer that took a tenth of a second."""
    began = at.timestamp()
    return Body(content=content.encode(), began=began, ended=began + 0.1)


def later(content):
    return body(content, at=NOON + timedelta(seconds=5))


PRESENT = {
    "with a zone": lambda at: at.isoformat(),
    "of Greenwich": lambda at: at.isoformat().replace("+00:00", "Z"),
    "of elsewhere": lambda at: at.astimezone(timezone(timedelta(hours=2))).isoformat(),
    "without one": lambda at: at.replace(tzinfo=None).isoformat(),
    "in thousandths": lambda at: at.isoformat(timespec="milliseconds"),
    "in whole seconds": lambda at: at.isoformat(" ", timespec="seconds"),
}


@pytest.mark.parametrize("written", PRESENT.values(), ids=PRESENT)
def test_the_present_is_the_same_in_both(written):
    one, two = (written(NOON + timedelta(seconds=n, milliseconds=50)) for n in (0, 5))
    assert body(f'{{"id": 1, "at": "{one}"}}').difference(later(f'{{"id": 1, "at": "{two}"}}')) == ""


@override_settings(TIME_ZONE="America/New_York")
def test_the_present_may_be_that_of_the_project():
    one, two = ((NOON + timedelta(seconds=n, hours=-4)).strftime("%Y-%m-%d %H:%M:%S") for n in (0, 5))
    assert body(one).difference(later(two)) == ""


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (NOON - timedelta(milliseconds=1), NOON + timedelta(seconds=5)),
        (NOON, NOON + timedelta(seconds=5, milliseconds=101)),
        (NOON, NOON),
    ],
    ids=["before the first", "after the second", "no longer the present"],
)
def test_any_other_time_is_a_difference(one, two):
    if one == two:
        assert body(one.isoformat()).difference(later(two.isoformat())) == ""
        two += timedelta(milliseconds=1)
    assert body(one.isoformat()).difference(later(two.isoformat())) != ""


def test_what_differs_besides_is_told():
    one, two = NOON.isoformat(), (NOON + timedelta(seconds=5)).isoformat()
    assert (
        body(f"at {one}: 1").difference(later(f"at {two}: 2"))
        == "'at (now): 1', then 'at (now): 2', at byte 10"
    )


def test_times_that_only_one_of_them_has_are_a_difference():
    assert body("none").difference(later((NOON + timedelta(seconds=5)).isoformat())) != ""


def test_what_only_looks_like_a_time_is_none():
    assert body("2026-99-99T99:99:99").difference(later("2026-99-99T99:99:98")).startswith("'")


def made(content, **tables):
    return Body(
        content=content.encode(),
        began=0,
        ended=0,
        made={table: {key: n for n, key in enumerate(keys)} for table, keys in tables.items()},
    )


def test_the_key_of_what_was_made_is_the_same_in_both():
    """Sequences do not go back with what they counted."""
    one = made('{"id": 7, "rows": [70, 71], "n": 2}', a=["7"], b=["70", "71"])
    assert one.difference(made('{"id": 8, "rows": [72, 73], "n": 2}', a=["8"], b=["72", "73"])) == ""


def test_keys_need_not_be_numbers():
    one, two = "0b6d1d1e-7a9d-4c53-9c1f-4a5f2b0d6c11", "77aa2f4e-0f39-4c7b-8a0d-0c3f8f0e9d22"
    assert made(f"/rows/{one}/", a=[one]).difference(made(f"/rows/{two}/", a=[two])) == ""


@pytest.mark.parametrize(
    "other",
    [
        made("2", a=["3"]),
        made("2", b=["2"]),
        made("2", a=["3", "2"]),
        made("2"),
    ],
    ids=["none of them", "of another table", "not the same of them", "nothing made"],
)
def test_another_number_is_a_difference(other):
    assert made("1", a=["1"]).difference(other) == "'1', then '2', at byte 0"


def test_a_part_of_a_number_is_no_key():
    assert made("1.5", a=["5"]).difference(made("1.6", a=["6"])) != ""
    assert made("a5", a=["5"]).difference(made("a6", a=["6"])) != ""
