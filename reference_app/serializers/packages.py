"""Packages over the wire. Every field reads what the view's queryset brought along; none runs a query."""

from rest_framework import serializers

from reference_app.models import (
    Deployment,
    Installation,
    Package,
    PackageDependency,
    PackageHistory,
    Project,
    Role,
)
from reference_app.permissions import may_change
from reference_app.serializers.attributes import AttributeNamesField

LIST_FIELDS = [
    "id",
    "fullname",
    "name",
    "version",
    "architecture",
    "size_bytes",
    "is_obsolete",
    "created_at",
    "store_id",
    "project_name",
    "platform_name",
    "n_deployments",
    "n_installations",
    "depends_on",
    "allowed_actions",
]

DETAIL_FIELDS = [
    "id",
    "fullname",
    "name",
    "version",
    "architecture",
    "size_bytes",
    "is_obsolete",
    "obsoleted_at",
    "created_at",
    "project",
    "store_name",
    "depends_on",
    "deployments",
    "installations",
    "allowed_actions",
]

ORPHAN_FIELDS = [
    "id",
    "fullname",
    "size_bytes",
    "is_obsolete",
    "created_at",
    "project_name",
    "platform_name",
    "allowed_actions",
]

HISTORY_FIELDS = ["id", "action", "package", "user", "at", "details"]


def actions_on(package):
    """Name what a packager may do to the package as it is."""
    return ["destroy"] if package.is_obsolete else ["mark_obsolete", "destroy"]


class PackageActions(serializers.Serializer):
    """What the asking user may do to a package: rows and details tell the same."""

    allowed_actions = serializers.SerializerMethodField()

    def get_allowed_actions(self, package) -> list[str]:
        """Name the actions that role and state allow. The rules that need queries are the action's own."""
        return actions_on(package) if may_change(package, Role.PACKAGER) else []


class PackageListSerializer(PackageActions, serializers.ModelSerializer):
    """One row of the list: joined names, annotated counts, prefetched dependencies.

    The store is given by its id, which is a column of the package; its name is in the detail.
    """

    project_name = serializers.CharField(source="project.name")
    platform_name = serializers.CharField(source="project.platform.name")
    n_deployments = serializers.IntegerField()
    n_installations = serializers.IntegerField()
    depends_on = serializers.SlugRelatedField(
        slug_field="fullname", source="required_packages", many=True, read_only=True
    )

    class Meta:
        model = Package
        fields = LIST_FIELDS
        read_only_fields = LIST_FIELDS


class PackageProjectSerializer(serializers.ModelSerializer):
    """The project of a package, from the joins of the detail."""

    platform = serializers.CharField(source="platform.name")
    organization = serializers.CharField(source="organization.name")

    class Meta:
        model = Project
        fields = ["id", "name", "platform", "organization"]
        read_only_fields = fields


class RequirementSerializer(serializers.ModelSerializer):
    """One package that is needed, and from which version on."""

    id = serializers.IntegerField(source="requires_id")
    fullname = serializers.CharField(source="requires.fullname")

    class Meta:
        model = PackageDependency
        fields = ["id", "fullname", "min_version"]
        read_only_fields = fields


class PackageDeploymentSerializer(serializers.ModelSerializer):
    """A deployment that holds the package; its attributes read "PREFIX-value"."""

    project = serializers.CharField(source="project.name")
    n_packages = serializers.IntegerField()
    attributes = AttributeNamesField(source="shown_attributes")

    class Meta:
        model = Deployment
        fields = ["id", "name", "enabled", "project", "n_packages", "attributes"]
        read_only_fields = fields


class PackageInstallationSerializer(serializers.ModelSerializer):
    """A computer that has the package."""

    computer = serializers.CharField(source="computer.name")
    project = serializers.CharField(source="computer.project.name")
    tags = serializers.SlugRelatedField(
        slug_field="value", source="computer.shown_tags", many=True, read_only=True
    )

    class Meta:
        model = Installation
        fields = ["computer", "project", "tags", "installed_at"]
        read_only_fields = fields


class PackageDetailSerializer(PackageActions, serializers.ModelSerializer):
    """One package with what surrounds it, and what the asking user may do to it now."""

    project = PackageProjectSerializer()
    store_name = serializers.CharField(source="store.name", allow_null=True)
    depends_on = RequirementSerializer(source="requirements", many=True)
    deployments = PackageDeploymentSerializer(source="visible_deployments", many=True)
    installations = PackageInstallationSerializer(source="latest_installations", many=True)

    class Meta:
        model = Package
        fields = DETAIL_FIELDS
        read_only_fields = DETAIL_FIELDS


class ObsoletePackageSerializer(serializers.ModelSerializer):
    """The answer to mark-obsolete: what changed, all of it on the row that was locked."""

    class Meta:
        model = Package
        fields = ["id", "fullname", "is_obsolete", "obsoleted_at"]
        read_only_fields = fields


class OrphanSerializer(PackageActions, serializers.ModelSerializer):
    """A package that nobody would miss, with what it takes to decide so."""

    project_name = serializers.CharField(source="project.name")
    platform_name = serializers.CharField(source="project.platform.name")

    class Meta:
        model = Package
        fields = ORPHAN_FIELDS
        read_only_fields = ORPHAN_FIELDS


class PackageHistorySerializer(serializers.ModelSerializer):
    """Who did what to a package, and when; null for somebody who has been removed."""

    package = serializers.CharField(source="package.fullname")
    user = serializers.CharField(source="user.username", allow_null=True)
    details = serializers.DictField()

    class Meta:
        model = PackageHistory
        fields = HISTORY_FIELDS
        read_only_fields = HISTORY_FIELDS


class ProjectStatsSerializer(serializers.Serializer):
    """The deployments of one project that hold the package, in numbers."""

    project = serializers.CharField(source="project__name")
    n_deployments = serializers.IntegerField()
    n_enabled = serializers.IntegerField()
    first_start = serializers.DateTimeField()
    last_start = serializers.DateTimeField()
