"""Code without a problem, however often it asks."""

from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.db import connection, transaction
from django.db.models import Count, F, OuterRef, Subquery

from tests.corpus.case import Case
from tests.corpus.models import Author, Award, Book, Chapter, Genre, Novel, Review


class OneObjectsRelations(Case):
    grows = False

    def run(self):
        book = Book.objects.get(isbn="isbn-0")
        return (
            book.author.name,
            book.editor.name,
            list(book.chapters.all()),
            book.cover.colour,
            book.review_set.count(),
        )


class FirstObjectsRelations(Case):
    grows = False

    def run(self):
        book = Book.objects.order_by("pk").first()
        return book.author.publisher.name, [each.name for each in book.genres.all()]


class ItemZerosRelations(Case):
    grows = False

    def run(self):
        book = Book.objects.order_by("pk")[0]
        return book.author.mentor.name, list(book.notes.all())


class SingleObjectThatTurnsUpInAList(Case):
    grows = False

    def run(self):
        book = Book.objects.get(isbn="isbn-0")
        others = list(Book.objects.all())
        return book.author.name, [each.title for each in others if each != book]


class TwoSingleObjectsThroughOneHelper(Case):
    grows = False

    def run(self):
        return _author_of("isbn-0"), _author_of("isbn-1")


class TwoOfOneLoadOnDifferentLines(Case):
    grows = False

    def run(self):
        first, second, *_ = Book.objects.order_by("pk")
        one = first.author.name
        other = second.author.email
        return one, other


class SameRelationTwice(Case):
    grows = False

    def run(self):
        book = Book.objects.get(isbn="isbn-0")
        return book.author.name + book.author.email


class QuerysetFromItsCache(Case):
    grows = False

    def run(self):
        books = Book.objects.all()
        return [each.title for each in books], [each.isbn for each in books], len(books)


class NullForeignKey(Case):
    grows = False
    template = "{{ row.parent }}"

    def rows(self):
        return Genre.objects.filter(parent=None)

    def see(self, row):
        return row.parent


class EmptyPrefetch(Case):
    grows = False

    def rows(self):
        return Genre.objects.filter(name__startswith="genre").prefetch_related("children")

    def see(self, row):
        return list(row.children.all())


class Values(Case):
    grows = False

    def rows(self):
        return Book.objects.values("title", "author__name")

    def see(self, row):
        return row["author__name"]


class ValuesList(Case):
    grows = False

    def rows(self):
        return Book.objects.values_list("title", "author__publisher__name")

    def see(self, row):
        return row[1]


class PagesByOffset(Case):
    def run(self):
        queryset, start, seen = Book.objects.order_by("pk"), 0, []
        while page := list(queryset[start : start + 2]):
            seen += page
            start += 2
        return seen


class PagesByKey(Case):
    def run(self):
        last, seen = 0, []
        while page := list(Book.objects.filter(pk__gt=last).order_by("pk")[:2]):
            seen += page
            last = page[-1].pk
        return seen


class ChunkedIn(Case):
    def run(self):
        keys = list(Book.objects.values_list("pk", flat=True))
        return [
            list(Chapter.objects.filter(book__in=keys[start : start + 2])) for start in range(0, len(keys), 2)
        ]


class ChunkedInShortLast(Case):
    def run(self):
        keys = list(Book.objects.values_list("pk", flat=True))
        return [
            list(Author.objects.filter(books__in=keys[start : start + 3])) for start in range(0, len(keys), 3)
        ]


class IteratorWithChunkedPrefetch(Case):
    def run(self):
        return [
            list(each.chapters.all())
            for each in Book.objects.prefetch_related("chapters").iterator(chunk_size=2)
        ]


class CountThenPage(Case):
    grows = False

    def run(self):
        queryset = Book.objects.order_by("pk")
        return queryset.count(), list(queryset[:3])


class CountOfPrefetched(Case):
    grows = False
    template = "{{ row.chapters.count }}"

    def rows(self):
        return Book.objects.prefetch_related("chapters", "review_set")

    def see(self, row):
        return row.chapters.count(), row.review_set.exists()


class InBulk(Case):
    grows = False

    def run(self):
        found = Book.objects.in_bulk(list(Book.objects.values_list("pk", flat=True)))
        return [each.title for each in found.values()]


class BulkCreateInBatches(Case):
    def run(self):
        book = Book.objects.first()
        n = Book.objects.count() * 2
        Chapter.objects.bulk_create([Chapter(book=book, number=each) for each in range(n)], batch_size=3)


class BulkUpdateInBatches(Case):
    def run(self):
        books = list(Book.objects.all())
        for each in books:
            each.pages += 1
        Book.objects.bulk_update(books, ["pages"], batch_size=2)


class ExecuteMany(Case):
    grows = False

    def run(self):
        keys = list(Book.objects.values_list("pk", flat=True))
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE corpus_book SET pages = %s WHERE id = %s", [(each, each) for each in keys]
            )


class OneCascade(Case):
    grows = False
    exempt = ()

    def run(self):
        Book.objects.get(isbn="isbn-0").delete()


class DeleteAll(Case):
    grows = False

    def run(self):
        Review.objects.all().delete()


class Savepoints(Case):
    def run(self):
        for _ in range(Book.objects.count()):
            with transaction.atomic():
                pass

    grows = False


class RefreshAfterWrite(Case):
    grows = False

    def run(self):
        book = Book.objects.get(isbn="isbn-0")
        Book.objects.filter(pk=book.pk).update(pages=F("pages") + 1)
        book.refresh_from_db()
        return book.pages


class RereadAfterWrite(Case):
    grows = False

    def run(self):
        book = Book.objects.get(isbn="isbn-0")
        book.pages = 5
        book.save()
        return Book.objects.get(isbn="isbn-0").pages


class AnnotatedCounts(Case):
    grows = False

    def rows(self):
        n = (
            Chapter.objects.filter(book=OuterRef("pk"))
            .order_by()
            .values("book")
            .annotate(n=Count("pk"))
            .values("n")
        )
        return Book.objects.annotate(n_chapters=Subquery(n), n_reviews=Count("review"))

    def see(self, row):
        return row.n_chapters, row.n_reviews


class DifferentTables(Case):
    grows = False

    def run(self):
        return [model.objects.count() for model in (Author, Award, Book, Chapter, Genre, Review)]


class ContentTypesAndSites(Case):
    grows = False

    def run(self):
        Site.objects.clear_cache()
        found = [ContentType.objects.get_for_model(each) for each in (Author, Award, Book, Chapter)]
        return found, [ContentType.objects.get_for_id(each.pk) for each in found]


class SaveOfOneObject(Case):
    grows = False

    def run(self):
        novel = Novel.objects.order_by("pk").first()
        novel.series = "new"
        novel.save()


class AddManyAtOnce(Case):
    grows = False

    def run(self):
        book = Book.objects.order_by("pk").first()
        book.genres.add(*Genre.objects.all())
        book.genres.set(Genre.objects.all()[:2])


class FilteredPrefetch(Case):
    grows = False
    template = "{% for each in row.review_set.all %}{{ each.text }}{% endfor %}"

    def rows(self):
        return Book.objects.prefetch_related("review_set", "genres__parent").select_related(
            "author__publisher", "cover"
        )

    def see(self, row):
        return str(row.author), row.cover.colour, [each.parent.name for each in row.genres.all()]


class IdInsteadOfObject(Case):
    grows = False
    template = "{{ row.author_id }}"

    def rows(self):
        return Book.objects.all()

    def see(self, row):
        return row.author_id, row.author_id == row.editor_id


class KnownParent(Case):
    """A child reached through its parent's manager knows the parent."""

    grows = False

    def run(self):
        author = Author.objects.get(name="author-0")
        return [each.author.name for each in author.books.all()]


class GetThenItsList(Case):
    grows = False

    def run(self):
        book = Book.objects.get(isbn="isbn-0")
        return [each.book.title for each in book.chapters.all()], [each.name for each in book.genres.all()]


class ThreeDifferentGets(Case):
    grows = False

    def run(self):
        one = Book.objects.get(isbn="isbn-0")
        two = Book.objects.get(isbn="isbn-1")
        three = Book.objects.get(isbn="isbn-2")
        return one.title, two.title, three.title


class TwoRowsAskedAboutOnTwoLines(Case):
    """By their keys, and by a column of theirs."""

    grows = False

    def run(self):
        first, second = Book.objects.order_by("pk")[:2]
        one = Book.objects.filter(pk=first.pk, pages__gte=1).exists()
        two = Book.objects.filter(pk=second.pk, pages__gte=1).exists()
        of_one = Chapter.objects.filter(book__author=first.author_id).first()
        of_two = Chapter.objects.filter(book__author=second.author_id).first()
        return one, two, of_one.number, of_two.number


def _author_of(isbn):
    return Book.objects.get(isbn=isbn).author.name


class PrefetchInChunksWithOneLeft(Case):
    """The last chunk holds one book: a prefetch all the same."""

    def rows(self):
        keys = list(Book.objects.order_by("pk").values_list("pk", flat=True)[:3])
        return Book.objects.filter(pk__in=keys).prefetch_related("chapters").iterator(chunk_size=2)

    def see(self, row):
        return list(row.chapters.all())


class PrefetchInChunksOfOne(Case):
    def rows(self):
        return Book.objects.prefetch_related("chapters").iterator(chunk_size=1)

    def see(self, row):
        return list(row.chapters.all())


class ChainPrefetchedToItsEnd(Case):
    grows = False

    def prepare(self):
        first = Genre.objects.create(name="first of a chain")
        Genre.objects.create(name="third", parent=Genre.objects.create(name="second", parent=first))

    def run(self):
        first = Genre.objects.filter(name="first of a chain")
        return [_names(each, 2) for each in first.prefetch_related("children__children")]


def _names(genre, depth):
    below = [_names(each, depth - 1) for each in genre.children.all()] if depth else []
    return [genre.name, below]
