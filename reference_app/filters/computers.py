"""What the list of computers can be narrowed by."""

from reference_app.filters import InProjectFilterSet
from reference_app.models import Computer


class ComputerFilterSet(InProjectFilterSet):
    """`?project=` and `?status=`; what is neither a visible project nor a status is a 400."""

    class Meta:
        model = Computer
        fields = ["project", "status"]
