"""The naive serializer of stores."""

from rest_framework import serializers

from reference_app.models import Role, Store
from reference_app.naive.access import role_and_state
from reference_app.serializers.stores import FIELDS


class NaiveStoreSerializer(serializers.ModelSerializer):
    """One row, at three queries: a lazy load, a COUNT, a role."""

    # Cause 1: the project of every row is loaded on its own.
    project_name = serializers.CharField(source="project.name")
    # Cause 2: a COUNT for every row.
    n_packages = serializers.IntegerField(source="packages.count")
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Store
        fields = FIELDS

    def get_allowed_actions(self, store) -> list[str]:
        """Cause 3: the role, asked for again for every row."""
        role, is_active = role_and_state(self.context["request"].user, store.project_id)
        return ["partial_update", "destroy"] if is_active and role.includes(Role.PACKAGER) else []
