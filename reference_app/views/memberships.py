"""Memberships: who is what, and what the asking user may change about it, without a query a row."""

from django.db import transaction
from django.db.models import Prefetch
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.models import Membership, Project
from reference_app.permissions import AdminWrites
from reference_app.schema.memberships import describe_memberships
from reference_app.serializers.memberships import (
    MembershipChangeSerializer,
    MembershipCreateSerializer,
    MembershipSerializer,
)
from reference_app.services import memberships as services


@describe_memberships
class MembershipViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The memberships of the organizations that a user is a member of.

    list, 3 queries: the paginator's COUNT, the page with its joins and the user's own role, listed projects.
    retrieve, 2: the same for one.
    """

    permission_classes = [IsAuthenticated, AdminWrites]
    serializer_class = MembershipSerializer
    query_budgets = {"list": 3, "retrieve": 2, "create": 7, "partial_update": 9, "destroy": 4}

    def get_queryset(self):
        """Start from what the user may see, and add what the action needs."""
        user = self.request.user
        memberships = Membership.objects.for_user(user)
        if self.action in {"list", "retrieve"}:
            return with_data(memberships, user)
        # Joined on purpose: the organization is locked too, so that its last two admins cannot both go.
        return memberships.with_access(user).select_related("organization").select_for_update()

    def create(self, request):
        """Make somebody a member of an organization of which the user administers all projects.

        7 queries: the organization with the user's role, the person, the listed projects; INSERT, the links';
        the membership and its projects, read like a detail. Without projects 5.
        """
        asked = MembershipCreateSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        self.check_object_permissions(request, asked.validated_data["organization"])
        with transaction.atomic():
            membership = services.add(asked.validated_data, request.user)
        return Response(shown(membership, request.user), status=status.HTTP_201_CREATED)

    def partial_update(self, request, pk=None):
        """Change role and projects.

        9 queries: the locked rows with the user's role, the listed projects, another admin if this one goes;
        UPDATE; the links found, removed, added; the membership and its projects, read like a detail.
        """
        with transaction.atomic():
            membership = self.get_object()
            asked = MembershipChangeSerializer(data=request.data, partial=True)
            asked.is_valid(raise_exception=True)
            services.alter(membership, asked.validated_data, request.user)
        return Response(shown(membership, request.user))

    def destroy(self, request, pk=None):
        """End the membership.

        4 queries: the locked rows with the user's role, another admin if this one goes; the links' DELETE,
        DELETE.
        """
        with transaction.atomic():
            services.remove(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


def shown(membership, user):
    """Return the answer to a write, read like the answer to a read."""
    return MembershipSerializer(with_data(Membership.objects.all(), user).get(pk=membership.pk)).data


def with_data(memberships, user):
    """Join and prefetch, and tell the role of `user`; the paginator's COUNT drops all of it again."""
    listed = Project.objects.with_visibility(user).only("name").order_by("name", "pk")
    return (
        memberships.with_access(user)
        .select_related("user", "organization")
        .only("role", "user__username", "organization__name")
        .prefetch_related(Prefetch("projects", queryset=listed, to_attr="listed_projects"))
        .order_by("organization__name", "user__username", "pk")
    )
