"""Ticking off errors."""

from reference_app.models import Error


def check(errors, user):
    """Mark those of `errors` as checked by `user` that nobody has checked; return what happened to each.

    The caller holds a transaction and has locked the rows, so that whoever came first stays named.
    """
    checked = [error.pk for error in errors if not error.checked]
    if checked:
        Error.objects.filter(pk__in=checked).update(checked=True, checked_by=user)
    return {"checked": checked, "already_checked": [error.pk for error in errors if error.checked]}
