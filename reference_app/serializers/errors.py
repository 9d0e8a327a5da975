"""Errors over the wire."""

from rest_framework import serializers

from reference_app.models import Error, Role
from reference_app.permissions import may_change

FIELDS = [
    "id",
    "text",
    "checked",
    "checked_by",
    "created_at",
    "computer_name",
    "project_name",
    "synchronized_at",
    "allowed_actions",
]


class ErrorSerializer(serializers.ModelSerializer):
    """One error, from the joins of its queryset; null for who checked it and what brought it, if none."""

    checked_by = serializers.CharField(source="checked_by.username", allow_null=True)
    computer_name = serializers.CharField(source="computer.name")
    project_name = serializers.CharField(source="project.name")
    synchronized_at = serializers.DateTimeField(source="synchronization.started_at", allow_null=True)
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Error
        fields = FIELDS
        read_only_fields = FIELDS

    def get_allowed_actions(self, error) -> list[str]:
        """Name what the role allows, as long as nobody has ticked the error off."""
        return ["check"] if not error.checked and may_change(error, Role.CHECKER) else []
