"""What the list of stores can be narrowed by."""

from reference_app.filters import InProjectFilterSet
from reference_app.models import Store


class StoreFilterSet(InProjectFilterSet):
    """`?project=`; what is no visible project is a 400."""

    class Meta:
        model = Store
        fields = ["project"]
