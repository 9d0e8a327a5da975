"""What the list of errors can be narrowed by."""

from reference_app.filters import InProjectFilterSet, YesOrNoFilter
from reference_app.models import Error


class ErrorFilterSet(InProjectFilterSet):
    """`?project=` and `?checked=`; what is neither "true" nor "false" is a 400, not "all"."""

    checked = YesOrNoFilter()

    class Meta:
        model = Error
        fields = ["project", "checked"]
