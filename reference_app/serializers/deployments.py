"""Deployments over the wire. Every field reads what the view's queryset brought along; none runs a query."""

from rest_framework import serializers

from reference_app import dynamic_attributes
from reference_app.models import Computer, Deployment, Package, Project, Role, Schedule, ScheduleDelay
from reference_app.permissions import may_change
from reference_app.serializers.attributes import AttributeNamesField
from reference_app.serializers.computers import ComputerActions

LIST_FIELDS = [
    "id",
    "name",
    "slug",
    "source",
    "enabled",
    "start_date",
    "version",
    "schedule_id",
    "project_name",
    "platform_name",
    "n_packages",
    "included_attributes",
    "excluded_attributes",
    "allowed_actions",
]

DETAIL_FIELDS = [
    "id",
    "name",
    "slug",
    "source",
    "enabled",
    "start_date",
    "comment",
    "version",
    "project",
    "schedule",
    "packages",
    "included_attributes",
    "excluded_attributes",
    "packages_to_install",
    "packages_to_remove",
    "extra",
    "declared_extra",
    "allowed_actions",
]

COMPUTER_FIELDS = [
    "id",
    "uuid",
    "name",
    "status",
    "sync_end",
    "project_name",
    "n_installed",
    "has_errors",
    "allowed_actions",
]


def allowed_actions(deployment, *, may_write):
    """Name what can be done with `deployment`, by somebody who may or may not write."""
    if not may_write:
        return []
    return ["update", "partial_update", "copy", "disable" if deployment.enabled else "enable"]


class DeploymentActions(serializers.Serializer):
    """What the asking user may do with a deployment: rows and details tell the same."""

    allowed_actions = serializers.SerializerMethodField()

    def get_allowed_actions(self, deployment) -> list[str]:
        """Name the actions that role and state allow, from what the row itself brought along."""
        return allowed_actions(deployment, may_write=may_change(deployment, Role.RELEASER))


class DeploymentListSerializer(DeploymentActions, serializers.ModelSerializer):
    """One row of the list: joined names, an annotated count, prefetched attributes by their values."""

    project_name = serializers.CharField(source="project.name")
    platform_name = serializers.CharField(source="project.platform.name")
    n_packages = serializers.IntegerField()
    included_attributes = serializers.SlugRelatedField(
        slug_field="value", source="included", many=True, read_only=True
    )
    excluded_attributes = serializers.SlugRelatedField(
        slug_field="value", source="excluded", many=True, read_only=True
    )

    class Meta:
        model = Deployment
        fields = LIST_FIELDS
        read_only_fields = LIST_FIELDS


class DeploymentProjectSerializer(serializers.ModelSerializer):
    """The project of a deployment, with the package manager that decides on the dynamic attributes."""

    class Meta:
        model = Project
        fields = ["id", "name", "pms"]
        read_only_fields = fields


class DelaySerializer(serializers.ModelSerializer):
    """One step of a schedule, and whom it is for."""

    attributes = AttributeNamesField(source="shown_attributes")

    class Meta:
        model = ScheduleDelay
        fields = ["delay", "duration", "attributes"]
        read_only_fields = fields


class DeploymentScheduleSerializer(serializers.ModelSerializer):
    """A schedule with its steps, the first one first."""

    delays = DelaySerializer(source="shown_delays", many=True)

    class Meta:
        model = Schedule
        fields = ["id", "name", "delays"]
        read_only_fields = fields


class DeployedPackageSerializer(serializers.ModelSerializer):
    """A package that is deployed, and on how many computers it is by now."""

    n_installations = serializers.IntegerField()

    class Meta:
        model = Package
        fields = ["id", "fullname", "is_obsolete", "n_installations"]
        read_only_fields = fields


class JsonColumns(serializers.Serializer):
    """The columns in JSON, whose shapes the model does not tell."""

    packages_to_install = serializers.ListField(child=serializers.CharField())
    packages_to_remove = serializers.ListField(child=serializers.CharField())
    extra = serializers.DictField()


class DeploymentDetailSerializer(DeploymentActions, JsonColumns, serializers.ModelSerializer):
    """One deployment, and what the asking user may do with it now."""

    project = DeploymentProjectSerializer()
    schedule = DeploymentScheduleSerializer(allow_null=True)
    packages = DeployedPackageSerializer(source="shown_packages", many=True)
    included_attributes = AttributeNamesField(source="included")
    excluded_attributes = AttributeNamesField(source="excluded")
    declared_extra = serializers.SerializerMethodField()

    class Meta:
        model = Deployment
        fields = DETAIL_FIELDS
        read_only_fields = DETAIL_FIELDS

    def get_declared_extra(self, deployment) -> dict[str, str]:
        """Tell which keys `extra` may have, and the type of each."""
        return declared_extra(deployment)


def declared_extra(deployment):
    """Return `{key: type}` of the dynamic attributes that are declared for `deployment`."""
    declared = dynamic_attributes.declared(deployment.source, deployment.project.pms)
    return {key: declaration.kind for key, declaration in declared.items()}


class WrittenDeploymentSerializer(JsonColumns, serializers.ModelSerializer):
    """The answer to a write: the row as it is now, without what would have to be read for it."""

    class Meta:
        model = Deployment
        fields = [
            "id",
            "project_id",
            "schedule_id",
            "name",
            "slug",
            "source",
            "enabled",
            "start_date",
            "comment",
            "packages_to_install",
            "packages_to_remove",
            "extra",
            "version",
        ]
        read_only_fields = fields


class DeploymentComputerSerializer(ComputerActions, serializers.ModelSerializer):
    """A computer that is reached, how far the deployment has come there, and whether something went wrong."""

    project_name = serializers.CharField(source="project.name")
    n_installed = serializers.IntegerField()
    has_errors = serializers.BooleanField()

    class Meta:
        model = Computer
        fields = COMPUTER_FIELDS
        read_only_fields = COMPUTER_FIELDS
