"""QB104: writes one by one."""

from tests.corpus.case import Case, line_of, writes
from tests.corpus.models import Award, Book, Chapter, Genre, Review


class SavePerRow(Case):
    due = writes("Book", "bulk_update(")

    def run(self):
        for book in Book.objects.all():
            book.pages += 1
            book.save()  # due

    class Clean:
        def run(self):
            books = list(Book.objects.all())
            for book in books:
                book.pages += 1
            Book.objects.bulk_update(books, ["pages"])


class CreatePerRow(Case):
    due = writes("Chapter", "bulk_create(")

    def run(self):
        for book in list(Book.objects.all()):
            Chapter.objects.create(book=book, number=9)  # due

    class Clean:
        def run(self):
            Chapter.objects.bulk_create([Chapter(book=book, number=9) for book in Book.objects.all()])


class UpdatePerRow(Case):
    due = writes("Book", "update(")

    def run(self):
        for key in list(Book.objects.values_list("pk", flat=True)):
            Book.objects.filter(pk=key).update(pages=7)  # due

    class Clean:
        def run(self):
            Book.objects.update(pages=7)


class DeletePerRow(Case):
    due = writes("Review", "delete(")

    def run(self):
        for review in list(Review.objects.all()):
            review.delete()  # due

    class Clean:
        def run(self):
            Review.objects.all().delete()


class AddPerRow(Case):
    due = writes("Book.awards", "through.objects.bulk_create(")
    exempt = ("QB102",)

    def run(self):
        award = Award.objects.create(name="new")
        for book in list(Book.objects.all()):
            book.awards.add(award)  # due

    class Clean:
        def run(self):
            award = Award.objects.create(name="new")
            award.book_set.add(*Book.objects.all())


class RelatedCreatePerRow(Case):
    due = writes("Review", "bulk_create(")

    def run(self):
        for book in list(Book.objects.select_related("author")):
            book.review_set.create(reviewer=book.author)  # due

    class Clean:
        def run(self):
            books = Book.objects.select_related("author")
            Review.objects.bulk_create([Review(book=book, reviewer=book.author) for book in books])


class SaveInHelper(Case):
    due = writes("Genre", "bulk_update(")

    def run(self):
        for genre in Genre.objects.all():
            _rename(genre)

    def line(self):
        return line_of(_rename)

    class Clean:
        def run(self):
            Genre.objects.update(name="x")


def _rename(genre):
    genre.name = "x"
    genre.save(update_fields=["name"])
