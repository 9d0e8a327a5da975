"""QB203 and QB302: rows loaded to be counted or tested, and answers kept whole. Neither grows in queries."""

from django.core.paginator import Paginator
from django.shortcuts import render
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination

from tests.corpus.case import Case, Due
from tests.corpus.models import Author, Book


def unread(fix, table="corpus_book"):
    return Due(code="QB203", table=table, fix=fix)


class Unread(Case):
    grows = False


class LengthOfAQueryset(Unread):
    due = unread("count()")

    def run(self):
        return len(Book.objects.filter(pages__gte=1))

    class Clean:
        def run(self):
            return Book.objects.filter(pages__gte=1).count()


class TruthOfAQueryset(Unread):
    due = unread("exists()")

    def run(self):
        books = Book.objects.filter(pages__gte=1)
        if books:  # due
            return "some"
        return "none"

    class Clean:
        def run(self):
            return "some" if Book.objects.filter(pages__gte=1).exists() else "none"


class TestedThenIterated(Unread):
    def run(self):
        books = Book.objects.filter(pages__gte=1)
        if not books:
            return []
        return [book.title for book in books]


class CountedThenIterated(Unread):
    def run(self):
        books = Book.objects.select_related("author")
        return len(books), [book.author.name for book in books]


class CountedThenSorted(Unread):
    def run(self):
        books = Book.objects.all()
        return len(books), max(books, key=lambda book: book.pages)


class CountedThenIndexed(Unread):
    def run(self):
        books = Book.objects.order_by("pk")
        return books[0].title if len(books) else None


class TestedThenHandedOn(Unread):
    def run(self):
        books = Book.objects.order_by("pk")
        if books:
            return self.titles(books)
        return None

    def titles(self, books):
        return {book.pk: book.title for book in books}


class TestedThenTakenOnlySometimes(Unread):
    def run(self):
        books = Book.objects.order_by("pk")
        if len(books) > 1000:
            return [book.title for book in books]
        return "few"


class NothingToRead(Unread):
    def run(self):
        books = Book.objects.filter(pages=0)
        return [book.title for book in books] if books else "none"


class TestedAndCounted(Unread):
    due = unread("count()")

    def run(self):
        books = Book.objects.filter(pages__gte=1)
        if books:  # due
            return f"{len(books)} books"
        return "none"

    class Clean:
        def run(self):
            count = Book.objects.filter(pages__gte=1).count()
            return f"{count} books" if count else "none"


class LengthOfAList(Unread):
    due = unread("count()")

    def run(self):
        return len(list(Book.objects.filter(pages__gte=1)))

    class Clean:
        def run(self):
            books = list(Book.objects.filter(pages__gte=1))
            return len(books), [book.title for book in books]


class SumOfOnes(Unread):
    due = unread("count()")

    def run(self):
        return sum(1 for _ in Book.objects.filter(pages__gte=1))

    class Clean:
        def run(self):
            return sum(book.pages for book in Book.objects.filter(pages__gte=1))


class TruthOfAList(Unread):
    due = unread("exists()")

    def run(self):
        return "some" if list(Book.objects.filter(pages__gte=1)) else "none"

    class Clean:
        def run(self):
            return "some" if any(book.pages > 1 for book in Book.objects.all()) else "none"


class LengthOfOneObjectsRelation(Unread):
    due = unread("count()")

    def run(self):
        author = Book.objects.order_by("pk").first().author
        return len(author.books.all())

    class Clean:
        def run(self):
            return Book.objects.order_by("pk").first().author.books.count()


class LengthOfWhatWasPrefetched(Unread):
    def rows(self):
        return Author.objects.prefetch_related("books")

    def see(self, row):
        return len(row.books.all()) if row.books.all() else 0


class LengthOfAPage(Unread):
    def run(self):
        page = Paginator(Book.objects.order_by("pk"), 2).page(1)
        return len(page), [book.title for book in page]


class InMethodOfModel(Unread):
    due = unread("exists()")

    def run(self):
        return has_books()

    def line(self):
        return __file__, has_books.__code__.co_firstlineno + 1

    class Clean:
        def run(self):
            return bool(Book.objects.exists())


def has_books():
    return bool(Book.objects.all())


def shows(template):
    def view(_case, request):
        return render(request, template, {"books": Book.objects.order_by("pk")})

    return view


class TruthInATemplate(Unread):
    due = unread("exists()")
    ways = ("view",)
    page = "corpus/any.html"
    plain = shows(page)

    class Clean:
        plain = shows("corpus/any_listed.html")


class LengthInATemplate(Unread):
    due = unread("count()")
    ways = ("view",)
    page = "corpus/how_many.html"
    plain = shows(page)

    class Clean:
        plain = shows("corpus/any_listed.html")


class TitleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["name"]


class Pages(PageNumberPagination):
    page_size = 100


class AuthorList(ListAPIView):
    serializer_class = TitleSerializer
    queryset = Author.objects.order_by("pk")


class PagedAuthorList(AuthorList):
    pagination_class = Pages


class AnswerKeptWhole(Case):
    due = Due(code="QB302", table="corpus_author")
    grows = False
    ways = ("drf",)
    view = AuthorList
    field = ""

    def prepare(self):
        Author.objects.bulk_create([Author(name=f"a{n}", email=f"a{n}@example.com") for n in range(200)])

    class Clean:
        view = PagedAuthorList
