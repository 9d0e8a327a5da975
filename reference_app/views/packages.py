"""Packages: each action asks for exactly what its answer shows."""

from django.db import transaction
from django.db.models import Count, Max, Min, Prefetch, Q
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.models import (
    Attribute,
    Deployment,
    Installation,
    Package,
    PackageDependency,
)
from reference_app.models.querysets import count_of
from reference_app.permissions import PackagerWrites
from reference_app.serializers.dates import DateRangeSerializer
from reference_app.serializers.packages import (
    ObsoletePackageSerializer,
    PackageDetailSerializer,
    PackageListSerializer,
    ProjectStatsSerializer,
)
from reference_app.services import packages as services

MAX_INSTALLATIONS = 100


class PackageViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The packages a user may see, and what is done to them.

    list, 3 queries: the paginator's COUNT, the page with its joins and counts, the dependencies of the page.
    retrieve, 6: the package with its joins; its requirements; its deployments, their attributes; its
    installations, their computers' tags. Of these the last of a pair is not asked when the first is empty.
    """

    permission_classes = [IsAuthenticated, PackagerWrites]
    query_budgets = {"list": 3, "retrieve": 6, "deployment_stats": 2, "mark_obsolete": 5}

    def get_queryset(self):
        """Start from what the user may see, and add what the action needs."""
        user = self.request.user
        packages = Package.objects.for_user(user)
        match self.action:
            case "list":
                return with_list_data(packages)
            case "retrieve":
                return with_detail_data(packages, user)
            case "mark_obsolete":
                return packages.with_access(user).select_for_update()
            case _:
                return packages.only("fullname")

    def get_serializer_class(self):
        """Choose the narrow serializer for lists, the nested one for details."""
        return PackageListSerializer if self.action == "list" else PackageDetailSerializer

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


def with_list_data(packages):
    """Join and count for a list; the paginator's COUNT drops both again."""
    required = Package.objects.only("fullname").order_by("pk")
    return (
        packages.select_related("project__platform")
        .annotate(
            n_deployments=count_of(Deployment.packages.through.objects.all(), "package"),
            n_installations=count_of(Installation.objects.live(), "package"),
        )
        .prefetch_related(Prefetch("depends_on", queryset=required, to_attr="required_packages"))
        .order_by("fullname", "pk")
    )


def with_detail_data(packages, user):
    """Join and prefetch for one package, nested rows narrowed to what `user` may see."""
    requirements = PackageDependency.objects.select_related("requires").order_by("requires_id")
    return (
        packages.with_access(user)
        .select_related("project__platform", "project__organization", "store")
        .prefetch_related(
            Prefetch("dependencies", queryset=requirements, to_attr="requirements"),
            Prefetch("deployments", queryset=detail_deployments(user), to_attr="visible_deployments"),
            Prefetch("installations", queryset=detail_installations(user), to_attr="latest_installations"),
        )
    )


def detail_deployments(user):
    """Return the visible deployments with the columns, the count and the attributes that the detail shows."""
    attributes = Attribute.objects.select_related("property").only("value", "property__prefix").order_by("pk")
    return (
        Deployment.objects.for_user(user)
        .select_related("project")
        .only("name", "enabled", "project__name")
        .annotate(n_packages=count_of(Deployment.packages.through.objects.all(), "deployment"))
        .prefetch_related(Prefetch("included_attributes", queryset=attributes, to_attr="shown_attributes"))
        .order_by("pk")
    )


def detail_installations(user):
    """Return the latest live installations on visible computers, with the computers' tags."""
    tags = Attribute.objects.only("value").order_by("pk")
    return (
        Installation.objects.live()
        .for_user(user)
        .select_related("computer__project")
        .only("installed_at", "package", "computer__name", "computer__project__name")
        .prefetch_related(Prefetch("computer__tags", queryset=tags, to_attr="shown_tags"))
        .order_by("-installed_at", "-pk")[:MAX_INSTALLATIONS]
    )


def by_project(deployments):
    """Group `deployments` by project, in the order of the projects' names."""
    return (
        deployments.values("project_id", "project__name")
        .annotate(
            n_deployments=Count("pk"),
            n_enabled=Count("pk", filter=Q(enabled=True)),
            first_start=Min("start_date"),
            last_start=Max("start_date"),
        )
        .order_by("project__name", "project_id")
    )
