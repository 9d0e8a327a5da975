"""Everything the database holds, as a value to compare: a request that is refused must leave it as it was."""

from django.apps import apps
from django.db import connection


def all_tables():
    """Return the rows of every table with a model, many-to-many tables included: `{table: [row, …]}`.

    Rows are dictionaries by column, ordered by primary key, with values as the driver gives them: the test
    asks often, and no model has to be built for it.
    """
    models = apps.get_models(include_auto_created=True)
    with connection.cursor() as cursor:
        found = {
            model._meta.db_table: rows_of(cursor, model._meta) for model in models if not model._meta.proxy
        }
    return {
        table: [dict(zip(columns, row, strict=True)) for row in rows]
        for table, (columns, rows) in found.items()
    }


def rows_of(cursor, meta):
    """Return the columns of one table and its rows."""
    quote = connection.ops.quote_name
    cursor.execute(f"SELECT * FROM {quote(meta.db_table)} ORDER BY {quote(meta.pk.column)}")  # noqa: S608  our own names
    return [column[0] for column in cursor.description], list(cursor)
