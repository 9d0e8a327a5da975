"""The naive twin of the package endpoints."""

from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.exceptions import Conflict
from reference_app.models import Deployment, Membership, Organization, Package, PackageHistory, Project, Role
from reference_app.models.history import History
from reference_app.naive.serializers.packages import NaivePackageDetailSerializer, NaivePackageListSerializer
from reference_app.serializers.dates import DateRangeSerializer
from reference_app.serializers.packages import ObsoletePackageSerializer

MAX_NAMES = 5


class NaivePackageViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The same answers as `PackageViewSet`, from one bare queryset for every action.

    list, 2 + 5n queries for n rows: COUNT, page, and five a row.
    retrieve, 9 + 3I + D(3 + A) for I installations and D deployments of A attributes each.
    """

    def get_queryset(self):
        """Cause of all the lazy loads: no action gets a join, a prefetch or an annotation."""
        return Package.objects.for_user(self.request.user).order_by("fullname", "pk")

    def get_serializer_class(self):
        """Choose the narrow serializer for lists, the nested one for details."""
        return NaivePackageListSerializer if self.action == "list" else NaivePackageDetailSerializer

    @action(detail=True, url_path="deployment-stats")
    def deployment_stats(self, request, pk=None):
        """Count the deployments of the package by project.

        2 + G queries for G projects: the package, the projects, and one aggregate a project.
        """
        package = self.get_object()
        period = DateRangeSerializer(data=request.query_params.dict())
        period.is_valid(raise_exception=True)
        holders = Deployment.objects.for_user(request.user).filter(
            packages=package, **period.as_filter("start_date")
        )
        projects = Project.objects.filter(pk__in=holders.values("project")).order_by("name", "pk")
        # Cause: an aggregate in a loop, where one GROUP BY answers for all projects.
        stats = [
            {"project": project.name, **numbers(holders.filter(project=project))} for project in projects
        ]
        total = sum(project["n_deployments"] for project in stats)
        return Response({"package": package.fullname, "n_deployments": total, "projects": stats})

    @action(detail=True, methods=["post"], url_path="mark-obsolete")
    @transaction.atomic
    def mark_obsolete(self, request, pk=None):
        """Mark the package obsolete, unless it is still deployed or needed.

        6 queries: package, role, two exists(), UPDATE, INSERT. Refused by D enabled deployments after 4 + D:
        package, role, exists(), the deployments, and D projects. Refused by a package after 5.
        Refused as obsolete already after 2.
        """
        # Cause: no lock. What is checked below may no longer be true when it is written.
        package = self.get_object()
        refuse_unless_packager(request.user, package)
        if package.is_obsolete:
            raise Conflict("The package is obsolete already.")
        refuse_if_deployed(package, request.user)
        refuse_if_needed(package)
        package.is_obsolete, package.obsoleted_at = True, timezone.now()
        # Cause: every column is written, so that a concurrent change to another one is lost.
        package.save()
        PackageHistory.objects.create(
            package=package,
            action=History.Action.OBSOLETED,
            user=request.user,
            at=package.obsoleted_at,
            details={"fullname": package.fullname},
        )
        return Response(ObsoletePackageSerializer(package).data)


def numbers(deployments):
    """Aggregate the deployments of one project: a query at every call."""
    return deployments.aggregate(
        n_deployments=Count("pk"),
        n_enabled=Count("pk", filter=Q(enabled=True)),
        first_start=Min("start_date"),
        last_start=Max("start_date"),
    )


def refuse_unless_packager(user, package):
    """Refuse a low role or an inactive organization, at the price of a query of its own."""
    role, is_active = role_and_state(user, package.project_id)
    if not is_active:
        raise PermissionDenied("The organization is inactive and can only be read.")
    if not role.includes(Role.PACKAGER):
        raise PermissionDenied("This needs the role packager.")


def role_and_state(user, project_id):
    """Return the role of `user` in the project's organization, and whether that is active: one query."""
    if user.is_superuser:
        return Role.ADMIN, Organization.objects.get(projects=project_id).is_active
    memberships = Membership.objects.select_related("organization")
    membership = memberships.get(user=user, organization__projects=project_id)
    return Role(membership.role), membership.organization.is_active


def refuse_if_deployed(package, user):
    """Refuse while an enabled deployment holds the package, naming the first ones that `user` may see."""
    holders = package.deployments.filter(enabled=True).order_by("pk")
    # Cause: exists() and then the rows, where one ordered slice answers both.
    if holders.exists():
        # Cause: a project for every deployment; and all of them are loaded to show the first five.
        names = [f"{deployment.project.name}/{deployment.name}" for deployment in holders.for_user(user)]
        raise ValidationError(
            {"detail": "Enabled deployments hold this package.", "deployments": names[:MAX_NAMES]}
        )


def refuse_if_needed(package):
    """Refuse while a package that is not obsolete depends on this one, naming the first ones."""
    dependents = package.required_by.filter(is_obsolete=False).order_by("pk")
    # Cause: exists() and then the rows again.
    if dependents.exists():
        names = [dependent.fullname for dependent in dependents]
        raise ValidationError({"detail": "Active packages need this package.", "packages": names[:MAX_NAMES]})
