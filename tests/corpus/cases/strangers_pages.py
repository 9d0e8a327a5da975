"""Problems as strangers write them: class-based views, templates in templates, forms and exports."""

import csv

from django import forms
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.generic import DetailView, ListView, TemplateView, View

from tests.corpus.case import duplicate, loop, n_plus_one
from tests.corpus.cases.strangers_desk import Page, Tickets
from tests.corpus.models import Comment, Member, Note, Team, Ticket


class MoveForm(forms.ModelForm):
    class Meta:
        model = Ticket
        fields = ["title", "team"]


class RowInIncludedTemplate(Page):
    due = n_plus_one("Ticket.assignee", 'select_related("assignee")')
    pages = {
        "included_list.html": """
<table>
{% for ticket in object_list %}
  {% include "included_row.html" with person=ticket.assignee %}
{% endfor %}
</table>
""",
        "included_row.html": """
<tr>
  <td>{{ ticket.title }}</td>
  <td>{{ person.name|default:"-" }}</td>
</tr>
""",
    }

    class TicketList(ListView):
        queryset = Ticket.objects.order_by("pk")
        template_name = "included_list.html"

    view = staticmethod(TicketList.as_view())

    def line(self):
        return "included_list.html", 3  # `with` resolves it

    class Clean:
        class TicketList(ListView):
            queryset = Ticket.objects.select_related("assignee").order_by("pk")
            template_name = "included_list.html"

        view = staticmethod(TicketList.as_view())


class RowOfIncludedTemplateAsks(Page):
    due = n_plus_one("Ticket.labels", 'prefetch_related("labels")')
    pages = {
        "labels_list.html": """
{% for ticket in tickets %}{% include "labels_row.html" %}{% empty %}none{% endfor %}
""",
        "labels_row.html": """
<li>{{ ticket.title }}
  {% for label in ticket.labels.all %}<b>{{ label.name }}</b>{% endfor %}{# due #}
</li>
""",
    }

    class TicketList(ListView):
        model = Ticket
        ordering = "pk"
        context_object_name = "tickets"
        template_name = "labels_list.html"

    view = staticmethod(TicketList.as_view())

    class Clean:
        class TicketList(ListView):
            queryset = Ticket.objects.prefetch_related("labels").order_by("pk")
            context_object_name = "tickets"
            template_name = "labels_list.html"

        view = staticmethod(TicketList.as_view())


class WithInTemplate(Tickets):
    due = n_plus_one("Member.team", 'select_related("reporter__team")')
    template = "{% with team=row.reporter.team %}{{ team.name }}, {{ team.slug }}{% endwith %}"

    def rows(self):
        return Ticket.objects.for_list().select_related("reporter")

    def see(self, row):
        team = row.reporter.team  # due
        return f"{team.name}, {team.slug}"

    class Clean:
        def rows(self):
            return Ticket.objects.for_list().select_related("reporter__team")


class RegroupByRelation(Page):
    due = n_plus_one("Ticket.team", 'select_related("team")')
    pages = {
        "regrouped.html": """
{% load i18n %}
{% regroup tickets by team.name as teams %}{# due #}
{% for team in teams %}
<h2>{{ team.grouper }}</h2>{% for ticket in team.list %}{{ ticket.title }}{% endfor %}
{% endfor %}
"""
    }

    class Board(TemplateView):
        template_name = "regrouped.html"

        def get_context_data(self, **kwargs):
            return super().get_context_data(tickets=Ticket.objects.open().order_by("team__name"), **kwargs)

    view = staticmethod(Board.as_view())

    class Clean:
        class Board(TemplateView):
            template_name = "regrouped.html"

            def get_context_data(self, **kwargs):
                tickets = Ticket.objects.open().select_related("team").order_by("team__name")
                return super().get_context_data(tickets=tickets, **kwargs)

        view = staticmethod(Board.as_view())


class ContextOfDictionaries(Page):
    due = n_plus_one("Ticket.labels", 'prefetch_related("labels")')
    pages = {
        "dictionaries.html": "{% for row in rows %}<li>{{ row.title }} {{ row.labels }}</li>{% endfor %}"
    }

    class Board(TemplateView):
        template_name = "dictionaries.html"

        def get_context_data(self, **kwargs):
            context = super().get_context_data(**kwargs)
            context["rows"] = [
                {
                    "title": ticket.title,
                    "labels": ", ".join(label.name for label in ticket.labels.all()),  # due
                }
                for ticket in self.get_tickets()
            ]
            return context

        def get_tickets(self):
            return Ticket.objects.for_list()

    view = staticmethod(Board.as_view())

    class Clean:
        class Board(TemplateView):
            template_name = "dictionaries.html"

            def get_context_data(self, **kwargs):
                tickets = Ticket.objects.for_list().prefetch_related("labels")
                rows = [
                    {"title": each.title, "labels": ", ".join(label.name for label in each.labels.all())}
                    for each in tickets
                ]
                return super().get_context_data(rows=rows, **kwargs)

        view = staticmethod(Board.as_view())


class DetailWithThread(Page):
    """One object, and what it shows of each child."""

    latent = False  # two comments a ticket
    due = n_plus_one("Comment.author", "author")
    pages = {
        "thread.html": """
<h1>{{ ticket }}</h1>
{% for comment in ticket.comments.all %}
  {{ comment.author }}: {{ comment.text }}{# due #}
{% endfor %}
"""
    }

    def prepare(self):
        super().prepare()
        Comment.objects.update(ticket=Ticket.objects.get(title="ticket 0"))

    class TicketDetail(DetailView):
        queryset = Ticket.objects.select_related("team")
        template_name = "thread.html"

        def get_object(self, queryset=None):
            return self.get_queryset().get(title="ticket 0")

    view = staticmethod(TicketDetail.as_view())

    def line(self):
        return "thread.html", 3

    class Clean:
        class TicketDetail(DetailView):
            queryset = Ticket.objects.select_related("team").prefetch_related("comments__author")
            template_name = "thread.html"

            def get_object(self, queryset=None):
                return self.get_queryset().get(title="ticket 0")

        view = staticmethod(TicketDetail.as_view())


class ChoicesOfEachForm(Page):
    """Each form asks for the same choices again."""

    due = duplicate("corpus_team")
    latent = False

    def view(self, request):
        forms_ = [MoveForm(instance=each, prefix=f"t{each.pk}") for each in Ticket.objects.order_by("pk")]
        return HttpResponse("".join(form.as_p() for form in forms_))  # due

    class Clean:
        def view(self, request):
            choices = [(each.pk, each.name) for each in Team.objects.order_by("name")]
            rendered = []
            for ticket in Ticket.objects.order_by("pk"):
                form = MoveForm(instance=ticket, prefix=f"t{ticket.pk}")
                form.fields["team"].choices = choices
                rendered.append(form.as_p())
            return HttpResponse("".join(rendered))


class CsvByIterator(Page):
    due = n_plus_one("Ticket.reporter", 'select_related("reporter")')

    class Export(View):
        def get(self, request):
            response = HttpResponse(content_type="text/csv")
            writer = csv.writer(response)
            writer.writerow(["id", "title", "reporter"])
            for ticket in Ticket.objects.order_by("pk").iterator(chunk_size=500):
                writer.writerow(
                    [ticket.pk, ticket.title, ticket.reporter.name],  # due
                )
            return response

    view = staticmethod(Export.as_view())

    class Clean:
        class Export(View):
            def get(self, request):
                response = HttpResponse(content_type="text/csv")
                writer = csv.writer(response)
                tickets = Ticket.objects.select_related("reporter").order_by("pk")
                for ticket in tickets.iterator(chunk_size=500):
                    writer.writerow([ticket.pk, ticket.title, ticket.reporter.name])
                return response

        view = staticmethod(Export.as_view())


class RenderedToStringPerRow(Page):
    """A card of its own for each row, rendered where no list is in sight."""

    due = n_plus_one("Ticket.team", 'select_related("team")')
    pages = {
        "card.html": """
<div class="card">
  <h3>{{ ticket.team.name }}</h3>{# due #}
  <p>{{ ticket.title }}</p>
</div>
"""
    }

    def tickets(self):
        return Ticket.objects.order_by("pk")

    def view(self, request):
        cards = [render_to_string("card.html", {"ticket": each}, request) for each in self.tickets()]
        return JsonResponse({"cards": cards, "n": len(cards)})

    class Clean:
        def tickets(self):
            return Ticket.objects.select_related("team").order_by("pk")


class CountsInTemplate(Tickets):
    due = loop("Ticket.comments", 'annotate(n_comments=Count("comments"))')
    template = "{{ row.title }} ({{ row.comments.count }})"

    def see(self, row):
        return f"{row.title} ({row.comments.count()})"

    class Clean:
        def rows(self):
            return Ticket.objects.prefetch_related("comments").order_by("pk")


class FeedOfAnything(Page):
    due = n_plus_one("Note.subject", 'prefetch_related("subject")')
    latent = False  # two notes a book

    class Feed(ListView):
        def get(self, request):
            notes = Note.objects.order_by("-pk")
            return JsonResponse({"feed": [self.entry(note) for note in notes]})

        def entry(self, note):
            subject = note.subject  # due
            return {"text": note.text, "subject": subject.title if subject else None}

    view = staticmethod(Feed.as_view())

    class Clean:
        class Feed(ListView):
            def get(self, request):
                notes = Note.objects.prefetch_related("subject").order_by("-pk")
                return JsonResponse({"feed": [[note.text, note.subject.title] for note in notes]})

        view = staticmethod(Feed.as_view())


class MembersOfEachTeamInMixin(Page):
    """The context comes from a mixin, and the queryset from the view."""

    due = loop(table="corpus_member")

    class WithWorkload:
        def get_context_data(self, **kwargs):
            context = super().get_context_data(**kwargs)
            context["workload"] = {
                each.pk: list(Member.objects.filter(assigned=each).values_list("name", flat=True))  # due
                for each in context["object_list"]
            }
            return context

    class Board(WithWorkload, ListView):
        model = Ticket
        ordering = "pk"
        template_name = "workload.html"

    pages = {
        "workload.html": "{% for key, names in workload.items %}{{ key }}: {{ names|join:', ' }}{% endfor %}"
    }
    view = staticmethod(Board.as_view())

    class Clean:
        class Board(ListView):
            queryset = Ticket.objects.select_related("assignee").order_by("pk")
            template_name = "workload.html"

            def get_context_data(self, **kwargs):
                context = super().get_context_data(**kwargs)
                context["workload"] = {each.pk: [each.assignee.name] for each in context["object_list"]}
                return context

        view = staticmethod(Board.as_view())
