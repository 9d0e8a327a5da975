"""The naive serializer of errors: the fields of the other one, over a queryset without its joins."""

from reference_app.serializers.errors import ErrorSerializer


class NaiveErrorSerializer(ErrorSerializer):
    """One row, at three queries: computer, project, synchronization. Whoever checked it is a fourth.

    A null foreign key asks nothing, and the role comes with the row. The causes are not in the fields, which
    are the same: they are in the queryset, and show only there.
    """
