"""Stores over the wire: one shape for rows and details, two for writing."""

from rest_framework import serializers

from reference_app.models import Project, Role, Store
from reference_app.permissions import may_change
from reference_app.serializers.fields import VisibleField

FIELDS = ["id", "name", "project_id", "project_name", "n_packages", "allowed_actions"]


class StoreSerializer(serializers.ModelSerializer):
    """One store, and what the asking user may do to it."""

    project_name = serializers.CharField(source="project.name")
    n_packages = serializers.IntegerField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Store
        fields = FIELDS
        read_only_fields = FIELDS

    def get_allowed_actions(self, store) -> list[str]:
        """Name the actions that the role allows. Whether the store is empty is asked when it is removed."""
        return ["partial_update", "destroy"] if may_change(store, Role.PACKAGER) else []


class StoreCreateSerializer(serializers.ModelSerializer):
    """A new store of a visible project. Whether its name is free, the database tells when it is added."""

    project = VisibleField(queryset=Project.objects.all())

    class Meta:
        model = Store
        fields = ["project", "name"]
        validators = []


class StoreChangeSerializer(serializers.ModelSerializer):
    """A new name. A store stays in its project, as its packages do."""

    class Meta:
        model = Store
        fields = ["name"]
