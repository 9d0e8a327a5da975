"""Memberships over the wire: who is what and where, and who may change that."""

from rest_framework import serializers

from reference_app.models import Membership, Organization, Role
from reference_app.permissions import may_change
from reference_app.serializers.fields import VisibleField
from reference_app.serializers.ids import IdListField

FIELDS = ["id", "username", "role", "organization_name", "is_limited", "projects", "allowed_actions"]


def visible_names(projects):
    """Name those of the listed projects that the asking user may see."""
    return [project.name for project in projects if project.is_visible]


class MembershipSerializer(serializers.ModelSerializer):
    """One membership, and what the asking user may do to it.

    `is_limited` tells whether it is for some projects only; `projects` names those that may be named.
    """

    username = serializers.CharField(source="user.username")
    organization_name = serializers.CharField(source="organization.name")
    is_limited = serializers.SerializerMethodField()
    projects = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = FIELDS
        read_only_fields = FIELDS

    def get_is_limited(self, membership) -> bool:
        """Tell whether any project is listed, visible or not."""
        return bool(membership.listed_projects)

    def get_projects(self, membership) -> list[str]:
        """Name the visible ones of the listed projects."""
        return visible_names(membership.listed_projects)

    def get_allowed_actions(self, membership) -> list[str]:
        """Name the actions that the asking user's own role allows."""
        return ["partial_update", "destroy"] if may_change(membership, Role.ADMIN) else []


class MembershipCreateSerializer(serializers.ModelSerializer):
    """A new member of a visible organization, by the name to log in with, which an admin has to know.

    Whether there is somebody of that name is for the service to tell, and for admins to learn.
    """

    organization = VisibleField(queryset=Organization.objects.all())
    username = serializers.CharField(max_length=150)
    projects = IdListField(default=list)

    class Meta:
        model = Membership
        fields = ["organization", "username", "role", "projects"]
        validators = []


class MembershipChangeSerializer(serializers.ModelSerializer):
    """Another role, other projects. Neither the person nor the organization changes."""

    projects = IdListField(required=False)

    class Meta:
        model = Membership
        fields = ["role", "projects"]
