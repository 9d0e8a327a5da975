"""The sources of one app of the project: 20 actions, and the tests that request each of them."""

MODELS = """\
from django.db import models


class Depot(models.Model):
    name = models.CharField(max_length=50, unique=True)


class Label(models.Model):
    word = models.CharField(max_length=50, unique=True)


class Package(models.Model):
    title = models.CharField(max_length=50)
    depot = models.ForeignKey(Depot, models.CASCADE, related_name="packages")
    labels = models.ManyToManyField(Label)
"""

VIEWS = '''\
from django.db import IntegrityError, connection, transaction
from django.http import JsonResponse
from django.views import View
from rest_framework.decorators import action, api_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.mixins import CreateModelMixin, ListModelMixin
from rest_framework.response import Response
from rest_framework.serializers import CharField, ModelSerializer, SerializerMethodField
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ModelViewSet, ReadOnlyModelViewSet

from .models import Depot, Label, Package

BUSIEST = """
    WITH busy AS (SELECT depot_id, COUNT(*) AS n FROM ${app}_package GROUP BY depot_id)
    SELECT depot_id, n FROM busy ORDER BY n DESC, depot_id LIMIT %s
"""


class PackageSerializer(ModelSerializer):
    depot_name = CharField(source="depot.name", read_only=True)

    class Meta:
        model = Package
        fields = ["id", "title", "depot", "depot_name"]


class DepotSerializer(ModelSerializer):
    n_packages = SerializerMethodField()

    class Meta:
        model = Depot
        fields = ["id", "name", "n_packages"]

    def get_n_packages(self, depot):
        return depot.packages.count()


class LabelSerializer(ModelSerializer):
    class Meta:
        model = Label
        fields = ["id", "word"]


class $packages(ModelViewSet):
    queryset = Package.$queryset.order_by("id")
    serializer_class = PackageSerializer

    @action(detail=True)
    def labels(self, request, pk):
        return Response([label.word for label in self.get_object().labels.order_by("word")])

    @action(detail=True, methods=["post", "put"])
    def relabel(self, request, pk):
        package = self.get_object()
        with transaction.atomic():
            for word in request.data["words"]:
                package.labels.add(Label.objects.get_or_create(word=word)[0])
        return Response({})


class DepotViewSet(ReadOnlyModelViewSet):
    queryset = Depot.objects.order_by("id")
    serializer_class = DepotSerializer

    @action(detail=False)
    def busiest(self, request):
        with connection.cursor() as cursor:
            return Response(cursor.execute(BUSIEST, [2]).fetchall())


class LabelViewSet(ListModelMixin, CreateModelMixin, GenericViewSet):
    queryset = Label.objects.order_by("id")
    serializer_class = LabelSerializer


class StockView(View):
    def get(self, request):
        return JsonResponse({"depots": [package.depot.name for package in Package.objects.order_by("id")]})

    def post(self, request):
        try:
            with transaction.atomic():
                Depot.objects.create(name="depot 0")
        except IntegrityError:
            return JsonResponse({"n": Depot.objects.count()}, status=409 if request.GET else 200)
        return JsonResponse({}, status=201)


class CountView(APIView):
    def get(self, request):
        return Response({"n": Package.objects.count()})

    def delete(self, request):
        if Package.objects.exists():
            raise PermissionDenied
        return Response(status=204)


def n_packages(request):
    return JsonResponse({"n": Package.objects.count() // int(request.GET.get("by", 1))})


def thrice(request):
    counts = [Package.objects.count() for _ in range(3)]
    return JsonResponse({"n": counts, "depots": [Depot.objects.filter(pk=pk % 2).count() for pk in range(4)]})


@api_view(["POST"])
def take_in(request):
    depot = Depot.objects.create(name=request.data["depot"])
    Package.objects.bulk_create(Package(title=title, depot=depot) for title in request.data["titles"])
    depot.packages.update(title="it's -- 3 'of' 4")
    depot.delete()
    return Response({}, status=201)
'''

URLS = """\
from django.urls import path
from rest_framework.routers import SimpleRouter

from . import views

router = SimpleRouter()
router.register("packages", views.$packages)
router.register("depots", views.DepotViewSet)
router.register("labels", views.LabelViewSet)
urlpatterns = [
    *router.urls,
    path("stock/", views.StockView.as_view()),
    path("count/", views.CountView.as_view()),
    path("n_packages/", views.n_packages),
    path("thrice/", views.thrice),
    path("take_in/", views.take_in),
]
"""

TESTS = """\
import os
import signal

import pytest

from .models import Depot, Package


def fill(n):
    for number in range(n):
        depot = Depot.objects.create(name=f"depot {number}")
        Package.objects.create(title=f"package {number}", depot=depot)


@pytest.fixture
def packages(db):
    fill($n)
    return list(Package.objects.order_by("id"))


@pytest.fixture
def closing(ask):
    yield
    ask("$app.views.CountView.get", "GET", "/$app/count/")


def test_asks_nothing(ask):
    assert not ask.requests


@pytest.mark.parametrize("n", [0, 1, 2, $n])
def test_lists(ask, n):
    fill(n)
    assert len(ask("$app.views.$packages.list", "GET", "/$app/packages/").json()) == n


def test_asks_for_the_head_of_a_list(ask, packages):
    ask("$app.views.$packages.list", "HEAD", "/$app/packages/")


def test_retrieves_each(ask, packages):
    for package in packages:
        ask("$app.views.$packages.retrieve", "GET", f"/$app/packages/{package.pk}/")
    missing = ask("$app.views.$packages.retrieve", "GET", "/$app/packages/9999/")
    assert missing.status_code == 404


def test_creates(ask, packages):
    data = {"title": "it's new", "depot": packages[0].depot_id}
    assert ask("$app.views.$packages.create", "POST", "/$app/packages/", data).status_code == 201
    data["depot"] = 9999
    assert ask("$app.views.$packages.create", "POST", "/$app/packages/", data).status_code == 400


def test_changes(ask, packages):
    path = f"/$app/packages/{packages[0].pk}/"
    data = {"title": "other", "depot": packages[1].depot_id}
    assert ask("$app.views.$packages.update", "PUT", path, data).status_code == 200
    assert ask("$app.views.$packages.partial_update", "PATCH", path, {"title": "another"}).status_code == 200
    assert ask("$app.views.$packages.partial_update", "PATCH", path, {"depot": "none"}).status_code == 400


def test_destroys(ask, packages, closing):
    for _ in range(2):
        ask("$app.views.$packages.destroy", "DELETE", f"/$app/packages/{packages[0].pk}/")


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_labels_anew(ask, packages, method):
    path = f"/$app/packages/{packages[0].pk}"
    for words in (["red"], ["red", "green", "blue"]):
        ask("$app.views.$packages.relabel", method, f"{path}/relabel/", {"words": words})
    assert ask("$app.views.$packages.labels", "GET", f"{path}/labels/").json() == ["blue", "green", "red"]


def test_lists_depots(ask, packages):
    assert len(ask("$app.views.DepotViewSet.list", "GET", "/$app/depots/").json()) == $n
    ask("$app.views.DepotViewSet.retrieve", "GET", f"/$app/depots/{packages[0].depot_id}/")
    ask("$app.views.DepotViewSet.busiest", "GET", "/$app/depots/busiest/")


def test_lists_labels(ask):
    for word in ("red", "red", "blue"):
        ask("$app.views.LabelViewSet.create", "POST", "/$app/labels/", {"word": word})
    assert len(ask("$app.views.LabelViewSet.list", "GET", "/$app/labels/").json()) == 2


def test_stocks(ask, packages):
    ask("$app.views.StockView.get", "GET", "/$app/stock/")
    assert ask("$app.views.StockView.post", "POST", "/$app/stock/").status_code == 200
    assert ask("$app.views.StockView.post", "POST", "/$app/stock/?strict=1").status_code == 409


def test_stocks_what_is_empty(ask, closing):
    ask("$app.views.StockView.get", "GET", "/$app/stock/")
    assert ask("$app.views.StockView.post", "POST", "/$app/stock/").status_code == 201


def test_is_always_refused(ask, packages):
    assert ask("$app.views.CountView.delete", "DELETE", "/$app/count/").status_code == 403


def test_counts(ask, packages):
    ask("$app.views.CountView.get", "GET", "/$app/count/")
    ask("$app.views.n_packages", "GET", "/$app/n_packages/")
    assert ask("$app.views.n_packages", "GET", "/$app/n_packages/?by=0").status_code == 500


def test_repeats_itself(ask, packages):
    for _ in range(2):
        ask("$app.views.thrice", "GET", "/$app/thrice/")


@pytest.mark.xfail(strict=True)
def test_fails_after_its_request(ask, packages):
    ask("$app.views.thrice", "GET", "/$app/thrice/")
    raise AssertionError


@pytest.mark.parametrize("n", [1, $n])
def test_takes_in(ask, n):
    data = {"depot": "new", "titles": [f"title {number}" for number in range(n)]}
    assert ask("$app.views.take_in", "POST", "/$app/take_in/", data).status_code == 201


def test_power_is_cut_where_asked(ask, packages):
    ask("$app.views.$packages.list", "GET", "/$app/packages/")
    ask("$app.views.take_in", "POST", "/$app/take_in/", {"depot": "lost", "titles": ["lost"]})
    if os.environ.get("STORY_KILL") == "$app":
        os.kill(os.getpid(), signal.SIGKILL)


def test_comes_after_it(ask, packages):
    ask("$app.views.$packages.list", "GET", "/$app/packages/")
"""
