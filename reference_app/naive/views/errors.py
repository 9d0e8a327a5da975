"""The naive twin of the error endpoints."""

from django.db import transaction
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.filters import ListFilterBackend
from reference_app.filters.errors import ErrorFilterSet
from reference_app.models import Error, Membership, Role
from reference_app.naive.access import refuse_below
from reference_app.naive.serializers.errors import NaiveErrorSerializer
from reference_app.serializers.ids import IdsSerializer
from reference_app.services.refusals import refuse_unknown


class NaiveErrorViewSet(ListModelMixin, GenericViewSet):
    """The same answers as `ErrorViewSet`, without a join.

    list, 2 + 3n queries for n rows that nobody checked: COUNT, page, and computer, project and
    synchronization of each; one more for each that is checked, one less for each without
    a synchronization.
    """

    serializer_class = NaiveErrorSerializer
    filter_backends = [ListFilterBackend]
    filterset_class = ErrorFilterSet

    def get_queryset(self):
        """Cause of all the lazy loads: no join. The role comes along."""
        user = self.request.user
        return Error.objects.for_user(user).with_access(user).order_by("-created_at", "-pk")

    @action(detail=False, methods=["post"])
    @transaction.atomic
    def check(self, request):
        """Tick off the errors named in `ids`, all or none.

        1 + 2n queries for n errors: the user's roles, and each error read and written on its own.
        """
        asked = IdsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        ids = asked.validated_data["ids"]
        roles = roles_of(request.user)
        # Cause: one row at a time, and no lock: whoever comes second overwrites who was first.
        found = [
            self.get_queryset().select_related("project__organization").filter(pk=pk).first() for pk in ids
        ]
        errors = [error for error in found if error]
        refuse_unknown(ids, errors, field="ids")
        for error in errors:
            organization = error.project.organization
            role = Role.ADMIN if request.user.is_superuser else roles[organization.pk]
            refuse_below(Role.CHECKER, role, is_active=organization.is_active)
        checked = [tick_off(error, request.user) for error in errors if not error.checked]
        return Response({"checked": checked, "already_checked": [pk for pk in ids if pk not in checked]})


def roles_of(user):
    """Return the role of `user` in each organization, by its id: one query."""
    return {each.organization_id: Role(each.role) for each in Membership.objects.filter(user=user)}


def tick_off(error, user):
    """Mark one error as checked, writing every column; return its id."""
    error.checked, error.checked_by = True, user
    error.save()
    return error.pk
