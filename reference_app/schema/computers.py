"""How the computer endpoints describe themselves."""

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view

from reference_app.schema.answers import SimulationSerializer
from reference_app.serializers.computers import ReportSerializer, SynchronizationSerializer

describe_computers = extend_schema_view(
    list=extend_schema(summary="List the computers that the user may see"),
    retrieve=extend_schema(summary="Show a computer with what it reported"),
    sync=extend_schema(
        request=ReportSerializer,
        responses={
            200: OpenApiResponse(SynchronizationSerializer, "The report was taken in before."),
            201: SynchronizationSerializer,
            409: None,
        },
    ),
    simulate_sync=extend_schema(responses=SimulationSerializer),
)
