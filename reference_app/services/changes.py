"""Writing what was validated, and nothing else."""

from contextlib import contextmanager

from django.db import IntegrityError, transaction

from reference_app.exceptions import Conflict


def change(row, values):
    """Write those columns of `row` that `values` names; no query if it names none."""
    for name, value in values.items():
        setattr(row, name, value)
    if values:
        row.save(update_fields=list(values))


def columns_of(body, *, ids, without):
    """Return the columns of the row itself that `body` names, with the fields `ids` as columns of ids."""
    own = {name: value for name, value in body.items() if name not in without}
    return {f"{name}_id" if name in ids else name: value for name, value in own.items()}


@contextmanager
def taken_is_conflict(message):
    """Turn a broken rule of uniqueness into a `Conflict` that says `message`.

    To look first and write then would be one more query, and another request could come in between.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflict(message) from error
