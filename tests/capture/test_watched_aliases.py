"""Several databases: each alias is watched and counted by its name."""

from django.db import connections

from querybudget import query_budget


def test_every_alias_is_counted_by_its_name(second_database):
    with query_budget() as seen:
        for alias, times in (("default", 1), ("second", 2)):
            with connections[alias].cursor() as cursor:
                for _ in range(times):
                    cursor.execute("SELECT 1")
    assert seen.databases == {"default": 1, "second": 2}
    assert seen.queries == 3


def test_a_connection_opened_inside_a_block_is_counted(second_database):
    assert second_database.connection is None
    with query_budget() as seen:
        second_database.ensure_connection()
        with second_database.cursor() as cursor:
            cursor.execute("SELECT 1")
    assert seen.databases == {"second": 1}


def test_a_connection_closed_and_opened_again_is_counted(second_database):
    with query_budget() as seen:
        for _ in range(2):
            with second_database.cursor() as cursor:
                cursor.execute("SELECT 1")
            second_database.close()
    assert seen.databases == {"second": 2}


def test_the_same_statement_on_two_databases_is_no_duplicate(second_database):
    with query_budget() as seen:
        for alias in ("default", "second"):
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
    assert (seen.duplicates, seen.shapes, seen.findings) == (0, 1, ())
