"""Specimens that must be left alone, although something about them repeats, begins late or varies."""

from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.core.cache import cache
from django.db import transaction
from rest_framework.response import Response

from reference_app.models import Deployment, Package, Platform
from reference_app.traps.base import ListSpecimen
from reference_app.traps.labels import constant

CHUNK = 5


class SameThreeQueries(ListSpecimen):
    """Packages, their deployments, their installations."""

    label = constant("the same three queries whatever n")
    queryset = Package.objects.order_by("pk").prefetch_related("deployments", "installations")

    def get(self, request):
        """Answer how many deployments and installations each package has."""
        rows = self.get_queryset()
        return Response([[len(row.deployments.all()), len(row.installations.all())] for row in rows])


class ChunkedPrefetch(ListSpecimen):
    """A prefetch for each chunk of an iterator, so that memory has a bound."""

    label = constant("iterator with chunked prefetch", also=21)
    queryset = Package.objects.order_by("pk").prefetch_related("deployments")

    def get(self, request):
        """Answer how many deployments each package has."""
        rows = self.get_queryset().iterator(chunk_size=CHUNK)
        return Response([len(package.deployments.all()) for package in rows])


class CascadeInBatches(ListSpecimen):
    """Django deletes rows in batches, and what depends on them with each batch."""

    label = constant("cascade delete in batches", method="delete", also=250)

    def delete(self, request):
        """Remove all packages."""
        n_rows, _by_model = self.get_queryset().order_by().delete()
        return Response({"n": n_rows > 0})


class PrefetchesBegin(ListSpecimen):
    """Without rows nothing is prefetched: the first row costs a query, no other does."""

    label = constant("0 → 1 rows (prefetches begin)", sizes=(0, 1), step=1)
    queryset = Package.objects.order_by("pk").prefetch_related("deployments")

    def get(self, request):
        """Answer how many deployments each package has."""
        return Response([len(package.deployments.all()) for package in self.get_queryset()])


class CountOfPrefetched(ListSpecimen):
    """`.count()` of what is prefetched counts what is there."""

    label = constant("`.count()` on a prefetched relation")
    queryset = Package.objects.order_by("pk").prefetch_related("deployments")

    def get(self, request):
        """Answer how many deployments each package has."""
        return Response([package.deployments.count() for package in self.get_queryset()])


class ColdThenWarm(ListSpecimen):
    """The first request of a process fills a cache: it is dearer than the second, and no worse."""

    label = constant("cold first request against warm", saved=1)

    def get(self, request):
        """Answer the packages beside the platforms, which hardly ever change."""
        platforms = cache.get_or_set(
            "platforms", lambda: list(Platform.objects.values_list("name", flat=True))
        )
        return Response([[package.name, len(platforms) > 0] for package in self.get_queryset()])


class DjangosOwnCaches(ListSpecimen):
    """Content types and sites are asked for row by row, and found in memory from the second on."""

    label = constant("ContentType and Site caches", saved=2)

    def get(self, request):
        """Answer each package with the name of its type and the site."""
        return Response(
            [[row.pk and model_of(row), Site.objects.get_current().domain] for row in self.get_queryset()]
        )


def model_of(row):
    """Return the name of the row's content type."""
    return ContentType.objects.get_for_model(row).model


class InListsOfAnyLength(ListSpecimen):
    """The second query names the rows of the first: one statement, of another length each time."""

    label = constant("IN lists of any length")

    def get(self, request):
        """Answer the deployments of all packages."""
        keys = [package.pk for package in self.get_queryset()]
        deployments = Deployment.objects.filter(packages__in=keys).order_by("pk")
        return Response([deployment.name for deployment in deployments])


class Savepoints(ListSpecimen):
    """An inner transaction is a savepoint where an outer one is open, as in a `TestCase`; and no query."""

    label = constant("savepoints in `TestCase` against `TransactionTestCase`")

    def get(self, request):
        """Answer the packages, each looked at in a transaction of its own."""
        return Response([in_transaction(package) for package in self.get_queryset()])


def in_transaction(package):
    """Return the name of the package, inside a transaction."""
    with transaction.atomic():
        return package.name
