"""QB102: queries in a loop."""

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery

from tests.corpus.case import Case, line_in_models, line_of, loop, writes
from tests.corpus.models import Author, Book, Chapter, Cover, Genre, Profile, Review


class BookRows(Case):
    def rows(self):
        return Book.objects.order_by("pk")


class GetByKey(BookRows):
    due = loop(table="corpus_author", fix="Author.objects.in_bulk(")

    def see(self, row):
        return Author.objects.get(pk=row.author_id).name

    class Clean:
        def rows(self):
            books = list(Book.objects.all())
            authors = Author.objects.in_bulk({book.author_id for book in books})
            for book in books:
                book.writer = authors[book.author_id]
            return books

        def see(self, row):
            return row.writer.name


class GetByUniqueField(BookRows):
    due = loop(table="corpus_author", fix='in_bulk(…, field_name="email")')

    def see(self, row):
        return Author.objects.get(email=f"author-{row.isbn.removeprefix('isbn-')}@example.org").name

    class Clean:
        def rows(self):
            self.authors = Author.objects.in_bulk(field_name="email")
            return list(Book.objects.all())

        def see(self, row):
            return self.authors[f"author-{row.isbn.removeprefix('isbn-')}@example.org"].name


class FilterFirst(BookRows):
    due = loop("Book.review_set", 'Prefetch("review_set"')

    def see(self, row):
        return Review.objects.filter(book=row).order_by("-rating").first()

    class Clean:
        def rows(self):
            best = Review.objects.order_by("-rating")
            return Book.objects.prefetch_related(Prefetch("review_set", queryset=best, to_attr="best"))

        def see(self, row):
            return row.best[0]


class FilterExists(BookRows):
    due = loop("Book.review_set", "Exists(")

    def see(self, row):
        return Review.objects.filter(book=row, rating__gte=1).exists()

    class Clean:
        def rows(self):
            good = Review.objects.filter(book=OuterRef("pk"), rating__gte=1)
            return Book.objects.annotate(has_good=Exists(good))

        def see(self, row):
            return row.has_good


class FilterCount(BookRows):
    due = loop("Book.review_set", 'annotate(n_review=Count("review"))')

    def see(self, row):
        return Review.objects.filter(book_id=row.pk).count()

    class Clean:
        def rows(self):
            return Book.objects.annotate(n=Count("review"))

        def see(self, row):
            return row.n


class FilterAggregate(BookRows):
    due = loop("Book.review_set", 'annotate(n=Count("review"))')

    def see(self, row):
        return Review.objects.filter(book=row).aggregate(n=Count("pk"))["n"]

    class Clean:
        def rows(self):
            return Book.objects.annotate(n=Count("review"))

        def see(self, row):
            return row.n


class AskedAboutItself(BookRows):
    due = loop(
        table="corpus_book", fix='Exists(Book.objects.filter(pk=OuterRef("pk"), review__rating__gte=…))'
    )

    def see(self, row):
        return Book.objects.filter(pk=row.pk, review__rating__gte=1).exists()

    class Clean:
        def rows(self):
            good = Book.objects.filter(pk=OuterRef("pk"), review__rating__gte=1)
            return Book.objects.annotate(has_good=Exists(good))

        def see(self, row):
            return row.has_good


class ByAColumnOfTheRow(BookRows):
    due = loop(table="corpus_chapter", fix='book__author=OuterRef("author"), number=…)')

    def see(self, row):
        chapter = Chapter.objects.filter(book__author=row.author_id, number=0).order_by("pk").first()  # due
        return chapter and chapter.number

    class Clean:
        def rows(self):
            chapters = Chapter.objects.filter(book__author=OuterRef("author"), number=0).order_by("pk")
            return Book.objects.annotate(first_number=Subquery(chapters.values("number")[:1]))

        def see(self, row):
            return row.first_number


class FirstOfOneKey(Case):
    due = loop(table="corpus_book", fix="Book.objects.filter(…).in_bulk(…)")

    def run(self):
        keys = list(Book.objects.order_by("pk").values_list("pk", flat=True))
        return [Book.objects.long().filter(pk=key).first() for key in keys]

    class Clean:
        def run(self):
            keys = list(Book.objects.order_by("pk").values_list("pk", flat=True))
            return Book.objects.long().in_bulk(keys)


class FilterList(BookRows):
    due = loop("Book.chapters", 'Prefetch("chapters"')

    def see(self, row):
        return list(Chapter.objects.filter(book=row))

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("chapters")

        def see(self, row):
            return list(row.chapters.all())


class FilterOfMany(BookRows):
    due = loop("Book.genres", 'Prefetch("genres", queryset=Genre.objects.filter(name__startswith=…)')

    def see(self, row):
        return list(Genre.objects.filter(name__startswith="genre", books=row))

    class Clean:
        def rows(self):
            named = Genre.objects.filter(name__startswith="genre")
            return Book.objects.prefetch_related(Prefetch("genres", queryset=named, to_attr="named"))

        def see(self, row):
            return row.named


class FilterOfOne(BookRows):
    due = loop("Book.cover", 'select_related("cover")')

    def see(self, row):
        return Cover.objects.get(book_id=row.pk).colour

    class Clean:
        def rows(self):
            return Book.objects.select_related("cover")

        def see(self, row):
            return row.cover.colour


class FilterInAHelper(BookRows):
    due = loop("Book.review_set", 'Count("review", filter=Q(review__rating__gte=…))')

    def see(self, row):
        return _n_good(row.pk)

    def line(self):
        return line_of(_n_good)

    class Clean:
        def rows(self):
            return Book.objects.annotate(n=Count("review", filter=Q(review__rating__gte=1)))

        def see(self, row):
            return row.n


class RelatedCount(BookRows):
    due = loop("Book.chapters", 'annotate(n_chapters=Count("chapters"))')
    template = "{{ row.chapters.count }}"

    def see(self, row):
        return row.chapters.count()

    class Clean:
        template = "{{ row.chapters.count }}"

        def rows(self):
            return Book.objects.prefetch_related("chapters")


class RelatedExists(BookRows):
    due = loop("Book.review_set", "Exists(")
    template = "{{ row.review_set.exists }}"

    def see(self, row):
        return row.review_set.exists()

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("review_set")


class RelatedFilter(BookRows):
    due = loop("Book.review_set", 'Prefetch("review_set"')

    def see(self, row):
        return list(row.review_set.filter(rating__gte=1))

    class Clean:
        def rows(self):
            good = Review.objects.filter(rating__gte=1)
            return Book.objects.prefetch_related(Prefetch("review_set", queryset=good, to_attr="good"))

        def see(self, row):
            return row.good


class RelatedOrderBy(BookRows):
    due = loop("Book.chapters", 'Prefetch("chapters"')

    def see(self, row):
        return [each.number for each in row.chapters.order_by("-number")]

    class Clean:
        def rows(self):
            backwards = Chapter.objects.order_by("-number")
            return Book.objects.prefetch_related(
                Prefetch("chapters", queryset=backwards, to_attr="backwards")
            )

        def see(self, row):
            return [each.number for each in row.backwards]


class RelatedFirst(BookRows):
    due = loop("Book.chapters", 'Prefetch("chapters"')
    template = "{{ row.chapters.first.number }}"

    def see(self, row):
        return row.chapters.first().number

    class Clean:
        template = "{{ row.chapters.all.0.number }}"

        def rows(self):
            return Book.objects.prefetch_related("chapters")

        def see(self, row):
            return row.chapters.all()[0].number


class RelatedAggregate(BookRows):
    due = loop("Book.review_set", 'annotate(n=Count("review"))')

    def see(self, row):
        return row.review_set.aggregate(n=Count("pk"))

    class Clean:
        def rows(self):
            return Book.objects.annotate(n=Count("review"))

        def see(self, row):
            return row.n


class RelatedValues(BookRows):
    due = loop("Book.genres")

    def see(self, row):
        return list(row.genres.values_list("name", flat=True))

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("genres")

        def see(self, row):
            return [each.name for each in row.genres.all()]


class PrefetchDefeatedByFilter(Case):
    due = loop("Book.review_set", 'Prefetch("review_set"')

    def rows(self):
        return Book.objects.prefetch_related("review_set")

    def see(self, row):
        return list(row.review_set.filter(rating=1))

    class Clean:
        def see(self, row):
            return [each for each in row.review_set.all() if each.rating == 1]


class PrefetchDefeatedByOrder(Case):
    due = loop("Book.genres", 'Prefetch("genres"')

    def rows(self):
        return Book.objects.prefetch_related("genres")

    def see(self, row):
        return list(row.genres.order_by("name"))

    class Clean:
        def see(self, row):
            return sorted(row.genres.all(), key=lambda each: each.name)


class PrefetchDefeatedByFirst(Case):
    due = loop("Book.chapters", 'Prefetch("chapters"')
    template = "{{ row.chapters.first.number }}"

    def rows(self):
        return Book.objects.prefetch_related("chapters").order_by("pk")

    def see(self, row):
        return row.chapters.order_by("number").first().number

    class Clean:
        template = "{{ row.chapters.all.0.number }}"

        def see(self, row):
            return row.chapters.all()[0].number


class ModelMethodCounts(BookRows):
    due = loop("Book.review_set", 'Count("review")')
    template = ""

    def see(self, row):
        return row.n_reviews()

    def line(self):
        return line_in_models("self.review_set.count()")

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("review_set")


class ModelMethodFinds(BookRows):
    due = loop("Book.review_set", 'Prefetch("review_set"')

    def see(self, row):
        return row.best_review()

    def line(self):
        return line_in_models('order_by("-rating").first()')

    class Clean:
        def rows(self):
            best = Review.objects.order_by("-rating")
            return Book.objects.prefetch_related(Prefetch("review_set", queryset=best, to_attr="best"))

        def see(self, row):
            return row.best[0]


class InListOfOne(BookRows):
    due = loop(table="corpus_author")

    def see(self, row):
        return [each.name for each in Author.objects.filter(pk__in=[row.author_id])]

    class Clean:
        def rows(self):
            books = list(Book.objects.all())
            self.authors = {
                each.pk: each for each in Author.objects.filter(pk__in=[book.author_id for book in books])
            }
            return books

        def see(self, row):
            return self.authors[row.author_id].name


class RawCursor(BookRows):
    due = loop(table="corpus_review")

    def see(self, row):
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM corpus_review WHERE book_id = %s", [row.pk])  # due
            return cursor.fetchone()[0]

    class Clean:
        def rows(self):
            with connection.cursor() as cursor:
                cursor.execute("SELECT book_id, COUNT(*) FROM corpus_review GROUP BY book_id")
                self.counts = dict(cursor.fetchall())
            return Book.objects.all()

        def see(self, row):
            return self.counts[row.pk]


class RawCursorWithLiterals(BookRows):
    due = loop(table="corpus_review")

    def see(self, row):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM corpus_review WHERE book_id = {row.pk}")  # due
            return cursor.fetchone()[0]

    class Clean:
        def rows(self):
            with connection.cursor() as cursor:
                cursor.execute("SELECT book_id, COUNT(*) FROM corpus_review GROUP BY book_id")
                self.counts = dict(cursor.fetchall())
            return Book.objects.all()

        def see(self, row):
            return self.counts[row.pk]


class RawQueryset(BookRows):
    due = loop(table="corpus_chapter")

    def see(self, row):
        return list(Chapter.objects.raw("SELECT * FROM corpus_chapter WHERE book_id = %s", [row.pk]))

    class Clean:
        def rows(self):
            self.chapters = {}
            for each in Chapter.objects.raw("SELECT * FROM corpus_chapter"):
                self.chapters.setdefault(each.book_id, []).append(each)
            return Book.objects.all()

        def see(self, row):
            return self.chapters[row.pk]


class RefreshFromDb(BookRows):
    due = loop(table="corpus_book")

    def see(self, row):
        row.refresh_from_db()  # due
        return row.title

    class Clean:
        def see(self, row):
            return row.title


class FarFromTheLoop(BookRows):
    due = loop(table="corpus_profile")

    def see(self, row):
        return _greeting(row.author_id)

    def line(self):
        return line_of(_profile_of)

    class Clean:
        def rows(self):
            self.known = {each.author_id: each for each in Profile.objects.all()}
            return Book.objects.all()

        def see(self, row):
            return self.known[row.author_id].text


class GetOrCreate(BookRows):
    due = loop(table="corpus_profile")

    def see(self, row):
        return Profile.objects.get_or_create(author_id=row.author_id)[0].text

    class Clean:
        def rows(self):
            self.known = {each.author_id: each for each in Profile.objects.all()}
            return Book.objects.all()

        def see(self, row):
            return self.known[row.author_id].text


class CountOfNested(Case):
    due = loop("Author.books")
    ways = ("view", "drf", "block")

    def rows(self):
        return Book.objects.select_related("author")

    def see(self, row):
        return row.author.books.count()

    class Clean:
        def rows(self):
            return Book.objects.select_related("author").annotate(n=Count("author__books"))

        def see(self, row):
            return row.n


class SelectForUpdatePerRow(Case):
    due = writes("Book", "select_for_update().filter(pk__in=…)")
    ways = ("view", "drf", "block")

    def run(self):
        for key in list(Book.objects.values_list("pk", flat=True)):
            Book.objects.select_for_update().get(pk=key)  # due

    class Clean:
        def run(self):
            return list(Book.objects.select_for_update().all())


def _n_good(book_id):
    return Review.objects.filter(rating__gte=1).filter(book=book_id).count()


def _greeting(author_id):
    return "Hello " + _profile_of(author_id).text


def _profile_of(author_id):
    return Profile.objects.filter(author_id=author_id).get()
