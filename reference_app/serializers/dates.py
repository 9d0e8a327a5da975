"""Days in query strings, validated."""

from datetime import datetime, time

from django.utils import timezone
from rest_framework import serializers


class DateRangeSerializer(serializers.Serializer):
    """`?from=` and `?to=`: two days, optional, counted in full. Unreadable or reversed ones are a 400."""

    def get_fields(self):
        """Declare the fields here, because `from` cannot be the name of a class attribute."""
        return {
            "from": serializers.DateField(required=False, help_text="The first day."),
            "to": serializers.DateField(required=False, help_text="The last day, counted in full."),
        }

    def validate(self, attrs):
        """Refuse a range that ends before it begins."""
        if "from" in attrs and "to" in attrs and attrs["from"] > attrs["to"]:
            raise serializers.ValidationError({"to": ["This day is before the first one."]})
        return attrs

    def as_filter(self, field):
        """Return the queryset arguments that keep the moments of `field` inside the validated range.

        Both ends are moments of the days named, so that the last day of the calendar needs no next one.
        """
        arguments = {}
        if "from" in self.validated_data:
            arguments[f"{field}__gte"] = _moment(self.validated_data["from"], time.min)
        if "to" in self.validated_data:
            arguments[f"{field}__lte"] = _moment(self.validated_data["to"], time.max)
        return arguments


def _moment(day, clock):
    """Return `day` at `clock`, in the current time zone."""
    return timezone.make_aware(datetime.combine(day, clock))
