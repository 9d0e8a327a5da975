"""The naive twin of the membership endpoints."""

from django.db import transaction
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.exceptions import Conflict
from reference_app.models import Membership, Project, Role
from reference_app.naive.access import refuse_unless_in_all_of
from reference_app.naive.serializers.memberships import NaiveMembershipSerializer
from reference_app.serializers.memberships import MembershipChangeSerializer, MembershipCreateSerializer
from reference_app.services.memberships import MEMBER_ALREADY, refuse_to_lose_the_last_admin, user_named
from reference_app.services.refusals import refuse_unknown


class NaiveMembershipViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The same answers as `MembershipViewSet`, without a join.

    list, 2 + 3n queries for n rows: COUNT, page, and three a row. retrieve, 4.
    """

    serializer_class = NaiveMembershipSerializer

    def get_queryset(self):
        """Cause of the lazy loads: nothing is joined, but to sort by it."""
        memberships = Membership.objects.for_user(self.request.user)
        return memberships.order_by("organization__name", "user__username", "pk")

    @transaction.atomic
    def create(self, request):
        """Make somebody a member of an organization of which the user administers all projects.

        7 + 2k queries for k listed projects, each found and linked on its own: organization, role, person,
        the look whether there is a membership, INSERT; the role again, and the listed projects.
        """
        asked = MembershipCreateSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        organization, ids = values["organization"], values.pop("projects")
        refuse_unless_in_all_of(organization.pk, Role.ADMIN, request.user)
        user = user_named(values.pop("username"))
        projects = self.projects(organization.pk, ids)
        # Cause: look first, write then.
        if Membership.objects.filter(organization=organization, user=user).exists():
            raise Conflict(MEMBER_ALREADY)
        membership = Membership.objects.create(user=user, **values)
        link(membership, projects)
        return Response(self.get_serializer(membership).data, status=status.HTTP_201_CREATED)

    @transaction.atomic
    def partial_update(self, request, pk=None):
        """Change role and projects.

        8 + 2k queries for k listed projects: membership, role, another admin if this one goes, UPDATE, the
        links' DELETE; person, role again, listed projects.
        """
        # Cause: no lock. Of two admins who demote each other, neither may be left.
        membership = self.get_object()
        refuse_unless_in_all_of(membership.organization_id, Role.ADMIN, request.user)
        asked = MembershipChangeSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        ids = asked.validated_data.get("projects")
        projects = self.projects(membership.organization_id, ids or [])
        role = asked.validated_data.get("role", membership.role)
        if projects or role != Role.ADMIN:
            refuse_to_lose_the_last_admin(membership)
        membership.role = role
        membership.save()
        if ids is not None:
            membership.projects.clear()
            link(membership, projects)
        return Response(self.get_serializer(membership).data)

    @transaction.atomic
    def destroy(self, request, pk=None):
        """End the membership.

        5 queries: membership, role, another admin if this one goes, the links' DELETE, DELETE.
        """
        membership = self.get_object()
        refuse_unless_in_all_of(membership.organization_id, Role.ADMIN, request.user)
        refuse_to_lose_the_last_admin(membership)
        membership.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def projects(self, organization_id, ids):
        """Return the visible projects of the organization: a query for every id."""
        visible = Project.objects.for_user(self.request.user).filter(organization=organization_id)
        # Cause: a validator that asks for each element.
        found = [project for pk in ids if (project := visible.filter(pk=pk).first())]
        refuse_unknown(ids, found, field="projects")
        return found


def link(membership, projects):
    """Limit the membership to the projects. Cause: a write for each."""
    for project in projects:
        membership.projects.add(project)
