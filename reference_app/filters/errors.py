"""What the list of errors can be narrowed by."""

import django_filters

from reference_app.filters import InProjectFilterSet
from reference_app.models import Error

YES_OR_NO = [("true", "true"), ("false", "false")]


class ErrorFilterSet(InProjectFilterSet):
    """`?project=` and `?checked=`; what is neither "true" nor "false" is a 400, not "all"."""

    checked = django_filters.TypedChoiceFilter(choices=YES_OR_NO, coerce=lambda value: value == "true")

    class Meta:
        model = Error
        fields = ["project", "checked"]
