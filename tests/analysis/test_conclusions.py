"""What was concluded of one query holds where it holds for all that are alike."""

from __future__ import annotations

from querybudget.analysis.conclusions import settled
from querybudget.records import Asker, OriginKind
from tests.builders import COMMENT, TAGS, event, lazy, recording

SQL = 'SELECT COUNT(*) FROM "tag" WHERE "package_id" = %s'


def counted(row, **more):
    """A count whose relation and object were concluded from its filter."""
    more = {"relation": TAGS, "asker": Asker(load=1, row=row), "is_inferred": True, **more}
    return event(SQL, kind=OriginKind.COUNT, **more)


def relations(*events):
    return [each.origin.relation for each in settled(recording(*events)).events]


def test_what_is_concluded_of_each_query_is_kept():
    made = recording(counted(1), lazy(1), counted(2))
    assert settled(made) == made


def test_what_is_concluded_of_some_alone_is_a_coincidence():
    plain = event(SQL, kind=OriginKind.COUNT)
    assert relations(counted(1), plain, counted(2)) == [None] * 3


def test_two_conclusions_about_one_line_are_none():
    assert relations(counted(1), counted(2, relation=COMMENT)) == [None] * 2


def test_queries_of_another_place_are_not_in_question():
    elsewhere = event(SQL, kind=OriginKind.COUNT, place=None)
    assert relations(counted(1), elsewhere) == [TAGS, None]


def test_without_conclusions_nothing_is_done():
    made = recording(lazy(1), lazy(2))
    assert settled(made) is made
