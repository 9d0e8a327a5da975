"""Deployments: lists and details, and changes that find out what is wrong before anything is written."""

from django.db import transaction
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.filters import ListFilterBackend
from reference_app.filters.deployments import DeploymentFilterSet
from reference_app.models import Deployment
from reference_app.permissions import ReleaserWrites
from reference_app.schema.deployments import describe_deployments
from reference_app.serializers.deployment_writes import (
    CopySerializer,
    DeploymentChangeSerializer,
    DeploymentWriteSerializer,
)
from reference_app.serializers.deployments import (
    DeploymentComputerSerializer,
    DeploymentDetailSerializer,
    DeploymentListSerializer,
    WrittenDeploymentSerializer,
)
from reference_app.services import deployment_rules as rules
from reference_app.services import deployments as services
from reference_app.views.deployment_rows import computers_reached_by, with_detail_data, with_list_data


@describe_deployments
class DeploymentViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The deployments a user may see, and what is done with them.

    list, 4 queries: the paginator's COUNT, the page with its joins, count and roles, the included attributes,
    the excluded ones. `?project=` asks for the project as well.
    retrieve, 6: the deployment with its joins; its packages with their counts; the included attributes, the
    excluded ones; the schedule's delays, their attributes. Without a schedule 4.
    What writes answers with the written row and does not read it like a detail: creating needs all that its
    ceiling allows, which leaves no query to read with, and the others answer in the same form.
    """

    permission_classes = [IsAuthenticated, ReleaserWrites]
    filter_backends = [ListFilterBackend]
    filterset_class = DeploymentFilterSet
    query_budgets = {
        "list": {"queries": 5, "reason": "one of them looks up ?project="},
        "retrieve": 6,
        "create": 8,
        "update": 15,
        "partial_update": 15,
        "computers": 3,
        "copy": 11,
        "enable": 4,
        "disable": 3,
    }

    def get_queryset(self):
        """Start from what the user may see, and add what the action needs."""
        user = self.request.user
        deployments = Deployment.objects.for_user(user)
        match self.action:
            case "list":
                return with_list_data(deployments, user)
            case "retrieve":
                return with_detail_data(deployments, user)
            case "computers":
                return deployments.only("project")
            case _:
                return deployments.with_access(user).select_for_update()

    def get_serializer_class(self):
        """Choose the narrow serializer for lists, the nested one for details."""
        return DeploymentListSerializer if self.action == "list" else DeploymentDetailSerializer

    @transaction.atomic
    def create(self, request):
        """Add a deployment to a project.

        8 queries with any number of packages and attributes: the project with the user's role, the locked
        packages, the attributes; INSERT, one for each of the three lists, and the history's. An empty list
        asks nothing.
        """
        body = DeploymentWriteSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return Response(WrittenDeploymentSerializer(body.save()).data, status=status.HTTP_201_CREATED)

    @transaction.atomic
    def update(self, request, pk=None, *, partial=False):
        """Change the fields that are sent, of the version that was read.

        15 queries when each list loses and wins something: the locked row with the user's role, the project;
        what is in the three lists, the locked packages, the attributes; UPDATE, a DELETE and an INSERT for
        each list, and the history's INSERT. A list that is not sent is neither asked for nor written. Refused
        as stale after 1.
        """
        deployment = self.get_object()
        body = DeploymentChangeSerializer(
            deployment, data=request.data, partial=partial, context=self.get_serializer_context()
        )
        body.is_valid(raise_exception=True)
        return Response(WrittenDeploymentSerializer(body.save()).data)

    def partial_update(self, request, pk=None):
        """Change the fields that are sent, of which only the version has to be.

        4 queries for columns alone: the locked row with the user's role, the project, UPDATE, the history's
        INSERT. With lists as many as `update`.
        """
        return self.update(request, pk, partial=True)

    @action(detail=True)
    def computers(self, request, pk=None):
        """List the computers that the deployment reaches.

        3 queries: the deployment, the paginator's COUNT, the page with its join, counts and roles.
        """
        page = self.paginate_queryset(computers_reached_by(self.get_object(), request.user))
        return self.get_paginated_response(DeploymentComputerSerializer(page, many=True).data)

    @action(detail=True, methods=["post"])
    @transaction.atomic
    def copy(self, request, pk=None):
        """Copy the deployment to another project of the organization, disabled; tell what is missing there.

        11 queries for any number of packages and attributes: the locked row and the target, each with the
        user's role; the packages' names, those of the target; included and excluded attributes; INSERT, one
        for each of the three lists, and the history's.
        """
        deployment = self.get_object()
        body = CopySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        target = rules.target_of_copy(deployment, body.validated_data["project"], request.user)
        self.check_object_permissions(request, target)
        rules.refuse_copy(deployment, target)
        name = body.validated_data.get("name", deployment.name)
        copied, missing = services.copy(deployment, target, name, request.user)
        answer = WrittenDeploymentSerializer(copied).data | {"missing_packages": missing}
        return Response(answer, status=status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"])
    def enable(self, request, pk=None):
        """Let the deployment reach its computers, unless it holds obsolete packages.

        4 queries: the locked row with the user's role, its locked packages, UPDATE, the history's INSERT.
        """
        return self._switched(request, enabled=True)

    @action(detail=True, methods=["post"])
    def disable(self, request, pk=None):
        """Stop the deployment.

        3 queries: the locked row with the user's role, UPDATE, the history's INSERT.
        """
        return self._switched(request, enabled=False)

    @transaction.atomic
    def _switched(self, request, *, enabled):
        """Switch the deployment and answer with its row."""
        deployment = self.get_object()
        services.switch(deployment, request.user, enabled=enabled)
        return Response(WrittenDeploymentSerializer(deployment).data)
