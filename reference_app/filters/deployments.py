"""What the list of deployments can be narrowed by."""

from reference_app.filters import InProjectFilterSet, YesOrNoFilter
from reference_app.models import Deployment


class DeploymentFilterSet(InProjectFilterSet):
    """`?project=`, `?source=` and `?enabled=`; what is no visible project or none of the values is a 400."""

    enabled = YesOrNoFilter()

    class Meta:
        model = Deployment
        fields = ["project", "source", "enabled"]
