"""Stores: small rows, each with the number of its packages and what may be done to it."""

from django.db import transaction
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.filters import ListFilterBackend
from reference_app.filters.stores import StoreFilterSet
from reference_app.models import Package, Store
from reference_app.models.querysets import count_of
from reference_app.permissions import PackagerWrites
from reference_app.schema.stores import describe_stores
from reference_app.serializers.stores import StoreChangeSerializer, StoreCreateSerializer, StoreSerializer
from reference_app.services.changes import change, taken_is_conflict
from reference_app.services.stores import remove

NAME_TAKEN = "The project has a store with this name."


@describe_stores
class StoreViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The stores a user may see.

    list, 2 queries: the paginator's COUNT, the page with its join, count and roles. `?project=` asks for the
    project as well.
    retrieve, 1: the same for one.
    """

    permission_classes = [IsAuthenticated, PackagerWrites]
    serializer_class = StoreSerializer
    filter_backends = [ListFilterBackend]
    filterset_class = StoreFilterSet
    query_budgets = {
        "list": {"queries": 3, "reason": "one of them looks up ?project="},
        "retrieve": 1,
        "create": 3,
        "partial_update": 3,
        "destroy": 5,
    }

    def get_queryset(self):
        """Start from what the user may see, and add what the action needs."""
        user = self.request.user
        stores = Store.objects.for_user(user)
        if self.action in {"list", "retrieve"}:
            return with_data(stores, user)
        reached = stores.with_access(user)
        # Its removal waits for the organization's lock first.
        return reached if self.action == "destroy" else reached.select_for_update()

    def create(self, request):
        """Add a store to a visible project.

        3 queries: the project with the user's role, INSERT; the store, read like a detail.
        """
        asked = StoreCreateSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        self.check_object_permissions(request, asked.validated_data["project"])
        with taken_is_conflict(NAME_TAKEN):
            store = asked.save()
        return Response(shown(store, request.user), status=status.HTTP_201_CREATED)

    def partial_update(self, request, pk=None):
        """Rename the store.

        3 queries: the locked row with the user's role, UPDATE; the store, read like a detail.
        """
        with transaction.atomic():
            store = self.get_object()
            asked = StoreChangeSerializer(data=request.data, partial=True)
            asked.is_valid(raise_exception=True)
            with taken_is_conflict(NAME_TAKEN):
                change(store, asked.validated_data)
        return Response(shown(store, request.user))

    def destroy(self, request, pk=None):
        """Remove the store if it is empty.

        5 queries: the row with the user's role, the organization's lock, its first packages; their UPDATE,
        which Django sends for a relation that is set to null, and DELETE. Refused after 3.
        """
        with transaction.atomic():
            remove(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


def shown(store, user):
    """Return the answer to a write, read like the answer to a read."""
    return StoreSerializer(with_data(Store.objects.all(), user).get(pk=store.pk)).data


def with_data(stores, user):
    """Join, count and tell the role; the paginator's COUNT drops all of it again."""
    return (
        stores.with_access(user)
        .select_related("project")
        .only("name", "project__name")
        .annotate(n_packages=count_of(Package.objects.all(), "store"))
        .order_by("name", "pk")
    )
