"""Ids in the body of a request: all found with one query, or refused by name."""

from rest_framework.exceptions import ValidationError


def refuse_unknown(ids, rows, *, field):
    """Refuse, keyed by `field`, each of `ids` that none of the visible `rows` has.

    A row that exists and may not be seen is refused in the same words as one that does not exist.
    """
    unknown = sorted(set(ids) - {row.pk for row in rows})
    if unknown:
        raise ValidationError({field: [f"Unknown id: {pk}" for pk in unknown]})
