"""How the deployment endpoints describe themselves."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from reference_app.schema.answers import CopiedDeploymentSerializer
from reference_app.serializers.deployment_writes import (
    CopySerializer,
    DeploymentChangeSerializer,
    DeploymentWriteSerializer,
)
from reference_app.serializers.deployments import DeploymentComputerSerializer, WrittenDeploymentSerializer

_changed = extend_schema(
    request=DeploymentChangeSerializer, responses={200: WrittenDeploymentSerializer, 409: None}
)

describe_deployments = extend_schema_view(
    list=extend_schema(summary="List the deployments that the user may see"),
    retrieve=extend_schema(summary="Show a deployment with its packages, attributes and schedule"),
    create=extend_schema(
        request=DeploymentWriteSerializer, responses={201: WrittenDeploymentSerializer, 409: None}
    ),
    update=_changed,
    partial_update=_changed,
    computers=extend_schema(responses=DeploymentComputerSerializer(many=True)),
    copy=extend_schema(request=CopySerializer, responses={201: CopiedDeploymentSerializer, 409: None}),
    enable=extend_schema(request=None, responses={200: WrittenDeploymentSerializer, 400: None, 409: None}),
    disable=extend_schema(request=None, responses={200: WrittenDeploymentSerializer, 409: None}),
)
