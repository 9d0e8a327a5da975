"""How the error endpoints describe themselves."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from reference_app.schema.answers import CheckedErrorsSerializer
from reference_app.serializers.ids import IdsSerializer

describe_errors = extend_schema_view(
    list=extend_schema(summary="List the errors that the user may see, the latest first"),
    check=extend_schema(request=IdsSerializer, responses=CheckedErrorsSerializer),
)
