"""Packages: each action asks for exactly what its answer shows."""

from django.db import transaction
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.exports import AnyAccept, csv_response
from reference_app.models import Deployment, Package, PackageHistory
from reference_app.pagination import HistoryPages
from reference_app.permissions import PackagerWrites
from reference_app.schema.packages import describe_packages
from reference_app.serializers.dates import DateRangeSerializer
from reference_app.serializers.ids import BulkIdsSerializer
from reference_app.serializers.package_writes import PackageWriteSerializer
from reference_app.serializers.packages import (
    ObsoletePackageSerializer,
    OrphanSerializer,
    PackageDetailSerializer,
    PackageHistorySerializer,
    PackageListSerializer,
    ProjectStatsSerializer,
)
from reference_app.services import bulk
from reference_app.services import packages as services
from reference_app.views.package_rows import (
    by_project,
    with_detail_data,
    with_export_data,
    with_list_data,
    with_orphan_data,
)

EXPORT_CHUNK = 2000
EXPORT_HEADER = [
    "fullname",
    "name",
    "version",
    "architecture",
    "size_bytes",
    "is_obsolete",
    "project",
    "platform",
    "depends_on",
]


@describe_packages
class PackageViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The packages a user may see, and what is done to them.

    list, 3 queries: the paginator's COUNT, the page with its joins, counts and roles, the dependencies of the
    page.
    retrieve, 6: the package with its joins; its requirements; its deployments, their attributes; its
    installations, their computers' tags. Of these the last of a pair is not asked when the first is empty.
    """

    permission_classes = [IsAuthenticated, PackagerWrites]
    query_budgets = {
        "list": 3,
        "retrieve": 6,
        "create": {
            "queries": 28,
            "reason": "8, and one a level of dependencies, of which there are at most 20",
        },
        "destroy": 10,
        "deployment_stats": 2,
        "mark_obsolete": 5,
        "bulk_obsolete": {"queries": 5, "reason": "more where Django splits many rows for SQLite"},
        "orphans": 2,
        "export": {"queries": 2, "reason": "up to 2,000 packages; one more for every further 2,000"},
        "history": 2,
    }

    def get_queryset(self):
        """Start from what the user may see, and add what the action needs."""
        user = self.request.user
        packages = Package.objects.for_user(user)
        match self.action:
            case "list":
                return with_list_data(packages, user)
            case "retrieve" | "create":
                return with_detail_data(packages, user)
            case "orphans":
                return with_orphan_data(packages, user)
            case "export":
                return with_export_data(packages)
            case "mark_obsolete" | "bulk_obsolete" | "destroy":
                return packages.with_access(user).order_by("pk").select_for_update()
            case _:
                return packages.only("fullname")

    def get_serializer_class(self):
        """Choose the serializer that shows what the action's queryset brought along."""
        serializers = {
            "list": PackageListSerializer,
            "orphans": OrphanSerializer,
            "history": PackageHistorySerializer,
            "create": PackageWriteSerializer,
        }
        return serializers.get(self.action, PackageDetailSerializer)

    @transaction.atomic
    def create(self, request):
        """Add a package to a project, and answer with its detail, read as `retrieve` reads it.

        8 + L queries for L levels of dependencies: the locked organization with the user's role; the packages
        that are needed, with quota and full name, and one for each further level; three INSERTs; and four to
        read the answer, which has no deployments and no installations yet. Without dependencies 8 as well:
        quota and full name are asked on their own, and there is one INSERT less.
        """
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        package = self.get_queryset().get(pk=body.save().pk)
        return Response(
            PackageDetailSerializer(package, context=self.get_serializer_context()).data,
            status=status.HTTP_201_CREATED,
        )

    @transaction.atomic
    def destroy(self, request, pk=None):
        """Remove the package, unless it is installed, deployed or needed; its history survives.

        10 queries: the locked row with the user's role; the installations, the deployments and the packages
        that stand in the way; DELETEs of dependencies, past installations and places in deployments, the
        UPDATE that parts the history from the package, its own DELETE, and the INSERT. Refused by an
        installation it ends after 2.
        """
        services.destroy(self.get_object(), request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, url_path="deployment-stats")
    def deployment_stats(self, request, pk=None):
        """Count the deployments that hold the package, a project at a time, started `?from=` … `?to=`.

        2 queries: the package, the grouped numbers.
        """
        package = self.get_object()
        period = DateRangeSerializer(data=request.query_params.dict())
        period.is_valid(raise_exception=True)
        holders = Deployment.objects.for_user(request.user).filter(
            packages=package, **period.as_filter("start_date")
        )
        projects = ProjectStatsSerializer(by_project(holders), many=True).data
        total = sum(project["n_deployments"] for project in projects)
        return Response({"package": package.fullname, "n_deployments": total, "projects": projects})

    @action(detail=True, methods=["post"], url_path="mark-obsolete")
    def mark_obsolete(self, request, pk=None):
        """Mark the package obsolete, unless it is still deployed or needed.

        5 queries: the locked row with the user's role, the deployments that hold it, the packages that
        need it, UPDATE, the history's INSERT. Refused by a deployment it ends after 2, by a package after 3.
        """
        with transaction.atomic():
            package = self.get_object()
            services.mark_obsolete(package, request.user)
        return Response(ObsoletePackageSerializer(package).data)

    @action(detail=False, methods=["post"], url_path="bulk-obsolete")
    @transaction.atomic
    def bulk_obsolete(self, request):
        """Mark up to 1,000 packages obsolete, each by the rules for one; report what is done and refused.

        An id that does not exist refuses them all with 400, a role that is too low with 403.
        5 queries for any number of ids: the locked rows with the user's roles, the packages that need them,
        the deployments that hold them, UPDATE, INSERT. 1 when all are obsolete already, 3 when the others are
        refused. For SQLite Django splits an INSERT of many rows (before Django 6.1 at 999 parameters), which
        shows after 199 packages.
        """
        body = BulkIdsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        packages = bulk.all_with(self.get_queryset(), body.validated_data["ids"])
        for package in packages:
            self.check_object_permissions(request, package)
        return Response(bulk.mark_obsolete(packages, request.user))

    @action(detail=False)
    def orphans(self, request):
        """List the packages that could go without being missed: see `orphans_among`.

        2 queries: the paginator's COUNT, the page with its joins and roles.
        """
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @action(detail=False, content_negotiation_class=AnyAccept)
    def export(self, request):
        """Stream all packages as CSV.

        1 + C queries for C chunks of 2,000 packages: all of them with their joins, through one cursor, and
        for each chunk that arrives what its packages depend on.
        """
        packages = self.get_queryset().iterator(chunk_size=EXPORT_CHUNK)
        return csv_response("packages.csv", export_rows(packages))

    @action(detail=True, pagination_class=HistoryPages)
    def history(self, request, pk=None):
        """List what was done to the package, the latest first.

        2 queries: the package, the page with its users. A cursor counts nothing.
        """
        package = self.get_object()
        rows = PackageHistory.objects.filter(package=package).select_related("package", "user")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def export_rows(packages):
    """Yield the header and then the values of each package."""
    yield EXPORT_HEADER
    for package in packages:
        yield [
            package.fullname,
            package.name,
            package.version,
            package.architecture,
            package.size_bytes,
            package.is_obsolete,
            package.project.name,
            package.project.platform.name,
            " ".join(required.fullname for required in package.required_packages),
        ]
