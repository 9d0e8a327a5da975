"""Lists of ids, validated without a query: a related field would ask for every element on its own."""

from rest_framework import serializers

from reference_app.exceptions import RequestTooLarge

MAX_IDS = 1000
MAX_ID = 2**63 - 1


class IdListField(serializers.ListField):
    """At most 1,000 ids that fit into a key's column; each is returned once, in ascending order."""

    child = serializers.IntegerField(min_value=1, max_value=MAX_ID)

    def __init__(self, **kwargs):
        super().__init__(max_length=MAX_IDS, **kwargs)

    def to_internal_value(self, data):
        """Return the ids without repetition, so that rows are locked in one order."""
        return sorted(set(super().to_internal_value(data)))


class IdField(serializers.IntegerField):
    """The id of a row that may or may not exist. What no column can hold is a 400, not an error of SQLite."""

    def __init__(self, **kwargs):
        super().__init__(min_value=1, max_value=MAX_ID, **kwargs)


class IdsSerializer(serializers.Serializer):
    """The rows that an action is about."""

    ids = IdListField(allow_empty=False)


class BulkIdsSerializer(IdsSerializer):
    """The rows that a bulk action is about: more than 1,000 are a 413, before any of them is looked at."""

    def to_internal_value(self, data):
        """Refuse by the length of the list as it was sent."""
        ids = data.get("ids") if isinstance(data, dict) else None
        if isinstance(ids, list) and len(ids) > MAX_IDS:
            raise RequestTooLarge(f"{len(ids)} ids, at most {MAX_IDS} at once.")
        return super().to_internal_value(data)
