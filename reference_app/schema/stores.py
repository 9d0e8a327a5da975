"""How the store endpoints describe themselves."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from reference_app.serializers.stores import StoreChangeSerializer, StoreCreateSerializer, StoreSerializer

describe_stores = extend_schema_view(
    list=extend_schema(summary="List the stores that the user may see"),
    retrieve=extend_schema(summary="Show a store"),
    create=extend_schema(request=StoreCreateSerializer, responses={201: StoreSerializer, 409: None}),
    partial_update=extend_schema(request=StoreChangeSerializer, responses={200: StoreSerializer, 409: None}),
    destroy=extend_schema(responses={204: None, 409: None}),
)
