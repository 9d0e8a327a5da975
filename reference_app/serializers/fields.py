"""Fields that several resources write by."""

from rest_framework import serializers


class RowField(serializers.PrimaryKeyRelatedField):
    """The id of a row, which is a whole number: the database would take 1.5 for 1, and fail over infinity."""

    def __init__(self, **kwargs):
        super().__init__(pk_field=serializers.IntegerField(), **kwargs)


class VisibleField(RowField):
    """The id of a row that the asking user may see, fetched with all that permissions on it depend on.

    A foreign id is refused in the words for one that does not exist. One query; not for `many=True`, which
    would ask for every element on its own.
    """

    def get_queryset(self):
        """Narrow the declared queryset to the asking user."""
        user = self.context["request"].user
        return super().get_queryset().for_user(user).with_access(user)
