"""How the project endpoints describe themselves."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from reference_app.serializers.projects import (
    ProjectChangeSerializer,
    ProjectCreateSerializer,
    ProjectDetailSerializer,
)

describe_projects = extend_schema_view(
    list=extend_schema(summary="List the projects that the user may see"),
    retrieve=extend_schema(summary="Show a project with its stores"),
    create=extend_schema(
        request=ProjectCreateSerializer, responses={201: ProjectDetailSerializer, 409: None}
    ),
    partial_update=extend_schema(request=ProjectChangeSerializer, responses=ProjectDetailSerializer),
)
