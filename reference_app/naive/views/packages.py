"""The naive twin of the package endpoints."""

from operator import attrgetter

from django.db import transaction
from django.db.models import Count, Max, Min, Q, Value
from django.utils import timezone
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.exceptions import Conflict
from reference_app.exports import AnyAccept, csv_response
from reference_app.models import Deployment, Membership, Package, PackageHistory, Project, Role
from reference_app.models.history import History
from reference_app.naive.access import refuse_below, refuse_unless
from reference_app.naive.serializers.package_writes import NaivePackageWriteSerializer
from reference_app.naive.serializers.packages import NaivePackageDetailSerializer, NaivePackageListSerializer
from reference_app.pagination import HistoryPages
from reference_app.serializers.dates import DateRangeSerializer
from reference_app.serializers.ids import BulkIdsSerializer
from reference_app.serializers.packages import (
    ObsoletePackageSerializer,
    OrphanSerializer,
    PackageHistorySerializer,
)
from reference_app.services.packages import HELD, INSTALLED, NEEDED, OBSOLETE_ALREADY
from reference_app.services.refusals import MAX_NAMES, refuse_unknown
from reference_app.views.package_rows import orphans_among
from reference_app.views.packages import export_rows


class NaivePackageViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The same answers as `PackageViewSet`, from one bare queryset for every action.

    list, 2 + 5n queries for n rows: COUNT, page, and five a row.
    retrieve, 9 + 3I + D(3 + A) for I installations and D deployments of A attributes each.
    """

    def get_queryset(self):
        """Cause of all the lazy loads: no action gets a join, a prefetch or a count, but the role alone."""
        user = self.request.user
        return Package.objects.for_user(user).with_access(user).order_by("fullname", "pk")

    def get_serializer_class(self):
        """Choose the narrow serializer for lists, the nested one for details."""
        return NaivePackageListSerializer if self.action == "list" else NaivePackageDetailSerializer

    @transaction.atomic
    def create(self, request):
        """Add a package to a project.

        17 + 2k + nodes queries for k dependencies and so many packages that they lead to, themselves
        included, and a store: project, role, store, full name, organization, quota, two INSERTs, and nine to
        read the answer; a dependency is looked for and written, and each node asked what it needs. Without a
        store one less to validate and one less to read.
        """
        body = NaivePackageWriteSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        # Cause: the answer is read from the bare queryset.
        package = self.get_queryset().get(pk=body.save().pk)
        return Response(self.get_serializer(package).data, status=status.HTTP_201_CREATED)

    @transaction.atomic
    def destroy(self, request, pk=None):
        """Remove the package, unless it is installed, deployed or needed.

        12 + P queries for P past installations: package, role, three exists(), the past installations, and
        for the package DELETEs of dependencies, installations and places in deployments, the history's
        UPDATE, its own DELETE, and the INSERT. Installed it ends after 3.
        """
        # Cause: no lock. A computer may install it between the check and the removal.
        package = self.get_object()
        refuse_unless(Role.PACKAGER, request.user, package.project_id)
        if package.installations.live().exists():
            raise Conflict(INSTALLED)
        refuse_if_deployed(package, request.user)
        refuse_if_needed(package)
        for installation in package.installations.all():
            # Cause: the cascade would remove them all in one statement.
            installation.delete()
        package.delete()
        PackageHistory.objects.create(
            action=History.Action.DELETED,
            user=request.user,
            at=timezone.now(),
            details={"fullname": package.fullname},
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

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
        refuse_unless(Role.PACKAGER, request.user, package.project_id)
        if package.is_obsolete:
            raise Conflict(OBSOLETE_ALREADY)
        refuse_if_deployed(package, request.user)
        refuse_if_needed(package)
        write_obsolete(package, request.user)
        return Response(ObsoletePackageSerializer(package).data)

    @action(detail=False, methods=["post"], url_path="bulk-obsolete")
    @transaction.atomic
    def bulk_obsolete(self, request):
        """Mark up to 1,000 packages obsolete, each by the rules for one; report what is done and refused.

        1 + 5n queries for n packages: the roles, and of each the row, two exists(), UPDATE, INSERT. One that
        is obsolete already costs 1, one that D deployments hold 3 + D, one that packages need 4.
        """
        body = BulkIdsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        packages = one_by_one(self.get_queryset(), body.validated_data["ids"])
        roles = roles_by_project(request.user)
        for package in packages:
            role, is_active = roles[package.project_id]
            refuse_below(Role.PACKAGER, Role(role), is_active=is_active)
        refusals = {package.pk: refusal(package, request.user) for package in packages}
        done = [package for package in packages if not refusals[package.pk]]
        for package in done:
            # Cause: two writes for every package.
            write_obsolete(package, request.user)
        refused = [{"id": pk, **reason} for pk, reason in refusals.items() if reason]
        return Response({"done": [package.pk for package in done], "refused": refused})

    @action(detail=False)
    def orphans(self, request):
        """List the packages that could go without being missed.

        1 + N + 2n queries for N packages of which n are listed: all packages, whether each is one, and of
        those that are the project and its platform.
        """
        # Cause: what the database could filter by is asked for a row at a time, before the page is cut.
        orphans = [
            package
            for package in self.get_queryset()
            if orphans_among(Package.objects.filter(pk=package.pk)).exists()
        ]
        page = self.paginate_queryset(orphans)
        return self.get_paginated_response(OrphanSerializer(page, many=True).data)

    @action(detail=False, content_negotiation_class=AnyAccept)
    def export(self, request):
        """Stream all packages as CSV.

        1 + 3N queries for N packages: all of them, and of each the project, its platform, and what it needs.
        """
        return csv_response("packages.csv", export_rows(with_requirements(self.get_queryset())))

    @action(detail=True, pagination_class=HistoryPages)
    def history(self, request, pk=None):
        """List what was done to the package.

        2 + 2n queries for n rows: the package, the page, and of each row the package again and its user.
        """
        # Cause: rows that are not reached through the package do not know it.
        page = self.paginate_queryset(PackageHistory.objects.filter(package=self.get_object()))
        return self.get_paginated_response(PackageHistorySerializer(page, many=True).data)


def one_by_one(packages, ids):
    """Return the rows of `packages` with `ids`; refuse all if one of them does not exist."""
    # Cause: a query for every id.
    rows = {pk: packages.filter(pk=pk).first() for pk in ids}
    refuse_unknown(ids, filter(None, rows.values()), field="ids")
    return list(rows.values())


def roles_by_project(user):
    """Return `{project id: (role, is the organization active)}` of all projects: one query."""
    if user.is_superuser:
        rows = Project.objects.values_list("pk", Value(Role.ADMIN.value), "organization__is_active")
    else:
        memberships = Membership.objects.filter(user=user)
        rows = memberships.values_list("organization__projects", "role", "organization__is_active")
    return {pk: access for pk, *access in rows}


def refusal(package, user):
    """Return why the package may not become obsolete, as the single action would answer; None if it may."""
    if package.is_obsolete:
        return {"detail": OBSOLETE_ALREADY}
    try:
        refuse_if_deployed(package, user)
        refuse_if_needed(package)
    except ValidationError as error:
        return error.detail
    return None


def write_obsolete(package, user):
    """Write the package and its history row."""
    package.is_obsolete, package.obsoleted_at = True, timezone.now()
    # Cause: every column is written, so that a concurrent change to another one is lost.
    package.save()
    PackageHistory.objects.create(
        package=package,
        action=History.Action.OBSOLETED,
        user=user,
        at=package.obsoleted_at,
        details={"fullname": package.fullname},
    )


def with_requirements(packages):
    """Add to each package what it needs: a query a package."""
    for package in packages:
        package.required_packages = sorted(package.depends_on.all(), key=attrgetter("pk"))
        yield package


def numbers(deployments):
    """Aggregate the deployments of one project: a query at every call."""
    return deployments.aggregate(
        n_deployments=Count("pk"),
        n_enabled=Count("pk", filter=Q(enabled=True)),
        first_start=Min("start_date"),
        last_start=Max("start_date"),
    )


def refuse_if_deployed(package, user):
    """Refuse while an enabled deployment holds the package, naming the first ones that `user` may see."""
    holders = package.deployments.filter(enabled=True).order_by("pk")
    # Cause: exists() and then the rows, where one ordered slice answers both.
    if holders.exists():
        # Cause: a project for every deployment; and all of them are loaded to show the first five.
        names = [f"{deployment.project.name}/{deployment.name}" for deployment in holders.for_user(user)]
        raise ValidationError({"detail": HELD, "deployments": names[:MAX_NAMES]})


def refuse_if_needed(package):
    """Refuse while a package that is not obsolete depends on this one, naming the first ones."""
    dependents = package.required_by.filter(is_obsolete=False).order_by("pk")
    # Cause: exists() and then the rows again.
    if dependents.exists():
        names = [dependent.fullname for dependent in dependents]
        raise ValidationError({"detail": NEEDED, "packages": names[:MAX_NAMES]})
