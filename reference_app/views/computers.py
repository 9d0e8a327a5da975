"""Computers: lists and details, and the synchronization, which costs the same for any number of packages."""

from django.db import transaction
from django.db.models import OuterRef, Prefetch, Subquery
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.filters import ListFilterBackend
from reference_app.filters.computers import ComputerFilterSet
from reference_app.models import Attribute, Computer, Error, Installation, Package, Synchronization
from reference_app.models.querysets import count_of
from reference_app.pagination import MAX_INSTALLATIONS, MAX_SYNCHRONIZATIONS
from reference_app.permissions import PackagerWrites
from reference_app.schema.computers import describe_computers
from reference_app.serializers.computers import (
    ComputerDetailSerializer,
    ComputerListSerializer,
    ReportSerializer,
    SimulatedDeploymentSerializer,
    SynchronizationSerializer,
)
from reference_app.services import computers as services
from reference_app.services import simulations


@describe_computers
class ComputerViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The computers a user may see, by the uuid they know of themselves, and their synchronization.

    list, 3 queries: the paginator's COUNT, the page with its joins, counts and roles, the attributes of the
    page. `?project=` asks for the project as well.
    retrieve, 5: the computer with its joins; its attributes, tags, installations and synchronizations.
    """

    lookup_field = "uuid"
    permission_classes = [IsAuthenticated, PackagerWrites]
    filter_backends = [ListFilterBackend]
    filterset_class = ComputerFilterSet
    query_budgets = {
        "list": {"queries": 4, "reason": "one of them looks up ?project="},
        "retrieve": 5,
        "sync": {"queries": 15, "reason": "more where Django splits many rows for SQLite"},
        "simulate_sync": 5,
    }

    def get_queryset(self):
        """Start from what the user may see, and add what the action needs."""
        user = self.request.user
        computers = Computer.objects.for_user(user)
        match self.action:
            case "list":
                return with_list_data(computers, user)
            case "retrieve":
                return with_detail_data(computers, user)
            case "sync":
                return computers.with_access(user).select_for_update()
            case _:
                return computers.only("uuid", "status", "project")

    def get_serializer_class(self):
        """Choose the narrow serializer for lists, the nested one for details."""
        return ComputerListSerializer if self.action == "list" else ComputerDetailSerializer

    @action(detail=True, methods=["post"])
    def sync(self, request, uuid=None):
        """Take in a report: 201 for a new one, 200 and the same answer for one that is repeated.

        15 queries when attributes and packages are all new, of any number: the locked row with the user's
        role, reports since, properties; attributes found, added, found again; links removed, added; packages
        found, added, found again; installations ended, added; the computer's UPDATE and the INSERT. What is
        known already is neither added nor found again: 9 when nothing changed, 2 for a repeated report.
        For SQLite Django splits an INSERT of many rows (before Django 6.1 at 999 parameters), which shows
        after 99 packages.
        """
        with transaction.atomic():
            computer = self.get_object()
            report = ReportSerializer(data=request.data)
            report.is_valid(raise_exception=True)
            services.refuse_if_unsubscribed(computer)
            known = services.repeated_report(computer, report.validated_data["started_at"])
            synchronization = known or services.synchronize(computer, report.validated_data)
        answer = SynchronizationSerializer(synchronization).data
        return Response(answer, status=status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    @action(detail=True, url_path="simulate-sync")
    def simulate_sync(self, request, uuid=None):
        """Tell which running deployments reach the computer by now, and what they would install and remove.

        5 queries: the computer; the deployments, each with its schedule and whether it is for this computer;
        their attributes, their packages, the delays of the schedules. Without a schedule 4.
        """
        computer = self.get_object()
        services.refuse_if_unsubscribed(computer)
        running = simulations.running_deployments(computer)
        deployments = simulations.simulated(running, computer, request.user)
        return Response(
            {
                "computer": str(computer.uuid),
                "install": simulations.named_by(deployments, "packages_to_install"),
                "remove": simulations.named_by(deployments, "packages_to_remove"),
                "deployments": SimulatedDeploymentSerializer(deployments, many=True).data,
            }
        )


def with_list_data(computers, user):
    """Join, count and tell the role for a list; the paginator's COUNT drops all of it again."""
    latest = Synchronization.objects.filter(computer=OuterRef("pk")).order_by("-started_at")
    return (
        computers.with_access(user)
        .select_related("project__platform")
        .annotate(
            n_installations=count_of(Installation.objects.live(), "computer"),
            n_unchecked_errors=count_of(Error.objects.filter(checked=False), "computer"),
            n_tags=count_of(Computer.tags.through.objects.all(), "computer"),
            last_sync_ok=Subquery(latest.values("ok")[:1]),
        )
        .prefetch_related(attributes_to_show())
        .order_by("name", "pk")
    )


def with_detail_data(computers, user):
    """Join and prefetch for one computer, its packages narrowed to what `user` may see."""
    installations = Installation.objects.live().filter(package__in=Package.objects.for_user(user))
    synchronizations = Synchronization.objects.order_by("-started_at")[:MAX_SYNCHRONIZATIONS]
    return (
        computers.with_access(user)
        .select_related("project__platform")
        .prefetch_related(
            attributes_to_show(),
            Prefetch("tags", queryset=Attribute.objects.valued(), to_attr="shown_tags"),
            Prefetch(
                "installations",
                queryset=installations.select_related("package")
                .only("installed_at", "computer", "package__fullname")
                .order_by("-installed_at", "-pk")[:MAX_INSTALLATIONS],
                to_attr="latest_installations",
            ),
            Prefetch("synchronizations", queryset=synchronizations, to_attr="latest_synchronizations"),
        )
    )


def attributes_to_show():
    """Return the prefetch of a computer's attributes with what their names are made of."""
    attributes = Attribute.objects.named()
    return Prefetch("attributes", queryset=attributes, to_attr="shown_attributes")
