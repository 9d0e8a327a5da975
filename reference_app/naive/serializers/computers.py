"""Serializers of computers that are only as good as the queryset behind them, which is bare.

Tenancy is kept: these are slow, not unsafe. Each field that costs queries says which, and how many.
"""

from operator import attrgetter

from rest_framework import serializers

from reference_app.models import Computer, Deployment, Installation, Package, Role
from reference_app.naive.access import role_and_state
from reference_app.naive.serializers.attributes import names_of
from reference_app.pagination import MAX_INSTALLATIONS, MAX_SYNCHRONIZATIONS
from reference_app.permissions import may_change
from reference_app.serializers.computers import (
    DETAIL_FIELDS,
    LIST_FIELDS,
    SIMULATED_FIELDS,
    ComputerInstallationSerializer,
    ComputerProjectSerializer,
    ComputerSynchronizationSerializer,
    allowed_actions,
)


class NaiveComputerListSerializer(serializers.ModelSerializer):
    """One row of the list, at 7 + A queries for A attributes."""

    # Cause 1: the project of every row is loaded on its own, also when all rows share it.
    project_name = serializers.CharField(source="project.name")
    # Cause 2: and then that project's platform, one row at a time.
    platform_name = serializers.CharField(source="project.platform.name")
    n_installations = serializers.SerializerMethodField()
    n_unchecked_errors = serializers.SerializerMethodField()
    n_tags = serializers.SerializerMethodField()
    last_sync_ok = serializers.SerializerMethodField()
    attributes = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Computer
        fields = LIST_FIELDS

    def get_n_installations(self, computer) -> int:
        """Cause 3: a filtered COUNT over a reverse foreign key for every row."""
        return computer.installations.live().count()

    def get_n_unchecked_errors(self, computer) -> int:
        """Cause 4: another one."""
        return computer.errors.filter(checked=False).count()

    def get_n_tags(self, computer) -> int:
        """Cause 5: a COUNT over a many-to-many table for every row."""
        return computer.tags.count()

    def get_last_sync_ok(self, computer) -> bool | None:
        """Cause 6: the latest of many for every row, asked for also where there is none."""
        latest = computer.synchronizations.order_by("-started_at").first()
        return latest and latest.ok

    def get_attributes(self, computer) -> list[str]:
        """Cause 7, plus A: the attributes of every row, and of every attribute its property."""
        return names_of(computer.attributes)

    def get_allowed_actions(self, computer) -> list[str]:
        """None: the role comes with the row."""
        return allowed_actions(computer, may_write=may_change(computer, Role.PACKAGER))


class NaiveComputerDetailSerializer(serializers.ModelSerializer):
    """One computer. Beside the view's query the fields ask seven, whatever the data's size."""

    # Two: project and platform.
    project = ComputerProjectSerializer()
    attributes = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()
    installations = serializers.SerializerMethodField()
    synchronizations = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Computer
        fields = DETAIL_FIELDS

    def get_attributes(self, computer) -> list[str]:
        """One, plus A: the attributes, and of every attribute its property."""
        return names_of(computer.attributes)

    def get_tags(self, computer) -> list[str]:
        """One: the tags."""
        return [tag.value for tag in sorted(computer.tags.all(), key=attrgetter("pk"))]

    def get_installations(self, computer) -> list[dict]:
        """One, plus I: the installations, and of every installation its package."""
        visible = Package.objects.for_user(self.context["request"].user)
        live = Installation.objects.live().filter(computer=computer, package__in=visible)
        latest = live.order_by("-installed_at", "-pk")[:MAX_INSTALLATIONS]
        return ComputerInstallationSerializer(latest, many=True).data

    def get_synchronizations(self, computer) -> list[dict]:
        """One: the latest reports."""
        latest = computer.synchronizations.order_by("-started_at")[:MAX_SYNCHRONIZATIONS]
        return ComputerSynchronizationSerializer(latest, many=True).data

    def get_allowed_actions(self, computer) -> list[str]:
        """One: the role, asked for here although it could have come with the row."""
        role, is_active = role_and_state(self.context["request"].user, computer.project_id)
        return allowed_actions(computer, may_write=is_active and role.includes(Role.PACKAGER))


class NaiveSimulatedDeploymentSerializer(serializers.ModelSerializer):
    """A deployment as the computer would meet it, at 1 + A queries for A included attributes."""

    # None: the view has loaded the schedule of each by now.
    schedule_name = serializers.CharField(source="schedule.name", default=None)
    applies = serializers.BooleanField()
    attributes = serializers.SerializerMethodField()
    packages = serializers.SerializerMethodField()

    class Meta:
        model = Deployment
        fields = SIMULATED_FIELDS

    def get_attributes(self, deployment) -> list[str]:
        """None for the attributes, which the view kept; A for the property of each."""
        return [attribute.full_name() for attribute in deployment.included]

    def get_packages(self, deployment) -> list[str]:
        """One: the packages of every deployment."""
        visible = deployment.packages.for_user(self.context["request"].user)
        return [package.fullname for package in visible.order_by("pk")]
