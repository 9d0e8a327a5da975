"""Projects: lists with their counts, details with their stores, and changes by admins."""

from django.db import transaction
from django.db.models import Prefetch
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.models import Computer, Deployment, Package, Project, Store
from reference_app.models.querysets import count_of
from reference_app.permissions import AdminWrites
from reference_app.schema.projects import describe_projects
from reference_app.serializers.projects import (
    ProjectChangeSerializer,
    ProjectCreateSerializer,
    ProjectDetailSerializer,
    ProjectListSerializer,
)
from reference_app.services.changes import change, taken_is_conflict

SLUG_TAKEN = "The organization has a project with this slug."


@describe_projects
class ProjectViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The projects a user may see. They are not removed: too much of what happened would go with them.

    list, 2 queries: the paginator's COUNT, the page with its joins, counts and roles.
    retrieve, 2: the project with its joins, counts and role; its stores, counted.
    """

    permission_classes = [IsAuthenticated, AdminWrites]
    query_budgets = {"list": 2, "retrieve": 2, "create": 5, "partial_update": 5}

    def get_queryset(self):
        """Start from what the user may see, and add what the action needs."""
        user = self.request.user
        projects = Project.objects.for_user(user)
        match self.action:
            case "list":
                return with_list_data(projects, user).order_by("name", "pk")
            case "retrieve":
                return with_detail_data(projects, user)
            case _:
                return projects.with_access(user).select_for_update()

    def get_serializer_class(self):
        """Choose the narrow serializer for lists, the nested one for details."""
        return ProjectListSerializer if self.action == "list" else ProjectDetailSerializer

    def create(self, request):
        """Add a project to an organization of which the user administers all projects.

        5 queries: the organization with the user's role, the platform, INSERT; the project and its stores,
        read like a detail.
        """
        asked = ProjectCreateSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        self.check_object_permissions(request, asked.validated_data["organization"])
        with taken_is_conflict(SLUG_TAKEN):
            project = asked.save()
        return Response(shown(project, request.user), status=status.HTTP_201_CREATED)

    def partial_update(self, request, pk=None):
        """Change what is named in the body.

        5 queries: the locked row with the user's role, the platform if it is named, UPDATE; the project and
        its stores, read like a detail.
        """
        with transaction.atomic():
            project = self.get_object()
            asked = ProjectChangeSerializer(data=request.data, partial=True)
            asked.is_valid(raise_exception=True)
            change(project, asked.validated_data)
        return Response(shown(project, request.user))


def shown(project, user):
    """Return the answer to a write, read like the answer to a read: what was written has no joins."""
    row = with_detail_data(Project.objects.all(), user).get(pk=project.pk)
    return ProjectDetailSerializer(row).data


def with_list_data(projects, user):
    """Join, count and tell the role for a list; the paginator's COUNT drops all of it again."""
    return (
        projects.with_access(user)
        .select_related("organization", "platform")
        .annotate(
            n_packages=count_of(Package.objects.all(), "project"),
            n_computers=count_of(Computer.objects.all(), "project"),
        )
    )


def with_detail_data(projects, user):
    """Join, count and prefetch for one project."""
    stores = Store.objects.annotate(n_packages=count_of(Package.objects.all(), "store")).order_by(
        "name", "pk"
    )
    return (
        with_list_data(projects, user)
        .annotate(n_deployments=count_of(Deployment.objects.all(), "project"))
        .prefetch_related(Prefetch("stores", queryset=stores, to_attr="shown_stores"))
    )
