"""What DRF's own fields ask: nested serializers, dotted sources, many keys."""

from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from tests.corpus.case import Case, loop, n_plus_one
from tests.corpus.models import Author, Book, Chapter, Publisher


class PublisherSerializer(serializers.ModelSerializer):
    class Meta:
        model = Publisher
        fields = ["name"]


class AuthorSerializer(serializers.ModelSerializer):
    publisher = PublisherSerializer()

    class Meta:
        model = Author
        fields = ["name", "publisher"]


class ChapterSerializer(serializers.ModelSerializer):
    class Meta:
        model = Chapter
        fields = ["number"]


def books_shown(*, optimised=lambda queryset: queryset, **fields):
    """Make a stock viewset's list view that shows books with these fields."""
    meta = type("Meta", (), {"model": Book, "fields": ["title", *fields]})
    own = {name: field for name, field in fields.items() if field is not None}
    serializer = type("BookSerializer", (serializers.ModelSerializer,), {**own, "Meta": meta})

    class BookViewSet(ReadOnlyModelViewSet):
        serializer_class = serializer
        queryset = optimised(Book.objects.order_by("pk"))

    class View:
        @staticmethod
        def as_view():
            return BookViewSet.as_view({"get": "list"})

    return View


class DrfRows(Case):
    ways = ("drf",)

    def rows(self):
        raise NotImplementedError

    def line(self):
        return "", 0


class NestedSerializer(DrfRows):
    due = n_plus_one("Book.author", 'select_related("author")')
    field = "BookSerializer.author"
    exempt = ("QB101", "QB105")
    view = books_shown(author=AuthorSerializer())

    class Clean:
        exempt = ()
        view = books_shown(
            optimised=lambda books: books.select_related("author__publisher"), author=AuthorSerializer()
        )


class NestedTwice(DrfRows):
    due = n_plus_one("Author.publisher", 'select_related("author__publisher")')
    field = "BookSerializer.author.publisher"
    view = books_shown(optimised=lambda books: books.select_related("author"), author=AuthorSerializer())

    class Clean:
        view = books_shown(
            optimised=lambda books: books.select_related("author__publisher"), author=AuthorSerializer()
        )


class DottedSource(DrfRows):
    due = n_plus_one("Book.author", 'select_related("author")')
    field = "BookSerializer.writer"
    view = books_shown(writer=serializers.CharField(source="author.name"))

    class Clean:
        view = books_shown(
            optimised=lambda books: books.select_related("author"),
            writer=serializers.CharField(source="author.name"),
        )


class DottedSourceTwoSteps(DrfRows):
    due = n_plus_one("Author.publisher", 'select_related("author__publisher")')
    field = "BookSerializer.house"
    view = books_shown(
        optimised=lambda books: books.select_related("author"),
        house=serializers.CharField(source="author.publisher.name"),
    )

    class Clean:
        view = books_shown(
            optimised=lambda books: books.select_related("author__publisher"),
            house=serializers.CharField(source="author.publisher.name"),
        )


class ManyRelatedKeys(DrfRows):
    due = n_plus_one("Book.genres", 'prefetch_related("genres")')
    field = "BookSerializer.genres"
    view = books_shown(genres=None)

    class Clean:
        view = books_shown(optimised=lambda books: books.prefetch_related("genres"), genres=None)


class NestedList(DrfRows):
    due = n_plus_one("Book.chapters", 'prefetch_related("chapters")')
    field = "BookSerializer.chapters"
    view = books_shown(chapters=ChapterSerializer(many=True))

    class Clean:
        view = books_shown(
            optimised=lambda books: books.prefetch_related("chapters"), chapters=ChapterSerializer(many=True)
        )


class SlugField(DrfRows):
    due = n_plus_one("Book.editor", 'select_related("editor")')
    field = "BookSerializer.editor"
    view = books_shown(editor=serializers.SlugRelatedField("email", read_only=True))

    class Clean:
        view = books_shown(
            optimised=lambda books: books.select_related("editor"),
            editor=serializers.SlugRelatedField("email", read_only=True),
        )


class StringField(DrfRows):
    due = n_plus_one("Book.awards", 'prefetch_related("awards")')
    field = "BookSerializer.awards"
    view = books_shown(awards=serializers.StringRelatedField(many=True))

    class Clean:
        view = books_shown(
            optimised=lambda books: books.prefetch_related("awards"),
            awards=serializers.StringRelatedField(many=True),
        )


class CountAsSource(DrfRows):
    due = loop("Book.chapters", 'annotate(n_chapters=Count("chapters"))')
    field = "BookSerializer.n"
    view = books_shown(n=serializers.IntegerField(source="chapters.count"))

    class Clean:
        view = books_shown(
            optimised=lambda books: books.prefetch_related("chapters"),
            n=serializers.IntegerField(source="chapters.count"),
        )


class KeyOfForeignKey(DrfRows):
    """DRF reads the key without its object."""

    view = books_shown(author=None)
    grows = False
