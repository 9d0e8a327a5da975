"""Errors: listed with what they are about, and ticked off many at a time."""

from django.db import transaction
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.filters import ListFilterBackend
from reference_app.filters.errors import ErrorFilterSet
from reference_app.models import Error
from reference_app.permissions import CheckerWrites
from reference_app.schema.errors import describe_errors
from reference_app.serializers.errors import ErrorSerializer
from reference_app.serializers.ids import IdsSerializer
from reference_app.services import errors as services
from reference_app.services.refusals import refuse_unknown


@describe_errors
class ErrorViewSet(ListModelMixin, GenericViewSet):
    """The errors a user may see, the latest first.

    list, 2 queries: the paginator's COUNT, the page with its four joins and roles. `?project=` asks for the
    project as well.
    """

    permission_classes = [IsAuthenticated, CheckerWrites]
    serializer_class = ErrorSerializer
    filter_backends = [ListFilterBackend]
    filterset_class = ErrorFilterSet
    query_budgets = {"list": {"queries": 3, "reason": "one of them looks up ?project="}, "check": 2}

    def get_queryset(self):
        """Start from what the user may see, and add what the action needs."""
        user = self.request.user
        errors = Error.objects.for_user(user)
        if self.action == "check":
            return errors.with_access(user).select_for_update().only("checked").order_by("pk")
        return with_list_data(errors, user)

    @action(detail=False, methods=["post"])
    def check(self, request):
        """Tick off the errors named in `ids`, all or none.

        2 queries for any number: the locked rows with the user's role in each, UPDATE.
        """
        asked = IdsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        ids = asked.validated_data["ids"]
        with transaction.atomic():
            errors = list(self.get_queryset().filter(pk__in=ids))
            refuse_unknown(ids, errors, field="ids")
            for error in errors:
                self.check_object_permissions(request, error)
            answer = services.check(errors, request.user)
        return Response(answer)


def with_list_data(errors, user):
    """Join and tell the role for a list; the paginator's COUNT drops both again."""
    return (
        errors.with_access(user)
        .select_related("computer", "project", "synchronization", "checked_by")
        .only(
            "text",
            "checked",
            "created_at",
            "computer__name",
            "project__name",
            "synchronization__started_at",
            "checked_by__username",
        )
        .order_by("-created_at", "-pk")
    )
