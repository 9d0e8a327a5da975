"""Chunks and pages, each beside the loop that looks like it."""

from __future__ import annotations

import pytest

from querybudget.analysis.walks import keys_asked, walks_in_steps
from querybudget.records import PARAMETER_SIZE, OriginKind
from tests.builders import event

CHUNK = 'SELECT "id" FROM "a" WHERE "id" IN (%s, %s)'
PAGE_BY_KEY = 'SELECT "id" FROM "a" WHERE "owner" = %s AND "id" > %s ORDER BY "id" LIMIT 10'


def step(sql, *values, kind=OriginKind.ITERATION):
    digests = b"".join(str(value).encode().rjust(PARAMETER_SIZE) for value in values)
    return event(sql, params=digests, kind=kind)


def test_chunks_of_ids_are_a_walk():
    assert walks_in_steps([step(CHUNK, 1, 2), step(CHUNK, 3, 4), step(CHUNK, 5, 6)])


def test_a_short_last_chunk_belongs_to_the_walk():
    last = step('SELECT "id" FROM "a" WHERE "id" IN (%s)', 5)
    assert walks_in_steps([step(CHUNK, 1, 2), step(CHUNK, 3, 4), last])


def test_chunks_of_literals_in_the_text_are_a_walk():
    texts = [f'SELECT "id" FROM "a" WHERE "id" IN ({each}, {each + 1})' for each in (1, 3, 5)]
    assert walks_in_steps([step(text, kind=OriginKind.CURSOR) for text in texts])


def test_the_same_literals_each_time_are_none():
    text = 'SELECT "id" FROM "a" WHERE "kind" IN (1, 2) AND "owner" = %s'
    assert not walks_in_steps([step(text, owner) for owner in (1, 2, 3)])


def test_a_list_that_is_the_same_each_time_is_none():
    text = 'SELECT "id" FROM "a" WHERE "owner" = %s AND "kind" IN (%s, %s)'
    assert not walks_in_steps([step(text, owner, "x", "y") for owner in (1, 2, 3)])


def test_one_id_at_a_time_is_none():
    assert not walks_in_steps([step('SELECT "id" FROM "a" WHERE "id" IN (%s)', each) for each in (1, 2, 3)])


def test_pages_by_offset_are_a_walk():
    assert walks_in_steps([step(f'SELECT "id" FROM "a" LIMIT 10 OFFSET {each}') for each in (10, 20, 30)])


def test_pages_by_key_are_a_walk():
    assert walks_in_steps([step(PAGE_BY_KEY, "me", key) for key in (10, 20, 30)])


def test_pages_by_two_columns_are_a_walk():
    text = 'SELECT "id" FROM "a" WHERE ("day" > %s OR ("day" = %s AND "id" > %s)) LIMIT 10'
    assert walks_in_steps([step(text, day, day, key) for day, key in ((1, 5), (2, 9), (3, 7))])


def test_the_first_rows_of_each_owner_are_none():
    assert not walks_in_steps([step(PAGE_BY_KEY, owner, 0) for owner in (1, 2, 3)])


def test_the_single_next_row_is_none():
    text = 'SELECT "id" FROM "a" WHERE "id" > %s ORDER BY "id" LIMIT 1'
    assert not walks_in_steps([step(text, key) for key in (1, 2, 3)])


def test_the_same_page_again_and_again_is_none():
    assert not walks_in_steps([step(PAGE_BY_KEY, "me", 0)] * 3)


def test_statements_that_differ_are_no_pages_by_key():
    texts = [PAGE_BY_KEY.replace("10", str(size)) for size in (10, 20, 30)]
    assert not walks_in_steps([step(text, "me", key) for key, text in enumerate(texts)])


@pytest.mark.parametrize("kind", [OriginKind.GET, OriginKind.FIRST, OriginKind.COUNT, OriginKind.EXISTS])
def test_asking_for_one_thing_each_time_is_none(kind):
    assert not walks_in_steps([step(PAGE_BY_KEY, "me", key, kind=kind) for key in (10, 20, 30)])


def test_rows_skipped_for_each_owner_are_none():
    text = 'SELECT "id" FROM "a" WHERE "owner" = %s LIMIT 2 OFFSET 1'
    assert not walks_in_steps([step(text, owner) for owner in (1, 2, 3)])


def test_pages_by_a_parameter_are_a_walk():
    text = 'SELECT "id" FROM "a" WHERE "owner" = %s LIMIT %s OFFSET %s'
    assert walks_in_steps([step(text, "me", 10, start) for start in (0, 10, 20)])


def test_a_list_of_another_length_each_time_is_none():
    texts = ['SELECT "id" FROM "a" WHERE "id" IN (%s, %s)', 'SELECT "id" FROM "a" WHERE "id" IN (%s, %s, %s)']
    assert not walks_in_steps([step(texts[0], 1, 2), step(texts[1], 3, 4, 5), step(texts[0], 6, 7)])


KEYED = [
    ('SELECT "a"."id" FROM "a" WHERE "a"."id" = %s LIMIT 21', ("id", True)),
    ('SELECT "a"."id" FROM "a" WHERE "a"."id" = %s ORDER BY "a"."name" ASC LIMIT 1', ("id", True)),
    ('SELECT "a"."id" FROM "a" WHERE "a"."slug" = %s LIMIT 21', ("slug", True)),
    ('SELECT "a"."id" FROM "a" WHERE "a"."slug" = %s ORDER BY "a"."id" ASC LIMIT 1', ("slug", False)),
    ('SELECT "a"."id" FROM "a" WHERE ("a"."open" AND "a"."id" = %s) LIMIT 21', ("id", False)),
    (
        'SELECT "a"."id" FROM "a" WHERE (EXISTS(SELECT 1 FROM "b" WHERE ("b"."x" OR 1)) AND "a"."id" = %s)',
        ("id", False),
    ),
    (
        "SELECT `a`.`id` FROM `a` INNER JOIN `b` ON (`a`.`b` = `b`.`id`) WHERE (`b`.`x` AND `a`.`id` = %s)",
        ("id", False),
    ),
    ('SELECT "a"."id" FROM "a" WHERE ("a"."open" OR "a"."id" = %s) LIMIT 21', None),
    ('SELECT "a"."id" FROM "a" WHERE NOT ("a"."id" = %s) LIMIT 21', None),
    ('SELECT "a"."id" FROM "a" WHERE "a"."id" > %s LIMIT 21', None),
    ('SELECT "a"."id" FROM "a" INNER JOIN "b" ON ("a"."b" = "b"."id") WHERE "b"."id" = %s LIMIT 21', None),
    ('SELECT "a"."id" FROM "a" WHERE EXISTS(SELECT 1 FROM "a" WHERE "a"."id" = %s)', None),
]


@pytest.mark.parametrize(("statement", "asked"), KEYED)
def test_by_which_key_rows_are_asked_for_is_read_from_the_statement(statement, asked):
    assert keys_asked([step(statement, key) for key in (1, 2, 3)]) == asked


def test_two_values_that_change_are_no_key():
    text = 'SELECT "a"."id" FROM "a" WHERE ("a"."owner" = %s AND "a"."id" = %s)'
    assert keys_asked([step(text, owner, owner + 5) for owner in (1, 2, 3)]) is None
    assert keys_asked([step(text, 1, key) for key in (1, 2, 3)]) == ("id", False)


def test_literals_in_the_text_are_no_key():
    assert keys_asked([step(f'SELECT "id" FROM "a" WHERE "id" = {key}') for key in (1, 2, 3)]) is None


def test_a_named_parameter_is_no_key():
    text = 'SELECT "a"."id" FROM "a" WHERE "a"."id" = %(key)s'
    assert keys_asked([step(text, key) for key in (1, 2, 3)]) is None
