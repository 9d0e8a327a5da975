"""The naive twin of the project endpoints."""

from django.db import transaction
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.exceptions import Conflict
from reference_app.models import Project, Role
from reference_app.naive.access import refuse_unless, refuse_unless_in_all_of
from reference_app.naive.serializers.projects import NaiveProjectDetailSerializer, NaiveProjectListSerializer
from reference_app.serializers.projects import ProjectChangeSerializer, ProjectCreateSerializer
from reference_app.views.projects import SLUG_TAKEN


class NaiveProjectViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The same answers as `ProjectViewSet`, from one bare queryset for every action.

    list, 2 + 4n queries for n rows: COUNT, page, and four a row.
    retrieve, 8 + S for S stores.
    """

    def get_queryset(self):
        """Cause of all the lazy loads: no action gets a join, a prefetch or a count, but the role alone."""
        user = self.request.user
        return Project.objects.for_user(user).with_access(user).order_by("name", "pk")

    def get_serializer_class(self):
        """Choose the narrow serializer for lists, the nested one for details."""
        return NaiveProjectListSerializer if self.action == "list" else NaiveProjectDetailSerializer

    @transaction.atomic
    def create(self, request):
        """Add a project to an organization of which the user administers all projects.

        10 queries: organization, platform, role, the look whether the slug is taken, INSERT; three COUNTs,
        stores, and the role again.
        """
        asked = ProjectCreateSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        organization, slug = asked.validated_data["organization"], asked.validated_data["slug"]
        refuse_unless_in_all_of(organization.pk, Role.ADMIN, request.user)
        # Cause: look first, write then. Another request may come in between, and a query is spent on it.
        if Project.objects.filter(organization=organization, slug=slug).exists():
            raise Conflict(SLUG_TAKEN)
        # Cause: the answer is made of the row as it was written, which has no joins and no counts.
        return Response(self.get_serializer(asked.save()).data, status=status.HTTP_201_CREATED)

    @transaction.atomic
    def partial_update(self, request, pk=None):
        """Change what is named in the body.

        10 + S queries for S stores: project, role, platform if it is named, UPDATE; organization, three
        COUNTs, stores, and the role again.
        """
        project = self.get_object()
        refuse_unless(Role.ADMIN, request.user, project.pk)
        asked = ProjectChangeSerializer(project, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        # Cause: every column is written, so that a concurrent change to another one is lost.
        return Response(self.get_serializer(asked.save()).data)
