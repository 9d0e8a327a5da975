"""Specimens that are wrong in a way that the number of queries over more rows does not tell."""

from django.db.models import Count, F
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.response import Response

from reference_app.models import Computer, Package
from reference_app.pagination import PageNumbers
from reference_app.traps.base import ListSpecimen, Specimen
from reference_app.traps.labels import Fault, other


class ProductOfTwoRelations(ListSpecimen):
    """One query, and as many rows as there are pairs."""

    label = other("one query over D × C rows", Fault.TOO_MANY_ROWS, statement="JOIN reference_app_deployment")
    queryset = Computer.objects.order_by("pk")

    def get(self, request):
        """Answer how many pairs of computer and deployment the projects have."""
        pairs = self.get_queryset().annotate(release=F("project__deployments__name"))
        return Response({"n": len(pairs.values_list("name", "release"))})


class NameSerializer(serializers.Serializer):
    """A row's name."""

    fullname = serializers.CharField()


class CountCarriesJoins(Specimen, ListAPIView):
    """The paginator counts rows of a query that joins and groups: what decorates a row decides its price."""

    label = other("COUNT that carries joins", Fault.HEAVY_COUNT, statement="COUNT(*)")
    serializer_class = NameSerializer
    pagination_class = PageNumbers
    queryset = (
        Package.objects.annotate(
            n_deployments=Count("deployments", distinct=True),
            n_installations=Count("installations", distinct=True),
        )
        .filter(n_deployments__gt=0)
        .order_by("pk")
    )


class OverPrefetch(ListSpecimen):
    """Four relations are prefetched, none is read. The number of queries is constant, and four too high."""

    label = other("over-prefetch (budget exceeded, no growth)", Fault.OVER_PREFETCH, budget=1)
    serializer_class = NameSerializer
    queryset = Package.objects.order_by("pk").prefetch_related(
        "deployments", "installations", "dependencies", "history"
    )


class FasterByFailing(ListSpecimen):
    """It stops before it has asked for anything beyond the rows."""

    label = other('a 500 that is "faster"', Fault.FAILURE, status=500, partner="count-in-model-method")

    def get(self, request):
        """Read the rows, and fail."""
        raise RuntimeError(f"no room for {self.get_queryset().count()} packages")


class FasterByAnotherPayload(ListSpecimen):
    """It has got rid of the queries of a field by getting rid of the field."""

    label = other("faster with another payload", Fault.OTHER_PAYLOAD, partner="count-in-model-method")
    serializer_class = NameSerializer


class DuplicateRows(ListSpecimen):
    """A filter over a many-to-many relation gives a row for each match."""

    label = other("duplicate rows from a join", Fault.DUPLICATE_ROWS, statement="INNER JOIN")
    serializer_class = NameSerializer
    queryset = Package.objects.filter(deployments__enabled=True).order_by("pk")


class FilterInPython(ListSpecimen):
    """Every row is loaded, and nearly all are thrown away."""

    label = other("a filter that loads every row into Python", Fault.FILTER_IN_PYTHON)

    def get(self, request):
        """Answer the obsolete packages."""
        rows = self.get_queryset()
        return Response([package.fullname for package in rows if package.is_obsolete])
