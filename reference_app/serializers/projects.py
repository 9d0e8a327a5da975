"""Projects over the wire: rows, details, and the two ways of writing them."""

from rest_framework import serializers

from reference_app.models import Organization, Platform, Project, Role, Store
from reference_app.permissions import may_change
from reference_app.serializers.fields import RowField, VisibleField

LIST_FIELDS = [
    "id",
    "name",
    "slug",
    "pms",
    "architecture",
    "organization_name",
    "platform_name",
    "n_packages",
    "n_computers",
    "allowed_actions",
]
DETAIL_FIELDS = [*LIST_FIELDS, "n_deployments", "stores"]


class ProjectListSerializer(serializers.ModelSerializer):
    """One row of the list: joined names, annotated counts, and what the asking user may do to it."""

    organization_name = serializers.CharField(source="organization.name")
    platform_name = serializers.CharField(source="platform.name")
    n_packages = serializers.IntegerField()
    n_computers = serializers.IntegerField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = LIST_FIELDS
        read_only_fields = LIST_FIELDS

    def get_allowed_actions(self, project) -> list[str]:
        """Name the actions that the role allows."""
        return ["partial_update"] if may_change(project, Role.ADMIN) else []


class ProjectStoreSerializer(serializers.ModelSerializer):
    """A store of the project."""

    n_packages = serializers.IntegerField()

    class Meta:
        model = Store
        fields = ["id", "name", "n_packages"]
        read_only_fields = fields


class ProjectDetailSerializer(ProjectListSerializer):
    """One project with its stores."""

    n_deployments = serializers.IntegerField()
    stores = ProjectStoreSerializer(source="shown_stores", many=True)

    class Meta(ProjectListSerializer.Meta):
        fields = DETAIL_FIELDS
        read_only_fields = DETAIL_FIELDS


class ProjectCreateSerializer(serializers.ModelSerializer):
    """A new project of a visible organization. Whether its slug is free, the database tells."""

    organization = VisibleField(queryset=Organization.objects.all())
    platform = RowField(queryset=Platform.objects.all())

    class Meta:
        model = Project
        fields = ["organization", "platform", "name", "slug", "pms", "architecture"]
        validators = []


class ProjectChangeSerializer(serializers.ModelSerializer):
    """What may be changed of a project. Its organization, slug and package management are others' ground."""

    platform = RowField(queryset=Platform.objects.all())

    class Meta:
        model = Project
        fields = ["platform", "name", "architecture"]
