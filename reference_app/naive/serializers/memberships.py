"""The naive serializer of memberships."""

from rest_framework import serializers

from reference_app.models import Membership, Role
from reference_app.naive.access import role_in_all_of
from reference_app.serializers.memberships import FIELDS, visible_names


class NaiveMembershipSerializer(serializers.ModelSerializer):
    """One row, at three queries: the person, the asking user's own membership, the listed projects."""

    # Cause 1: the user of every row is loaded on its own.
    username = serializers.CharField(source="user.username")

    class Meta:
        model = Membership
        fields = ["id", "username", "role"]

    def to_representation(self, membership):
        """Add what a helper asks for, row by row."""
        shown = super().to_representation(membership)
        asking = self.context["request"].user
        # Cause 2: the permission, a query per row, which also loads the organization each time.
        role, organization = role_in_all_of(membership.organization_id, asking)
        may_write = organization.is_active and role.includes(Role.ADMIN)
        # Cause 3: a many-to-many list for every row.
        listed = list(membership.projects.with_visibility(asking).order_by("name", "pk"))
        shown["organization_name"] = organization.name
        shown["is_limited"] = bool(listed)
        shown["projects"] = visible_names(listed)
        shown["allowed_actions"] = ["partial_update", "destroy"] if may_write else []
        return {name: shown[name] for name in FIELDS}
