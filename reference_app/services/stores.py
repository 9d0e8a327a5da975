"""The rules of stores."""

from rest_framework.exceptions import NotFound

from reference_app.exceptions import Conflict
from reference_app.models import Organization, Project
from reference_app.services.refusals import MAX_NAMES


def refuse_filled(names):
    """Refuse to remove a store because of the packages in it, if there are any, naming the first ones."""
    if names:
        raise Conflict({"detail": "Packages are in this store.", "packages": names[:MAX_NAMES]})


def remove(store):
    """Remove an empty store. Raises `Conflict` while packages are in it, naming the first ones.

    The caller holds a transaction. Who puts a package in holds the organization's lock, and asks for the
    store under it; so it is waited for here, before the store's own row: the other way round each could wait
    for the other. Raises `NotFound` for a store that somebody else has removed meanwhile.
    """
    projects = Project.objects.filter(pk=store.project_id)
    Organization.objects.filter(pk__in=projects.values("organization")).select_for_update().get()
    refuse_filled(list(store.packages.order_by("pk").values_list("fullname", flat=True)[:MAX_NAMES]))
    n_removed, _ = store.delete()
    if not n_removed:
        raise NotFound
