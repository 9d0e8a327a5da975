"""QB101: relations and deferred fields loaded one object at a time. With one row: QB105."""

from django.db.models import Prefetch, prefetch_related_objects

from tests.corpus.case import Case, line_in_models, line_of, n_plus_one
from tests.corpus.models import Author, Book, Chapter, Genre, Note, Novel, Profile, Review


class BookRows(Case):
    def rows(self):
        return Book.objects.order_by("pk")


class ForwardForeignKey(BookRows):
    due = n_plus_one("Book.author", 'select_related("author")')
    template = "{{ row.author.name }}"

    def see(self, row):
        return row.author.name

    class Clean:
        def rows(self):
            return Book.objects.select_related("author")


class ForeignKeyByPrefetch(BookRows):
    due = n_plus_one("Book.editor", 'select_related("editor")')
    template = "{{ row.editor.email }}"

    def see(self, row):
        return row.editor.email

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("editor")


class ForeignKeyOfFilteredRows(Case):
    due = n_plus_one("Book.author", 'select_related("author")')
    template = "{{ row.title }}{{ row.author.name }}"

    def rows(self):
        return Book.objects.long().filter(title__startswith="title").order_by("-title")

    def see(self, row):
        return row.title + row.author.name

    class Clean:
        def rows(self):
            return Book.objects.long().select_related("author").filter(title__startswith="title")


class ForeignKeyUnderIterator(Case):
    due = n_plus_one("Book.author", 'select_related("author")')

    def rows(self):
        return Book.objects.order_by("pk")

    def see(self, row):
        return row.author.name

    def plain(self, request):
        from django.http import HttpResponse

        return HttpResponse("".join(self.see(row) for row in self.rows().iterator()))

    ways = ("view",)

    class Clean:
        def rows(self):
            return Book.objects.select_related("author")


class TwoLevels(Case):
    due = n_plus_one("Author.publisher", 'select_related("author__publisher")')
    template = "{{ row.author.publisher.name }}"

    def rows(self):
        return Book.objects.select_related("author")

    def see(self, row):
        return row.author.publisher.name

    class Clean:
        def rows(self):
            return Book.objects.select_related("author__publisher")


class TwoLevelsBelowPrefetch(Case):
    due = n_plus_one("Author.publisher", "author__publisher")
    template = "{{ row.author.publisher.name }}"

    def rows(self):
        return Book.objects.prefetch_related("author")

    def see(self, row):
        return row.author.publisher.name

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("author__publisher")


class ThreeLevels(Case):
    due = n_plus_one("Author.mentor", 'select_related("book__author__mentor")')
    template = "{{ row.book.author.mentor.name }}"

    def rows(self):
        return Review.objects.select_related("book__author")

    def see(self, row):
        return row.book.author.mentor.name

    class Clean:
        def rows(self):
            return Review.objects.select_related("book__author__mentor")

    latent = False  # two reviews a book


class ReverseForeignKey(BookRows):
    due = n_plus_one("Book.chapters", 'prefetch_related("chapters")')
    template = "{% for each in row.chapters.all %}{{ each.number }}{% endfor %}"

    def see(self, row):
        return [each.number for each in row.chapters.all()]

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("chapters")


class ReverseForeignKeyWithoutName(BookRows):
    due = n_plus_one("Book.review_set", 'prefetch_related("review_set")')
    template = "{% for each in row.review_set.all %}{{ each.rating }}{% endfor %}"

    def see(self, row):
        return sum(each.rating for each in row.review_set.all())

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("review_set")


class LengthOfRelated(BookRows):
    due = n_plus_one("Book.chapters", 'prefetch_related("chapters")')
    template = "{{ row.chapters.all|length }}"

    def see(self, row):
        return len(row.chapters.all())

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related(
                Prefetch("chapters", queryset=Chapter.objects.order_by("number"))
            )


class ManyToMany(BookRows):
    due = n_plus_one("Book.genres", 'prefetch_related("genres")')
    template = "{% for each in row.genres.all %}{{ each.name }}{% endfor %}"

    def see(self, row):
        return ", ".join(each.name for each in row.genres.all())

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("genres")


class ManyToManyWithoutName(BookRows):
    due = n_plus_one("Book.awards", 'prefetch_related("awards")')
    template = "{% for each in row.awards.all %}{{ each.name }}{% endfor %}"

    def see(self, row):
        return list(row.awards.all())

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("awards")


class ManyToManyBackwards(Case):
    due = n_plus_one("Genre.books", 'prefetch_related("books")')
    template = "{% for each in row.books.all %}{{ each.title }}{% endfor %}"
    latent = False

    def rows(self):
        return Genre.objects.filter(parent__isnull=False)

    def see(self, row):
        return [each.title for each in row.books.all()]

    class Clean:
        def rows(self):
            return Genre.objects.filter(parent__isnull=False).prefetch_related("books")


class ManyToManyBelowJoin(Case):
    due = n_plus_one("Book.genres", 'prefetch_related("book__genres")')
    template = "{% for each in row.book.genres.all %}{{ each.name }}{% endfor %}"
    latent = False

    def rows(self):
        return Review.objects.select_related("book").order_by("pk")

    def see(self, row):
        return [each.name for each in row.book.genres.all()]

    class Clean:
        def rows(self):
            return Review.objects.select_related("book").prefetch_related("book__genres")


class OneToOne(Case):
    due = n_plus_one("Profile.author", 'select_related("author")')
    template = "{{ row.author.name }}"
    latent = False

    def rows(self):
        return Profile.objects.all()

    def see(self, row):
        return row.author.name

    class Clean:
        def rows(self):
            return Profile.objects.select_related("author")


class ReverseOneToOne(BookRows):
    due = n_plus_one("Book.cover", 'select_related("cover")')
    template = "{{ row.cover.colour }}"

    def see(self, row):
        return row.cover.colour

    class Clean:
        def rows(self):
            return Book.objects.select_related("cover")


class ReverseOneToOneMissing(Case):
    due = n_plus_one("Author.profile", 'select_related("profile")')
    latent = False

    def rows(self):
        return Author.objects.filter(name__startswith="mentor")

    def see(self, row):
        return getattr(row, "profile", None)

    class Clean:
        def rows(self):
            return Author.objects.filter(name__startswith="mentor").select_related("profile")


class GenericForeignKeyOfRows(Case):
    due = n_plus_one("Note.subject", 'prefetch_related("subject")')
    template = "{{ row.subject.title }}"
    latent = False

    def rows(self):
        return Note.objects.all()

    def see(self, row):
        return row.subject.title

    class Clean:
        def rows(self):
            return Note.objects.prefetch_related("subject")


class GenericRelationOfRows(BookRows):
    due = n_plus_one("Book.notes", 'prefetch_related("notes")')
    template = "{% for each in row.notes.all %}{{ each.text }}{% endfor %}"

    def see(self, row):
        return [each.text for each in row.notes.all()]

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("notes")


class DeferredByOnly(Case):
    due = n_plus_one("Book.summary", "summary")
    template = "{{ row.summary }}"

    def rows(self):
        return Book.objects.only("title")

    def see(self, row):
        return row.summary

    class Clean:
        def rows(self):
            return Book.objects.only("title", "summary")


class DeferredByDefer(Case):
    due = n_plus_one("Book.summary", "summary")
    template = "{{ row.summary }}"

    def rows(self):
        return Book.objects.defer("summary", "pages")

    def see(self, row):
        return row.summary

    class Clean:
        def rows(self):
            return Book.objects.defer("pages")


class ChildsOwnRelation(Case):
    due = n_plus_one("Novel.translator", 'select_related("translator")')
    template = "{{ row.translator.name }}"

    def rows(self):
        return Novel.objects.all()

    def see(self, row):
        return row.translator.name

    class Clean:
        def rows(self):
            return Novel.objects.select_related("translator")


class ChildsInheritedRelation(Case):
    due = n_plus_one("Book.author", 'select_related("author")')
    template = "{{ row.author.name }}"

    def rows(self):
        return Novel.objects.all()

    def see(self, row):
        return row.author.name

    class Clean:
        def rows(self):
            return Novel.objects.select_related("author")


class ParentToChild(BookRows):
    due = n_plus_one("Book.novel", 'select_related("novel")')
    template = "{{ row.novel.series }}"

    def see(self, row):
        return row.novel.series

    class Clean:
        def rows(self):
            return Book.objects.select_related("novel")


class DeferredFieldOfParent(Case):
    due = n_plus_one("Book.title", "title")
    template = "{{ row.title }}"

    def rows(self):
        return Novel.objects.only("series")

    def see(self, row):
        return row.title

    class Clean:
        def rows(self):
            return Novel.objects.only("series", "title")


class InStr(BookRows):
    due = n_plus_one("Book.author", 'select_related("author")')

    def see(self, row):
        return str(row)

    def line(self):
        return line_in_models("by {self.author.name}")

    class Clean:
        def rows(self):
            return Book.objects.select_related("author")


class InProperty(BookRows):
    due = n_plus_one("Book.author", 'select_related("author")')

    def see(self, row):
        return row.author_name

    def line(self):
        return line_in_models("return self.author.name")

    class Clean:
        def rows(self):
            return Book.objects.select_related("author")


class StrOfJoined(Case):
    due = n_plus_one("Author.publisher", 'select_related("author__publisher")')

    def rows(self):
        return Book.objects.select_related("author")

    def see(self, row):
        return f"{row.author}"

    def line(self):
        return line_in_models("of {self.publisher.name}")

    class Clean:
        def rows(self):
            return Book.objects.select_related("author__publisher")


class PrefetchPerObject(BookRows):
    due = n_plus_one("Book.chapters", 'prefetch_related("chapters")')

    def see(self, row):
        prefetch_related_objects([row], "chapters")  # due
        return row.chapters.all()

    class Clean:
        def rows(self):
            books = list(Book.objects.all())
            prefetch_related_objects(books, "chapters")
            return books


class SpreadOverLines(Case):
    due = n_plus_one("Book.author", 'select_related("author")')
    latent = False
    ways = ("drf", "view", "block")

    def run(self):
        total = ""
        for number, book in enumerate(Book.objects.all()):
            if number % 3 == 0:
                total += book.author.name  # due
            elif number % 3 == 1:
                total += book.author.email
            else:
                total += str(book.author.pk)
        return total

    class Clean:
        def run(self):
            return [book.author.name for book in Book.objects.select_related("author")]


class TreeUp(Case):
    due = n_plus_one("Genre.parent", 'select_related("parent")')
    template = "{{ row.parent.name }}"
    latent = False

    def rows(self):
        return Genre.objects.filter(parent__isnull=False)

    def see(self, row):
        return row.parent.name

    class Clean:
        def rows(self):
            return Genre.objects.filter(parent__isnull=False).select_related("parent")


class TreeDown(Case):
    due = n_plus_one("Genre.children", 'prefetch_related("children")')
    template = "{% for each in row.children.all %}{{ each.name }}{% endfor %}"
    latent = False

    def rows(self):
        return Genre.objects.filter(parent=None)

    def see(self, row):
        return [each.name for each in row.children.all()]

    class Clean:
        def rows(self):
            return Genre.objects.filter(parent=None).prefetch_related("children")


class NestedLoops(BookRows):
    latent = False  # two reviews a book
    due = n_plus_one("Review.reviewer", 'prefetch_related("review_set__reviewer")')
    template = "{% for each in row.review_set.all %}{{ each.reviewer.name }}{% endfor %}"

    def rows(self):
        return Book.objects.prefetch_related("review_set")

    def see(self, row):
        return [each.reviewer.name for each in row.review_set.all()]

    class Clean:
        def rows(self):
            return Book.objects.prefetch_related("review_set__reviewer")


class ComparedObjects(BookRows):
    due = n_plus_one("Book.author", 'select_related("author")')

    def see(self, row):
        return row.author.pk == row.editor_id

    class Clean:
        def see(self, row):
            return row.author_id == row.editor_id


class SignalHandler(Case):
    """A join gives a row its author only after the signal: no eager load mends it."""

    due = n_plus_one("Book.author")
    ways = ("view", "block")
    latent = False

    def run(self):
        from django.db.models.signals import post_init

        post_init.connect(_greet, sender=Book)
        try:
            return list(Book.objects.all())
        finally:
            post_init.disconnect(_greet, sender=Book)

    def line(self):
        return line_of(_greet)

    class Clean:
        def run(self):
            return list(Book.objects.select_related("author"))


def _greet(instance, **_):
    return instance.author.name
