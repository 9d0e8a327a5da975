"""The naive twin of the computer endpoints."""

from django.db import transaction
from django.utils import timezone
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.exceptions import Conflict
from reference_app.filters import ListFilterBackend
from reference_app.filters.computers import ComputerFilterSet
from reference_app.models import Attribute, Computer, Installation, Package, Role, Synchronization
from reference_app.naive.access import refuse_unless
from reference_app.naive.serializers.computers import (
    NaiveComputerDetailSerializer,
    NaiveComputerListSerializer,
    NaiveSimulatedDeploymentSerializer,
)
from reference_app.serializers.computers import ReportSerializer, SynchronizationSerializer
from reference_app.services.computers import (
    package_from,
    refuse_if_unsubscribed,
    refuse_unknown,
    reported_properties,
)
from reference_app.services.simulations import is_due, named_by, running_deployments


class NaiveComputerViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The same answers as `ComputerViewSet`, from one bare queryset for every action.

    list, 2 + n(7 + A) queries for n rows of A attributes each: COUNT, page, and seven and A a row.
    retrieve, 8 + A + I for A attributes and I installations.
    """

    lookup_field = "uuid"
    filter_backends = [ListFilterBackend]
    filterset_class = ComputerFilterSet

    def get_queryset(self):
        """Cause of all the lazy loads: no action gets a join, a prefetch or a count, but the role alone."""
        user = self.request.user
        return Computer.objects.for_user(user).with_access(user).order_by("name", "pk")

    def get_serializer_class(self):
        """Choose the narrow serializer for lists, the nested one for details."""
        return NaiveComputerListSerializer if self.action == "list" else NaiveComputerDetailSerializer

    @action(detail=True, methods=["post"])
    @transaction.atomic
    def sync(self, request, uuid=None):
        """Take in a report.

        7 + 4K + L + 4A queries for K new packages, L installations to end and A new attributes: computer,
        role, reports since, the links' DELETE, the live installations, INSERT and UPDATE; a package or an
        attribute costs four, an ended installation one. What is known already costs one less, a live
        installation two. A repeated report ends after 3.
        """
        # Cause: no lock. Two reports at once may both find that they are the latest.
        computer = self.get_object()
        refuse_unless(Role.PACKAGER, request.user, computer.project_id)
        report = ReportSerializer(data=request.data)
        report.is_valid(raise_exception=True)
        refuse_if_unsubscribed(computer)
        known = repeated_report(computer, report.validated_data["started_at"])
        synchronization = known or synchronize(computer, report.validated_data)
        answer = SynchronizationSerializer(synchronization).data
        return Response(answer, status=status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    @action(detail=True, url_path="simulate-sync")
    def simulate_sync(self, request, uuid=None):
        """Tell which running deployments would reach the computer, and what they would install and remove.

        3 + d(5 + S + A) queries for d deployments of A included attributes each, with a schedule of S delays:
        the computer, what it has, the deployments; and of each its schedule, the schedule's delays and the
        attributes of each, included and excluded attributes, packages, and A properties. A deployment
        without a schedule costs 3 + A.
        """
        computer = self.get_object()
        refuse_if_unsubscribed(computer)
        owned = set(computer.attributes.values_list("pk").union(computer.tags.values_list("pk")))
        # Cause: whether a deployment applies is found out one deployment at a time.
        running = running_deployments(computer)
        deployments = [judged(deployment, computer, owned) for deployment in running]
        shown = NaiveSimulatedDeploymentSerializer(
            deployments, many=True, context=self.get_serializer_context()
        )
        return Response(
            {
                "computer": str(computer.uuid),
                "install": named_by(deployments, "packages_to_install"),
                "remove": named_by(deployments, "packages_to_remove"),
                "deployments": shown.data,
            }
        )


def judged(deployment, computer, owned):
    """Tell in `applies` whether the deployment reaches `computer`, which has `owned`.

    Two queries at every call, and 2 + S for a schedule: itself, its delays, the attributes of each.
    """
    deployment.included = list(deployment.included_attributes.order_by("pk"))
    is_included = has_one_of(deployment.included, owned)
    is_excluded = has_one_of(deployment.excluded_attributes.all(), owned)
    delays = list(deployment.schedule.delays.all()) if deployment.schedule else []
    for delay in delays:
        # Cause: rows × nested rows.
        delay.is_met = has_one_of(delay.attributes.all(), owned)
    is_in_time = is_due(deployment, delays, computer, now=timezone.now())
    deployment.applies = is_included and not is_excluded and is_in_time
    return deployment


def has_one_of(attributes, owned):
    """Tell whether one of `attributes` is among the keys `owned`."""
    return any((attribute.pk,) in owned for attribute in attributes)


def repeated_report(computer, started_at):
    """Return the synchronization that started at `started_at`, or None; a later one is a conflict."""
    # Cause: every later report is loaded to look at the first.
    since = list(computer.synchronizations.filter(started_at__gte=started_at).order_by("started_at"))
    if since and since[0].started_at != started_at:
        raise Conflict("The computer has sent a later report.")
    return since[0] if since else None


def synchronize(computer, report):
    """Take in a new report, one row at a time."""
    set_attributes(computer, report["attributes"])
    now = timezone.now()
    end_installations(computer, report["packages"], now)
    for fullname in report["packages"]:
        install(computer, fullname, now)
    computer.ip = report.get("ip", computer.ip)
    computer.sync_start, computer.sync_end = report["started_at"], now
    # Cause: every column is written, so that a concurrent change to another one is lost.
    computer.save()
    return Synchronization.objects.create(
        computer=computer,
        project_id=computer.project_id,
        started_at=report["started_at"],
        created_at=now,
        ok=report["ok"],
    )


def set_attributes(computer, pairs):
    """Link the computer to the attributes named by `pairs` of prefix and value."""
    # Cause, once for every pair: the property, also when the last pair had the same.
    properties = [reported_properties(computer).filter(prefix=prefix).last() for prefix, _ in pairs]
    refuse_unknown({prefix for (prefix, _), found in zip(pairs, properties, strict=True) if found is None})
    computer.attributes.clear()
    for found, (_, value) in zip(properties, pairs, strict=True):
        # Cause, three times for every pair: looked for, made, linked.
        attribute, _ = Attribute.objects.get_or_create(property=found, value=value)
        computer.attributes.add(attribute)


def end_installations(computer, fullnames, now):
    """End the live installations of other packages: one query, and one for each that ends."""
    live = computer.installations.live()
    for installation in live.exclude(package__fullname__in=fullnames, package__project=computer.project_id):
        # Cause: a write in a loop.
        installation.uninstalled_at = now
        installation.save()


def install(computer, fullname, now):
    """Install one package: looked for and made, then its installation looked for and made."""
    package = Package.objects.filter(project=computer.project_id, fullname=fullname).first()
    if package is None:
        package = package_from(fullname, project_id=computer.project_id, created_at=now)
        package.save()
    if not computer.installations.live().filter(package=package).exists():
        Installation.objects.create(computer=computer, package=package, installed_at=now)
