"""What pages ask: templates that include and extend, tags, an admin's list, the fields of forms."""

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.shortcuts import render
from django.views.generic import ListView

from tests.corpus.case import Case, duplicate, line_in_models, line_of, n_plus_one
from tests.corpus.models import Author, Book, Publisher, Review
from tests.corpus.templatetags import corpus_tags

BOOKS = Book.objects.order_by("pk")


def shows(template, *, books=BOOKS):
    """Make the view that renders a template with books."""

    def view(_case, request):
        return render(request, template, {"books": books.all()})

    return view


class InExtendedTemplate(Case):
    due = n_plus_one("Book.author", 'select_related("author")')
    page = "corpus/extending.html"
    plain = shows(page)

    class Clean:
        plain = shows("corpus/extending.html", books=Book.objects.select_related("author"))


class InIncludedTemplate(Case):
    due = n_plus_one("Book.cover", 'select_related("cover")')
    page = "corpus/included.html"
    plain = shows("corpus/including.html")

    class Clean:
        plain = shows("corpus/including.html", books=Book.objects.select_related("cover"))


class InInclusionTag(Case):
    due = n_plus_one("Book.editor", 'select_related("editor")')
    page = "corpus/card.html"
    plain = shows("corpus/tagged.html", books=Book.objects.select_related("author"))

    class Clean:
        plain = shows("corpus/tagged.html", books=Book.objects.select_related("author", "editor"))


class InSimpleTag(Case):
    due = n_plus_one("Book.author", 'select_related("author")')
    page = "corpus/tagged.html"
    plain = shows("corpus/tagged.html", books=Book.objects.select_related("editor"))

    def line(self):
        return line_of(corpus_tags.signature)

    class Clean:
        plain = shows("corpus/tagged.html", books=Book.objects.select_related("author", "editor"))


class InRegroup(Case):
    due = n_plus_one("Book.author", 'select_related("author")')
    page = "corpus/regrouped.html"
    plain = shows(page)

    class Clean:
        plain = shows("corpus/regrouped.html", books=Book.objects.select_related("author"))


class BookList(ListView):
    model = Book
    ordering = "pk"
    template_name = "corpus/extending.html"
    context_object_name = "books"


class BookListWithAuthor(BookList):
    queryset = Book.objects.select_related("author")


class InListView(Case):
    due = n_plus_one("Book.author", 'select_related("author")')
    page = "corpus/extending.html"

    def plain(self, request):
        return BookList.as_view()(request)

    class Clean:
        def plain(self, request):
            return BookListWithAuthor.as_view()(request)


class ReviewForm(forms.ModelForm):
    class Meta:
        model = Review
        fields = ["reviewer"]


class OptionsOfAForm(Case):
    """Each option of a select is the `str` of an author, who asks for the publisher."""

    due = n_plus_one("Author.publisher", 'select_related("publisher")')
    latent = False  # several authors a book

    def plain(self, request):
        form = ReviewForm()
        form.fields["reviewer"].queryset = Author.objects.filter(publisher__isnull=False)
        return render(request, "corpus/form.html", {"form": form})

    def line(self):
        return line_in_models("of {self.publisher.name}")

    class Clean:
        def plain(self, request):
            form = ReviewForm()
            authors = Author.objects.filter(publisher__isnull=False)
            form.fields["reviewer"].queryset = authors.select_related("publisher")
            return render(request, "corpus/form.html", {"form": form})


class OptionsOfManyForms(Case):
    due = duplicate("corpus_genre")
    page = "corpus/form.html"

    def plain(self, request):
        page = ""
        for _ in Book.objects.all():
            form = GenreForm()
            page += str(render(request, "corpus/form.html", {"form": form}).content)
        return render(request, "corpus/base.html")

    class Clean:
        grows = False

        def plain(self, request):
            return render(request, "corpus/form.html", {"form": GenreForm()})


class GenreForm(forms.ModelForm):
    class Meta:
        model = Book
        fields = ["genres"]


admin.site.register(Publisher)  # the pages link to the application


class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "house"]
    actions = None  # their checkbox shows the book too

    def house(self, book):
        return book.author.name


class QuietBookAdmin(BookAdmin):
    list_select_related = ["author"]


def of_admin(cls, model):
    """Make the view that shows an admin's list."""

    def view(_case, request):
        request.user = User(username="root", is_staff=True, is_superuser=True, pk=1)
        return cls(model, admin.site).changelist_view(request).render()

    return view


class AdminColumn(Case):
    due = n_plus_one("Book.author", 'select_related("author")')
    exempt = ("QB103",)  # Django counts for the page and for the full number
    plain = of_admin(BookAdmin, Book)

    def line(self):
        return line_of(BookAdmin.house)

    class Clean:
        plain = of_admin(QuietBookAdmin, Book)


for case in (
    InExtendedTemplate,
    InIncludedTemplate,
    InInclusionTag,
    InSimpleTag,
    InRegroup,
    InListView,
    OptionsOfAForm,
    OptionsOfManyForms,
    AdminColumn,
):
    case.ways = ("view",)
