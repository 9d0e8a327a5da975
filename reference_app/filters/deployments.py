"""What the list of deployments can be narrowed by."""

from reference_app.filters import InProjectFilterSet
from reference_app.models import Deployment


class DeploymentFilterSet(InProjectFilterSet):
    """`?project=`, `?source=` and `?enabled=`; what is neither a visible project nor a source is a 400."""

    class Meta:
        model = Deployment
        fields = ["project", "source", "enabled"]
