"""Words that several rules refuse with."""

from rest_framework.exceptions import ValidationError

MAX_NAMES = 5
"""How many of the rows that stand in the way a refusal names."""


def not_found(ids, found):
    """Return a message for each of `ids` that is not in `found`: foreign ones and missing ones alike."""
    return [f"Unknown id: {pk}" for pk in ids if pk not in found]


def unusable(ids, packages):
    """Return a message for each of `ids` that none of the `packages` found has, or an obsolete one."""
    obsolete = [f"Obsolete: {package.pk}" for package in packages if package.is_obsolete]
    return not_found(ids, {package.pk for package in packages}) + obsolete


def refuse_unknown(ids, rows, *, field):
    """Refuse, keyed by `field`, each of `ids` that none of the visible `rows` has, in ascending order."""
    if unknown := not_found(sorted(ids), {row.pk for row in rows}):
        raise ValidationError({field: unknown})
