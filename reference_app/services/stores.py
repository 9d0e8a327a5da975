"""The rules of stores."""

from reference_app.exceptions import Conflict

MAX_NAMES = 5


def refuse_filled(names):
    """Refuse to remove a store because of the packages in it, if there are any, naming the first ones."""
    if names:
        raise Conflict({"detail": "Packages are in this store.", "packages": names[:MAX_NAMES]})


def remove(store):
    """Remove an empty store. Raises `Conflict` while packages are in it, naming the first ones.

    The caller holds a transaction and has locked the row, which a package that is put in has to wait for.
    """
    refuse_filled(list(store.packages.order_by("pk").values_list("fullname", flat=True)[:MAX_NAMES]))
    store.delete()
