"""The naive twin of the deployment endpoints."""

from django.db import transaction
from django.db.models import Q
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.exceptions import Conflict
from reference_app.filters import ListFilterBackend
from reference_app.filters.deployments import DeploymentFilterSet
from reference_app.models import Computer, Deployment, Project, Role
from reference_app.models.history import History
from reference_app.naive.access import refuse_unless
from reference_app.naive.serializers.deployment_writes import (
    NaiveDeploymentChangeSerializer,
    NaiveDeploymentWriteSerializer,
    refuse_taken,
)
from reference_app.naive.serializers.deployments import (
    NaiveDeploymentComputerSerializer,
    NaiveDeploymentDetailSerializer,
    NaiveDeploymentListSerializer,
)
from reference_app.serializers.deployment_writes import CopySerializer
from reference_app.serializers.deployments import WrittenDeploymentSerializer
from reference_app.services.deployment_rules import SAME_PROJECT, refuse_copy
from reference_app.services.deployments import (
    SWITCHED_ALREADY,
    columns_of_copy,
    refuse_obsolete,
    write_history,
)


class NaiveDeploymentViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The same answers as `DeploymentViewSet`, from one bare queryset for every action.

    list, 2 + 6n queries for n rows: COUNT, page, and six a row.
    retrieve, 8 + S + K + (2 + S)A for S delays, K packages, and A attributes included, excluded and of each
    delay; without a schedule 6 + K + 2A.
    """

    filter_backends = [ListFilterBackend]
    filterset_class = DeploymentFilterSet

    def get_queryset(self):
        """Cause of all the lazy loads: no action gets a join, a prefetch or an annotation."""
        return Deployment.objects.for_user(self.request.user).order_by("name", "pk")

    def get_serializer_class(self):
        """Choose the narrow serializer for lists, the nested one for details."""
        return NaiveDeploymentListSerializer if self.action == "list" else NaiveDeploymentDetailSerializer

    @transaction.atomic
    def create(self, request):
        """Add a deployment to a project.

        7 + 2K + 2A queries for K packages and A attributes of both lists: project, role, organization,
        whether it has the schedule, whether the name is taken, and two INSERTs; each id is looked for and
        linked. Without a schedule two less.
        """
        body = NaiveDeploymentWriteSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return Response(WrittenDeploymentSerializer(body.save()).data, status=status.HTTP_201_CREATED)

    @transaction.atomic
    def update(self, request, pk=None, *, partial=False):
        """Change the fields that are sent, of the version that was read.

        12 + 2K + 2A queries when name and all lists are sent, without a schedule: deployment, role, project;
        what is in the three lists, whether the name is taken, UPDATE, three DELETEs and INSERT; each id is
        looked for and linked. Stale it ends after 2.
        """
        # Cause: no lock. Two may find the version they read.
        deployment = self.get_object()
        refuse_unless(Role.RELEASER, request.user, deployment.project_id)
        body = NaiveDeploymentChangeSerializer(
            deployment, data=request.data, partial=partial, context=self.get_serializer_context()
        )
        body.is_valid(raise_exception=True)
        return Response(WrittenDeploymentSerializer(body.save()).data)

    def partial_update(self, request, pk=None):
        """Change the fields that are sent, of which only the version has to be.

        5 queries for columns alone: deployment, role, project, UPDATE, INSERT.
        """
        return self.update(request, pk, partial=True)

    @action(detail=True)
    def computers(self, request, pk=None):
        """List the computers that the deployment reaches.

        4 + 3n queries for n computers: the deployment, included and excluded attributes, all computers that
        are reached, and three a row.
        """
        deployment = self.get_object()
        # Cause: ids are fetched to be sent back, and all rows are loaded to cut one page.
        included = list(deployment.included_attributes.values_list("pk", flat=True))
        excluded = list(deployment.excluded_attributes.values_list("pk", flat=True))
        reached = (
            Computer.objects.for_user(request.user)
            .with_access(request.user)
            .filter(Q(attributes__in=included) | Q(tags__in=included), project=deployment.project_id)
            .exclude(Q(attributes__in=excluded) | Q(tags__in=excluded))
            .exclude(status=Computer.Status.UNSUBSCRIBED)
            .order_by("name", "pk")
            # Cause: joins that multiply the rows, and a DISTINCT to be rid of them.
            .distinct()
        )
        page = self.paginate_queryset(list(reached))
        context = self.get_serializer_context() | {"deployment": deployment}
        rows = NaiveDeploymentComputerSerializer(page, many=True, context=context)
        return self.get_paginated_response(rows.data)

    @action(detail=True, methods=["post"])
    @transaction.atomic
    def copy(self, request, pk=None):
        """Copy the deployment to another project of the organization, disabled; tell what is missing there.

        11 + 2K + A queries for K packages, all of which the target has, and A attributes of both lists:
        deployment, role, target, role, project, whether the name is taken; packages, included and excluded
        attributes, two INSERTs; each package is looked for and linked, each attribute linked. A package that
        the target lacks costs one.
        """
        deployment = self.get_object()
        refuse_unless(Role.RELEASER, request.user, deployment.project_id)
        body = CopySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        target = target_of_copy(deployment, body.validated_data["project"], request.user)
        refuse_unless(Role.RELEASER, request.user, target.pk)
        target.is_sibling = target.organization_id == deployment.project.organization_id
        refuse_copy(deployment, target)
        values = columns_of_copy(deployment, target, body.validated_data.get("name", deployment.name))
        refuse_taken(target, values["slug"])
        copied = Deployment.objects.create(**values)
        missing = copy_links(deployment, copied, target=target, user=request.user)
        write_history(copied, History.Action.COPIED, request.user, copied_from=deployment.pk)
        answer = WrittenDeploymentSerializer(copied).data | {"missing_packages": missing}
        return Response(answer, status=status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"])
    def enable(self, request, pk=None):
        """Let the deployment reach its computers.

        5 queries: deployment, role, packages, UPDATE, INSERT.
        """
        return self._switched(request, enabled=True)

    @action(detail=True, methods=["post"])
    def disable(self, request, pk=None):
        """Stop the deployment.

        4 queries: deployment, role, UPDATE, INSERT.
        """
        return self._switched(request, enabled=False)

    @transaction.atomic
    def _switched(self, request, *, enabled):
        """Switch the deployment and answer with its row."""
        # Cause: no lock. A package may become obsolete between the check and the write.
        deployment = self.get_object()
        refuse_unless(Role.RELEASER, request.user, deployment.project_id)
        if deployment.enabled == enabled:
            raise Conflict(SWITCHED_ALREADY[enabled])
        if enabled:
            refuse_obsolete(deployment.packages.order_by("pk"))
        deployment.enabled = enabled
        deployment.version += 1
        # Cause: every column is written, so that a concurrent change to another one is lost.
        deployment.save()
        write_history(deployment, History.Action.CHANGED, request.user, changed=["enabled"])
        return Response(WrittenDeploymentSerializer(deployment).data)


def target_of_copy(deployment, project_id, user):
    """Return the project to copy to, if `user` may see it."""
    if project_id == deployment.project_id:
        raise ValidationError({"project": [SAME_PROJECT]})
    target = Project.objects.for_user(user).filter(pk=project_id).first()
    if target is None:
        raise NotFound
    return target


def copy_links(deployment, copied, *, target, user):
    """Copy packages and attributes one by one; return the full names of packages that the target lacks."""
    missing = []
    for package in deployment.packages.for_user(user).order_by("pk"):
        # Cause: a query to find every package, and a write for it.
        found = target.packages.filter(fullname=package.fullname, is_obsolete=False).first()
        if found:
            copied.packages.add(found)
        else:
            missing.append(package.fullname)
    for field in ("included_attributes", "excluded_attributes"):
        for attribute in getattr(deployment, field).all():
            # Cause: a write for every attribute.
            getattr(copied, field).add(attribute)
    return missing
