"""Views of every kind, each asking the database a known number of times."""

import functools
import threading

from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from django.views import View
from django.views.generic import DetailView, ListView, TemplateView
from rest_framework import generics, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.serializers import CharField, ModelSerializer, SerializerMethodField
from rest_framework.views import APIView

from reference_app.models import Organization, Package, Project
from tests.capture.support import close_for_real


def ask(times=1):
    """Send that many queries."""
    for _ in range(times):
        Organization.objects.count()


def one(request):
    ask(1)
    return HttpResponse("one")


def two(request):
    ask(2)
    return JsonResponse({"results": [1, 2]})


def wrapping(view):
    @functools.wraps(view)
    def wrapped(request):
        return view(request)

    return wrapped


def hiding(view):
    def hidden(request):
        return view(request)

    return hidden


@wrapping
def decorated(request):
    return one(request)


hidden = hiding(one)


def of_times(request, times):
    ask(times)
    return HttpResponse("many")


partial = functools.partial(of_times, times=3)


class CallableView:
    def __call__(self, request):
        return one(request)


callable_view = CallableView()


def refuse(request):
    ask(1)
    return HttpResponse("no", status=403)


def crash(request):
    ask(2)
    raise RuntimeError("crashed on purpose")


def fail_a_query(request):
    organization = Organization.objects.create(name="a", slug="a")
    try:
        with transaction.atomic():
            Organization.objects.create(pk=organization.pk, name="b", slug="b")
    except IntegrityError as error:
        return HttpResponse(type(error).__name__)
    return HttpResponse("not refused")


def insert_many(request):
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE reference_app_organization SET name = %s WHERE id = %s",
            [("a", 1), ("b", 2), ("c", 3)],
        )
    return HttpResponse("ok")


def insert_from_generator(request):
    rows = ((str(number), number) for number in range(4))
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE reference_app_organization SET name = %s WHERE id = %s", rows)
        left = len(list(rows))
    return JsonResponse({"left": left})


def savepoints(request):
    with transaction.atomic(), transaction.atomic():
        ask(1)
    return HttpResponse("ok")


def content_types(request):
    ContentType.objects.get_for_model(Organization)
    ContentType.objects.get_for_models(Package, Project)
    ask(1)
    return HttpResponse("ok")


def streamed(request):
    def chunks():
        for name in Organization.objects.values_list("name", flat=True).iterator():
            yield name
            ask(1)

    ask(1)
    return StreamingHttpResponse(chunks())


async def streamed_async(request):
    async def chunks():
        async for organization in Organization.objects.all():
            yield organization.name

    await Organization.objects.acount()
    return StreamingHttpResponse(chunks())


def file(request):
    ask(1)
    return FileResponse(open(__file__, "rb"))  # noqa: PTH123 - what projects write


async def greet(request):
    user = await request.auser()
    return HttpResponse(user.get_username())


async def asynchronous(request):
    await Organization.objects.acount()
    return HttpResponse(str(await sync_to_async(Organization.objects.count)()))


def nested(request):
    ask(1)
    response = Cbv.as_view()(request)
    return HttpResponse(response.content)


def with_a_client(request):
    ask(1)
    Client().get("/one/")
    return HttpResponse("ok")


def in_a_thread(request):
    def work():
        ask(1)
        close_for_real()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return HttpResponse("ok")


class Cbv(View):
    def get(self, request):
        ask(1)
        return HttpResponse("get")

    def post(self, request):
        ask(2)
        return HttpResponse("post")


class File(View):
    def get(self, request):
        return file(request)


class OwnHead(View):
    def get(self, request):
        return HttpResponse("get")

    def head(self, request):
        ask(1)
        return HttpResponse("")


class MixinDispatch:
    def dispatch(self, request, *args, **kwargs):
        ask(1)
        return super().dispatch(request, *args, **kwargs)


class Mixed(MixinDispatch, Cbv):
    pass


class AsyncCbv(View):
    async def get(self, request):
        await Organization.objects.acount()
        return HttpResponse("async")


NAMES = engines["django"].from_string(
    "{% for organization in organizations %}{{ organization.name }}{% endfor %}"
)


class Page(TemplateView):
    """Renders late where it is called directly: its queryset is evaluated in the template."""

    def get(self, request):
        return TemplateResponse(request, NAMES, {"organizations": Organization.objects.all()})


class Packages(ListView):
    queryset = Package.objects.order_by("pk")

    def render_to_response(self, context, **_):
        return HttpResponse(" ".join(package.project.name for package in context["object_list"]))


class OnePackage(DetailView):
    model = Package

    def render_to_response(self, context, **_):
        return HttpResponse(self.object.fullname)


class OrganizationSerializer(ModelSerializer):
    n_projects = SerializerMethodField()

    class Meta:
        model = Organization
        fields = ["name", "n_projects"]

    def get_n_projects(self, organization):
        return organization.projects.count()


class ProjectSerializer(ModelSerializer):
    organization = CharField(source="organization.name")

    class Meta:
        model = Project
        fields = ["name", "organization"]


class PackageSerializer(ModelSerializer):
    project = ProjectSerializer()

    class Meta:
        model = Package
        fields = ["fullname", "project"]


class OrganizationViewSet(viewsets.ModelViewSet):
    permission_classes = [AllowAny]
    authentication_classes = []
    pagination_class = None
    serializer_class = OrganizationSerializer
    queryset = Organization.objects.order_by("pk")

    @action(detail=False, methods=["get", "post"])
    def tally(self, request):
        ask(1)
        return Response({})

    @tally.mapping.delete
    def forget(self, request):
        return Response({})


class PackageViewSet(viewsets.ReadOnlyModelViewSet):
    permission_classes = [AllowAny]
    authentication_classes = []
    pagination_class = None
    serializer_class = PackageSerializer
    queryset = Package.objects.order_by("pk")


class EagerPackageViewSet(PackageViewSet):
    queryset = Package.objects.select_related("project__organization").order_by("pk")


class Plain(APIView):
    permission_classes = [AllowAny]
    authentication_classes = []

    def get(self, request):
        ask(1)
        return Response([1, 2, 3])


class Generic(generics.ListCreateAPIView):
    permission_classes = [AllowAny]
    authentication_classes = []
    pagination_class = None
    serializer_class = OrganizationSerializer
    queryset = Organization.objects.none()


@api_view(["GET", "POST"])
def api_function(request):
    ask(1)
    return Response({})


api_function.cls.permission_classes = [AllowAny]
api_function.cls.authentication_classes = []
