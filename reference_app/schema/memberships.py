"""How the membership endpoints describe themselves."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from reference_app.serializers.memberships import (
    MembershipChangeSerializer,
    MembershipCreateSerializer,
    MembershipSerializer,
)

describe_memberships = extend_schema_view(
    list=extend_schema(summary="List the memberships of the user's organizations"),
    retrieve=extend_schema(summary="Show a membership"),
    create=extend_schema(
        request=MembershipCreateSerializer, responses={201: MembershipSerializer, 409: None}
    ),
    partial_update=extend_schema(
        request=MembershipChangeSerializer, responses={200: MembershipSerializer, 409: None}
    ),
    destroy=extend_schema(responses={204: None, 409: None}),
)
