"""The naive twin of the store endpoints."""

from django.db import transaction
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from reference_app.exceptions import Conflict
from reference_app.filters import ListFilterBackend
from reference_app.filters.stores import StoreFilterSet
from reference_app.models import Role, Store
from reference_app.naive.access import refuse_unless
from reference_app.naive.serializers.stores import NaiveStoreSerializer
from reference_app.serializers.stores import StoreChangeSerializer, StoreCreateSerializer
from reference_app.services.stores import refuse_filled
from reference_app.views.stores import NAME_TAKEN


class NaiveStoreViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """The same answers as `StoreViewSet`, without a join, a count or a role brought along.

    list, 2 + 3n queries for n rows: COUNT, page, and three a row. retrieve, 4.
    """

    serializer_class = NaiveStoreSerializer
    filter_backends = [ListFilterBackend]
    filterset_class = StoreFilterSet

    def get_queryset(self):
        """Cause of the lazy loads: nothing is joined."""
        return Store.objects.for_user(self.request.user).order_by("name", "pk")

    @transaction.atomic
    def create(self, request):
        """Add a store to a visible project.

        6 queries: project, role, the look whether the name is taken, INSERT; a COUNT, and the role again.
        """
        asked = StoreCreateSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        refuse_unless(Role.PACKAGER, request.user, asked.validated_data["project"].pk)
        refuse_taken(Store(**asked.validated_data))
        return Response(self.get_serializer(asked.save()).data, status=status.HTTP_201_CREATED)

    @transaction.atomic
    def partial_update(self, request, pk=None):
        """Rename the store.

        7 queries: store, role, the look whether the name is taken, UPDATE; project, a COUNT, the role again.
        """
        store = self.get_object()
        refuse_unless(Role.PACKAGER, request.user, store.project_id)
        asked = StoreChangeSerializer(store, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        name = asked.validated_data.get("name", store.name)
        refuse_taken(Store(pk=store.pk, project_id=store.project_id, name=name))
        return Response(self.get_serializer(asked.save()).data)

    @transaction.atomic
    def destroy(self, request, pk=None):
        """Remove the store if it is empty.

        5 queries: store, role, exists(), the packages' UPDATE, DELETE. Refused after 4: the
        packages are the fourth.
        """
        store = self.get_object()
        refuse_unless(Role.PACKAGER, request.user, store.project_id)
        # Cause: exists() and then the rows, all of them loaded to show the first five.
        if store.packages.exists():
            refuse_filled([package.fullname for package in store.packages.order_by("pk")])
        store.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


def refuse_taken(store):
    """Refuse a name that another store of the project has. Cause: look first, write then."""
    others = Store.objects.filter(project=store.project_id, name=store.name).exclude(pk=store.pk)
    if others.exists():
        raise Conflict(NAME_TAKEN)
