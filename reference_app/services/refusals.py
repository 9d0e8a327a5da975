"""Words that several rules refuse with."""

from rest_framework.exceptions import ValidationError


def not_found(ids, found):
    """Return a message for each of `ids` that is not in `found`: foreign ones and missing ones alike."""
    return [f"Unknown id: {pk}" for pk in ids if pk not in found]


def refuse_unknown(ids, rows, *, field):
    """Refuse, keyed by `field`, each of `ids` that none of the visible `rows` has, in ascending order."""
    if unknown := not_found(sorted(ids), {row.pk for row in rows}):
        raise ValidationError({field: unknown})
