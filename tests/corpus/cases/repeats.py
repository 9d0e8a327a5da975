"""QB103: the same again."""

from tests.corpus.case import Case, duplicate
from tests.corpus.models import Author, Book


class SameRowByTwoLayers(Case):
    due = duplicate("corpus_author")
    grows = False

    def run(self):
        key = Book.objects.order_by("pk").first().author_id
        first = Author.objects.get(pk=key)  # due
        return first, _author(key)

    class Clean:
        def run(self):
            return Author.objects.get(pk=Book.objects.order_by("pk").first().author_id)


class SameCountTwice(Case):
    due = duplicate("corpus_book")
    grows = False

    def run(self):
        queryset = Book.objects.filter(pages__gte=1)
        if queryset.count():  # due
            return queryset.count()
        return 0

    class Clean:
        def run(self):
            queryset = Book.objects.filter(pages__gte=1)
            count = queryset.count()
            return count or 0


class LoopInvariant(Case):
    due = duplicate("corpus_genre")
    template = ""

    def rows(self):
        return Book.objects.order_by("pk")

    def see(self, row):
        from tests.corpus.models import Genre

        return Genre.objects.filter(parent=None).count()

    class Clean:
        def rows(self):
            from tests.corpus.models import Genre

            self.n = Genre.objects.filter(parent=None).count()
            return Book.objects.order_by("pk")

        def see(self, row):
            return self.n


class SettingsReadPerRow(Case):
    due = duplicate("corpus_publisher")

    def rows(self):
        return Book.objects.order_by("pk")

    def see(self, row):
        from tests.corpus.models import Publisher

        return Publisher.objects.order_by("pk").first().name

    class Clean:
        def rows(self):
            from tests.corpus.models import Publisher

            self.first = Publisher.objects.order_by("pk").first().name
            return Book.objects.order_by("pk")

        def see(self, row):
            return self.first


def _author(key):
    return Author.objects.get(pk=key)
