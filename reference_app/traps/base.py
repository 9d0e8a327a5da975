"""What the specimens share: no pages, so that a list is a list."""

from rest_framework.generics import ListAPIView
from rest_framework.views import APIView

from reference_app.models import Package


class Specimen(APIView):
    """An endpoint that carries its `label`."""

    label = None


class ListSpecimen(Specimen, ListAPIView):
    """A list on one page, of packages unless it says otherwise."""

    pagination_class = None
    queryset = Package.objects.order_by("pk")
