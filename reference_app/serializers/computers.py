"""Computers over the wire: rows and details without a query a field, and the report of a synchronization."""

from rest_framework import serializers

from reference_app.models import Computer, Deployment, Installation, Project, Role, Synchronization
from reference_app.permissions import may_change
from reference_app.serializers.attributes import AttributeNamesField

MAX_PACKAGES = 5000
MAX_ATTRIBUTES = 500

LIST_FIELDS = [
    "id",
    "uuid",
    "name",
    "status",
    "ip",
    "sync_start",
    "sync_end",
    "project_name",
    "platform_name",
    "n_installations",
    "n_unchecked_errors",
    "n_tags",
    "last_sync_ok",
    "attributes",
    "allowed_actions",
]

DETAIL_FIELDS = [
    "id",
    "uuid",
    "name",
    "status",
    "ip",
    "sync_start",
    "sync_end",
    "project",
    "attributes",
    "tags",
    "installations",
    "synchronizations",
    "allowed_actions",
]

SIMULATED_FIELDS = ["id", "name", "schedule_name", "applies", "attributes", "packages"]


def allowed_actions(computer, *, may_write):
    """Name what can be done with `computer`, by somebody who may or may not write."""
    if computer.status == Computer.Status.UNSUBSCRIBED:
        return []
    return ["sync", "simulate_sync"] if may_write else ["simulate_sync"]


class ComputerActions(serializers.Serializer):
    """What the asking user may do with a computer: rows and details tell the same."""

    allowed_actions = serializers.SerializerMethodField()

    def get_allowed_actions(self, computer) -> list[str]:
        """Name the actions that role and state allow."""
        return allowed_actions(computer, may_write=may_change(computer, Role.PACKAGER))


class ComputerListSerializer(ComputerActions, serializers.ModelSerializer):
    """One row of the list: joined names, annotated counts, prefetched attributes."""

    project_name = serializers.CharField(source="project.name")
    platform_name = serializers.CharField(source="project.platform.name")
    n_installations = serializers.IntegerField()
    n_unchecked_errors = serializers.IntegerField()
    n_tags = serializers.IntegerField()
    last_sync_ok = serializers.BooleanField(allow_null=True)
    attributes = AttributeNamesField(source="shown_attributes")

    class Meta:
        model = Computer
        fields = LIST_FIELDS
        read_only_fields = LIST_FIELDS


class ComputerProjectSerializer(serializers.ModelSerializer):
    """The project of a computer, from the joins of the detail."""

    platform = serializers.CharField(source="platform.name")

    class Meta:
        model = Project
        fields = ["id", "name", "platform"]
        read_only_fields = fields


class ComputerInstallationSerializer(serializers.ModelSerializer):
    """A package on the computer."""

    fullname = serializers.CharField(source="package.fullname")

    class Meta:
        model = Installation
        fields = ["fullname", "installed_at"]
        read_only_fields = fields


class ComputerSynchronizationSerializer(serializers.ModelSerializer):
    """When the computer was heard of."""

    class Meta:
        model = Synchronization
        fields = ["started_at", "created_at", "ok"]
        read_only_fields = fields


class ComputerDetailSerializer(ComputerActions, serializers.ModelSerializer):
    """One computer with what it reported, and what the asking user may do with it now."""

    project = ComputerProjectSerializer()
    attributes = AttributeNamesField(source="shown_attributes")
    tags = serializers.SlugRelatedField(slug_field="value", source="shown_tags", many=True, read_only=True)
    installations = ComputerInstallationSerializer(source="latest_installations", many=True)
    synchronizations = ComputerSynchronizationSerializer(source="latest_synchronizations", many=True)

    class Meta:
        model = Computer
        fields = DETAIL_FIELDS
        read_only_fields = DETAIL_FIELDS


class ReportedAttributeSerializer(serializers.Serializer):
    """One value of a property, as the computer found it."""

    prefix = serializers.CharField(max_length=10)
    value = serializers.CharField(max_length=200)


class ReportSerializer(serializers.Serializer):
    """What a computer says of itself. Both lists are whole: what is missing from them is gone.

    Validated without a query; whether the prefixes exist is asked for all of them at once by the service.
    """

    started_at = serializers.DateTimeField()
    ok = serializers.BooleanField(default=True)
    ip = serializers.IPAddressField(required=False, allow_null=True)
    attributes = ReportedAttributeSerializer(many=True, max_length=MAX_ATTRIBUTES)
    packages = serializers.ListField(child=serializers.CharField(max_length=200), max_length=MAX_PACKAGES)

    def validate_attributes(self, attributes):
        """Return each pair of prefix and value once, in the order of the report."""
        return list(dict.fromkeys((attribute["prefix"], attribute["value"]) for attribute in attributes))

    def validate_packages(self, packages):
        """Return each full name once, in the order of the report."""
        return list(dict.fromkeys(packages))


class SynchronizationSerializer(serializers.ModelSerializer):
    """The answer to a report, also to one that is repeated."""

    computer = serializers.UUIDField(source="computer.uuid")

    class Meta:
        model = Synchronization
        fields = ["computer", "started_at", "created_at", "ok"]
        read_only_fields = fields


class SimulatedDeploymentSerializer(serializers.ModelSerializer):
    """A deployment as the computer would meet it."""

    schedule_name = serializers.CharField(source="schedule.name", allow_null=True)
    applies = serializers.BooleanField()
    attributes = AttributeNamesField(source="shown_attributes")
    packages = serializers.SlugRelatedField(
        slug_field="fullname", source="shown_packages", many=True, read_only=True
    )

    class Meta:
        model = Deployment
        fields = SIMULATED_FIELDS
        read_only_fields = SIMULATED_FIELDS
