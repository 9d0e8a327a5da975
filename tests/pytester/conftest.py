"""A small Django project in a directory of its own, and pytest runs in it as subprocesses."""

from __future__ import annotations

import re
import sys
from textwrap import dedent

import pytest

# pytest-randomly imports factory_boy, and that Django; the others only take time.
PYTEST_INI = """
    [pytest]
    addopts = -p no:cacheprovider -p no:randomly -p no:faker -p no:hypothesispytest
    pythonpath = .
    asyncio_default_fixture_loop_scope = function
"""

LIBRARY = {
    "settings": """
        SECRET_KEY = "for tests only"
        DEBUG = False
        USE_TZ = True
        ALLOWED_HOSTS = ["testserver"]
        INSTALLED_APPS = ["django.contrib.contenttypes", "rest_framework", "library"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        ROOT_URLCONF = "library.urls"
        MIGRATION_MODULES = {"library": None, "contenttypes": None}
        REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None}
    """,
    "models": """
        from django.db import models

        class Author(models.Model):
            name = models.CharField(max_length=50)

        class Tag(models.Model):
            word = models.CharField(max_length=50)

        class Book(models.Model):
            title = models.CharField(max_length=50)
            author = models.ForeignKey(Author, models.CASCADE)
            tags = models.ManyToManyField(Tag)
    """,
    "views": """
        from django.http import JsonResponse
        from django.views import View
        from rest_framework.serializers import CharField, ModelSerializer
        from rest_framework.viewsets import ModelViewSet

        from library.models import Author, Book

        class BookSerializer(ModelSerializer):
            author_name = CharField(source="author.name", read_only=True)

            class Meta:
                model = Book
                fields = ["id", "title", "author_name"]

        class BookViewSet(ModelViewSet):
            serializer_class = BookSerializer

            def get_queryset(self):
                return Book.objects.order_by("id")

        class AuthorView(View):
            def get(self, request):
                return JsonResponse({"authors": list(Author.objects.values_list("name", flat=True))})

        def n_books(request):
            return JsonResponse({"n": Book.objects.count()})

        def health(request):
            return JsonResponse({})

        def count_twice(request):
            return JsonResponse({"n": [Book.objects.count(), Book.objects.count()]})

        def sign(request):
            return JsonResponse({"id": Author.objects.create(name="new").pk})
    """,
    "urls": """
        from django.urls import path
        from rest_framework.routers import SimpleRouter

        from library import views

        router = SimpleRouter()
        router.register("books", views.BookViewSet, "book")
        urlpatterns = [
            *router.urls,
            path("authors/", views.AuthorView.as_view()),
            path("n_books/", views.n_books),
            path("health/", views.health),
            path("count_twice/", views.count_twice),
            path("sign/", views.sign),
        ]
    """,
    "shelf": """
        from library.models import Author, Book

        def fill(n=3):
            for number in range(n):
                author = Author.objects.create(name=f"author {number}")
                Book.objects.create(title=f"book {number}", author=author)
    """,
}

CONFTEST = """
    import pytest

    @pytest.fixture
    def books(db):
        from library.shelf import fill

        fill()
"""


# The last line of a test that errs after its call wins.
OUTCOME = re.compile(r"\w+\.py::(\S+) ([A-Z]+)\b")


class Project:
    """The directory of a project; its list of three books costs four queries, its count one."""

    def __init__(self, pytester):
        self.pytester = pytester
        self.path = pytester.path

    def write(self, **sources):
        """Write modules at the top of the project, `test_x="…"` as `test_x.py`."""
        for name, source in sources.items():
            (self.path / f"{name}.py").write_text(dedent(source).lstrip("\n"), encoding="utf-8")

    def run(self, *args, **sources):
        """Write modules, then run pytest in a process of its own."""
        self.write(**sources)
        return self.pytester.runpytest_subprocess(*args)

    def outcomes(self, *args, **sources):
        """Run pytest verbosely and return the outcome of each test by its name, classes included."""
        lines = self.run("-v", *args, **sources).outlines
        return {found[1]: found[2] for line in lines if (found := OUTCOME.match(line))}

    def python(self, *args, stdin=b""):
        """Run Python in the project, with its settings named."""
        return self.pytester.run(sys.executable, *args, stdin=stdin)

    @property
    def run_data(self):
        return self.path / ".querybudget"


@pytest.fixture
def bare_project(pytester, monkeypatch):
    """A project without Django, in an environment that names no settings."""
    for name in ("DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "140")
    # Modules are written anew within a second here, and Python tells stale bytecode by the second.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    pytester.path.joinpath("pytest.ini").write_text(dedent(PYTEST_INI).lstrip("\n"), encoding="utf-8")
    return Project(pytester)


@pytest.fixture
def project(bare_project):
    """The small Django project."""
    library = bare_project.path / "library"
    library.mkdir()
    library.joinpath("__init__.py").touch()
    for name, source in LIBRARY.items():
        library.joinpath(f"{name}.py").write_text(dedent(source).lstrip("\n"), encoding="utf-8")
    with bare_project.path.joinpath("pytest.ini").open("a", encoding="utf-8") as ini:
        ini.write("DJANGO_SETTINGS_MODULE = library.settings\n")
    bare_project.write(conftest=CONFTEST)
    return bare_project
