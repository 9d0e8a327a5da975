"""Problems in rarer shapes: raw rows, unions, objects nobody loaded, and what Django's helpers ask."""

import json
import types

from django.core import serializers as dumps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Max, OuterRef, Prefetch, Subquery, Sum
from django.forms import inlineformset_factory, model_to_dict
from django.http import HttpResponse
from django.views.generic import ListView
from rest_framework import serializers

from tests.corpus.case import duplicate, loop, n_plus_one
from tests.corpus.cases.strangers_desk import Desk, Endpoint, Page, Tickets
from tests.corpus.cases.strangers_endpoints import listing
from tests.corpus.models import Book, Comment, Label, Member, Team, Ticket


class ParentOfPrefetchedChildren(Desk):
    """A child knows the row it was prefetched for, and that row does not know its team."""

    due = n_plus_one("Ticket.team", 'select_related("team")')
    template = "{% for each in row.comments.all %}{{ each.ticket.team.name }}{% endfor %}"

    def rows(self):
        return Ticket.objects.prefetch_related("comments").order_by("pk")

    def see(self, row):
        return [f"{each.ticket.team.name}: {each.text}" for each in row.comments.all()]

    class Clean:
        def rows(self):
            return Ticket.objects.select_related("team").prefetch_related("comments")


class PrefetchWithoutItsKey(Desk):
    """The prefetched rows lack the key by which they are sorted under their parents."""

    due = n_plus_one("Comment.ticket", "ticket")

    def run(self):
        short = Comment.objects.only("text")
        tickets = Ticket.objects.prefetch_related(Prefetch("comments", queryset=short)).order_by("pk")
        return [[each.text for each in ticket.comments.all()] for ticket in tickets]  # due

    class Clean:
        def run(self):
            short = Comment.objects.only("text", "ticket")
            tickets = Ticket.objects.prefetch_related(Prefetch("comments", queryset=short)).order_by("pk")
            return [[each.text for each in ticket.comments.all()] for ticket in tickets]


class GroupsThenGet(Desk):
    due = loop(table="corpus_team")

    def run(self):
        shown = {}
        for row in Ticket.objects.values("team").annotate(n=Count("pk")).order_by("team"):
            shown[Team.objects.get(pk=row["team"]).name] = row["n"]  # due
        return shown

    class Clean:
        def run(self):
            return dict(Ticket.objects.values_list("team__name").annotate(n=Count("pk")))


class SumOfEachTeam(Desk):
    due = loop(table="corpus_ticket")

    def run(self):
        teams = Team.objects.filter(slug__startswith="team-")
        return {team: self.load(team) for team in teams}

    def load(self, team):
        total = Ticket.objects.filter(team=team, is_closed=False).aggregate(total=Sum("position"))  # due
        return total["total"] or 0

    class Clean:
        def run(self):
            teams = Team.objects.filter(slug__startswith="team-").annotate(total=Sum("ticket__position"))
            return {team: team.total for team in teams}


class LastOfEachAndItsAuthor(Desk):
    """The first of each row's children, and then what it belongs to."""

    due = loop("Ticket.comments")
    exempt = ("QB101", "QB102", "QB105")

    def run(self):
        shown = []
        for ticket in Ticket.objects.order_by("pk"):
            last = ticket.comments.order_by("-pk").first()  # due
            shown.append(last.author.name)
        return shown

    class Clean:
        exempt = ()

        def run(self):
            last = Comment.objects.filter(ticket=OuterRef("pk")).order_by("-pk")
            named = Ticket.objects.annotate(last_by=Subquery(last.values("author__name")[:1]))
            return [each.last_by for each in named.order_by("pk")]


class MembersWithPrefetchPerTeam(Desk):
    """A prefetch that stands in a loop is asked in the loop."""

    due = loop(table="corpus_member")
    exempt = ("QB102",)

    def run(self):
        shown = {}
        for team in Team.objects.filter(slug__startswith="of-assignee"):
            members = Member.objects.filter(team_id=team.slug).prefetch_related("assigned")
            shown[team.slug] = [[each.title for each in member.assigned.all()] for member in members]  # due
        return shown

    class Clean:
        exempt = ()

        def run(self):
            teams = Team.objects.filter(slug__startswith="of-assignee").prefetch_related("members__assigned")
            return {
                team.slug: [[each.title for each in member.assigned.all()] for member in team.members.all()]
                for team in teams
            }


class RelationOfRawRows(Desk):
    due = n_plus_one("Ticket.team")

    def rows(self):
        return Ticket.objects.raw("SELECT * FROM corpus_ticket ORDER BY id")

    def see(self, row):
        return row.team.name

    ways = ("view", "block")

    class Clean:
        def rows(self):
            return Ticket.objects.raw("SELECT * FROM corpus_ticket ORDER BY id").prefetch_related("team")


class ColumnRawRowsLack(Desk):
    due = n_plus_one("Ticket.body")
    ways = ("view", "block")

    def rows(self):
        return Ticket.objects.raw("SELECT id, title FROM corpus_ticket ORDER BY id")

    def see(self, row):
        return f"{row.title}: {row.body}"

    class Clean:
        def rows(self):
            return Ticket.objects.raw("SELECT id, title, body FROM corpus_ticket ORDER BY id")


class RelationOfUnion(Desk):
    due = n_plus_one("Ticket.team")
    template = "{{ row.team.name }}"

    def rows(self):
        return Ticket.objects.filter(position=0).union(Ticket.objects.filter(is_closed=True))

    def see(self, row):
        return row.team.name

    class Clean:
        def rows(self):
            tickets = Ticket.objects.select_related("team")
            return tickets.filter(position=0).union(tickets.filter(is_closed=True))


class RelationOfMadeObjects(Desk):
    """The objects were made from keys: as there was no load, the queries are what repeats."""

    due = loop("Comment.author")

    def run(self):
        keys = Ticket.objects.values_list("pk", "reporter_id")
        made = [Comment(ticket_id=ticket, author_id=author, text="hi") for ticket, author in keys]
        Comment.objects.bulk_create(made)
        return [f"{each.author.name} said {each.text}" for each in made]  # due

    class Clean:
        def run(self):
            tickets = Ticket.objects.select_related("reporter")
            made = [Comment(ticket=each, author=each.reporter, text="hi") for each in tickets]
            Comment.objects.bulk_create(made)
            return [f"{each.author.name} said {each.text}" for each in made]


class DictOfModelPerRow(Tickets):
    """Among the fields of a model are its many-to-many ones."""

    due = n_plus_one("Ticket.labels", 'prefetch_related("labels")')

    def see(self, row):
        return sorted(map(str, model_to_dict(row).items()))

    class Clean:
        def rows(self):
            return Ticket.objects.prefetch_related("labels").order_by("pk")


class DumpedWithManyToMany(Desk):
    """Asks for the keys alone, unless they were prefetched."""

    due = n_plus_one("Book.genres", 'prefetch_related("genres")')
    exempt = ("QB101", "QB105")  # awards as well

    def run(self):
        return dumps.serialize("json", Book.objects.order_by("pk"))  # due

    class Clean:
        exempt = ()

        def run(self):
            return dumps.serialize("json", Book.objects.prefetch_related("genres", "awards").order_by("pk"))


class TicketEncoder(DjangoJSONEncoder):
    def default(self, o):
        if isinstance(o, Ticket):
            return {"title": o.title, "assignee": o.assignee.name}  # due
        return list(o) if isinstance(o, types.GeneratorType) else super().default(o)


class EncodedToJson(Desk):
    due = n_plus_one("Ticket.assignee", 'select_related("assignee")')
    where = TicketEncoder

    def run(self):
        return json.dumps({"tickets": (each for each in Ticket.objects.order_by("pk"))}, cls=TicketEncoder)

    class Clean:
        def run(self):
            tickets = Ticket.objects.select_related("assignee").order_by("pk")
            return json.dumps({"tickets": (each for each in tickets)}, cls=TicketEncoder)


class IfchangedInTemplate(Tickets):
    due = n_plus_one("Ticket.team", 'select_related("team")')
    template = "{% ifchanged row.team.name %}<h2>{{ row.team.name }}</h2>{% endifchanged %}{{ row.title }}"

    def see(self, row):
        return f"{row.team.name} {row.title}"

    class Clean:
        def rows(self):
            return Ticket.objects.select_related("team").order_by("pk")


class JoinedInTemplate(Tickets):
    due = n_plus_one("Ticket.labels", 'prefetch_related("labels")')
    template = "{{ row.labels.all|join:', ' }}"

    def see(self, row):
        return ", ".join(map(str, row.labels.all()))

    class Clean:
        def rows(self):
            return Ticket.objects.prefetch_related("labels").order_by("pk")


class ExistsInTemplate(Tickets):
    due = loop("Ticket.comments", "Exists(")
    template = "{% if row.comments.exists %}talked about{% else %}quiet{% endif %}"

    def see(self, row):
        return "talked about" if row.comments.exists() else "quiet"

    class Clean:
        def rows(self):
            return Ticket.objects.annotate(last=Max("comments__pk")).order_by("pk")

        template = "{% if row.last %}talked about{% else %}quiet{% endif %}"

        def see(self, row):
            return "talked about" if row.last else "quiet"


class SortedInTemplate(Page):
    due = n_plus_one("Ticket.team", 'select_related("team")')
    pages = {
        "dictsort.html": """
<ul>
{% for ticket in object_list|dictsort:"team.name" %}{# due #}
<li>{{ ticket.title }}</li>
{% endfor %}
</ul>
"""
    }

    class TicketList(ListView):
        queryset = Ticket.objects.open()
        template_name = "dictsort.html"

    view = staticmethod(TicketList.as_view())

    class Clean:
        class TicketList(ListView):
            queryset = Ticket.objects.open().select_related("team")
            template_name = "dictsort.html"

        view = staticmethod(TicketList.as_view())


class ChoicesOfEachInlineForm(Page):
    """A formset of one ticket's comments asks for all members once a form."""

    due = duplicate("corpus_member")
    latent = False

    def prepare(self):
        super().prepare()
        Comment.objects.update(ticket=Ticket.objects.get(title="ticket 0"))

    def view(self, request):
        of_ticket = inlineformset_factory(
            Ticket, Comment, fk_name="ticket", fields=["author", "text"], extra=0
        )
        formset = of_ticket(instance=Ticket.objects.get(title="ticket 0"))
        return HttpResponse(formset.as_p())  # due

    class Clean:
        def view(self, request):
            of_ticket = inlineformset_factory(
                Ticket, Comment, fk_name="ticket", fields=["author", "text"], extra=0
            )
            formset = of_ticket(instance=Ticket.objects.get(title="ticket 0"))
            people = list(Member.objects.values_list("pk", "name"))
            for form in formset:
                form.fields["author"].choices = people
            return HttpResponse(formset.as_p())


class LabelSerializer(serializers.ModelSerializer):
    class Meta:
        model = Label
        fields = ["name"]


class TaggedSerializer(serializers.ModelSerializer):
    tags = LabelSerializer(many=True, source="labels.all")

    class Meta:
        model = Ticket
        fields = ["title", "tags"]


class PublicSerializer(serializers.ModelSerializer):
    said = serializers.SlugRelatedField("text", many=True, read_only=True, source="public_comments")

    class Meta:
        model = Ticket
        fields = ["title", "said"]


class SourceWithAll(Endpoint):
    due = n_plus_one("Ticket.labels", 'prefetch_related("labels")')
    field = "TaggedSerializer.tags"
    view = listing(Ticket.objects.order_by("pk"), TaggedSerializer)

    class Clean:
        view = listing(Ticket.objects.prefetch_related("labels").order_by("pk"), TaggedSerializer)


class SourceIsMethod(Endpoint):
    """A method of the model filters what was prefetched."""

    due = loop("Ticket.comments")
    field = "PublicSerializer.said"
    view = listing(Ticket.objects.prefetch_related("comments").order_by("pk"), PublicSerializer)

    class Clean:
        class Shown(serializers.ModelSerializer):
            said = serializers.SlugRelatedField("text", many=True, read_only=True, source="shown_comments")

            class Meta:
                model = Ticket
                fields = ["title", "said"]

        public = Prefetch(
            "comments", queryset=Comment.objects.filter(is_public=True), to_attr="shown_comments"
        )
        view = listing(Ticket.objects.prefetch_related(public).order_by("pk"), Shown)
