"""Serializers of projects that are only as good as the queryset behind them, which is bare."""

from rest_framework import serializers

from reference_app.models import Project, Role, Store
from reference_app.naive.access import role_and_state
from reference_app.permissions import may_change
from reference_app.serializers.projects import DETAIL_FIELDS, LIST_FIELDS


class NaiveProjectListSerializer(serializers.ModelSerializer):
    """One row of the list, at four queries: two lazy loads, two COUNTs."""

    # Cause 1: the organization of every row is loaded on its own, also when all rows share it.
    organization_name = serializers.CharField(source="organization.name")
    # Cause 2: and so is the platform.
    platform_name = serializers.CharField(source="platform.name")
    # Causes 3 and 4: a COUNT over a reverse foreign key for every row, hidden in a field's source.
    n_packages = serializers.IntegerField(source="packages.count")
    n_computers = serializers.IntegerField(source="computers.count")
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = LIST_FIELDS

    def get_allowed_actions(self, project) -> list[str]:
        """None: the role comes with the row."""
        return ["partial_update"] if may_change(project, Role.ADMIN) else []


class NaiveProjectStoreSerializer(serializers.ModelSerializer):
    """A store, at one query: its COUNT."""

    n_packages = serializers.IntegerField(source="packages.count")

    class Meta:
        model = Store
        fields = ["id", "name", "n_packages"]


class NaiveProjectDetailSerializer(NaiveProjectListSerializer):
    """One project, at 7 + S queries for S stores beside the view's own."""

    n_deployments = serializers.IntegerField(source="deployments.count")
    stores = serializers.SerializerMethodField()

    class Meta(NaiveProjectListSerializer.Meta):
        fields = DETAIL_FIELDS

    def get_stores(self, project) -> list[dict]:
        """One, plus S: the stores, and the COUNT of each."""
        return NaiveProjectStoreSerializer(project.stores.order_by("name", "pk"), many=True).data

    def get_allowed_actions(self, project) -> list[str]:
        """One: the role, asked for here although it could have come with the row."""
        role, is_active = role_and_state(self.context["request"].user, project.pk)
        return ["partial_update"] if is_active and role.includes(Role.ADMIN) else []
