"""Everything the database holds, as a value to compare: a request that is refused must leave it as it was."""

from django.apps import apps


def all_tables():
    """Return the rows of every table with a model, many-to-many tables included: `{table: [row, …]}`.

    Rows are dictionaries by column, ordered by primary key.
    """
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: list(model._base_manager.order_by("pk").values()) for model in models}
