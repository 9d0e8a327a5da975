"""Clean code as strangers write it, much of which looks like a problem."""

from django.core.paginator import Paginator
from django.db.models import Count, F, Prefetch, prefetch_related_objects
from django.forms import modelform_factory
from django.http import JsonResponse
from django.views.generic import DetailView, ListView
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.pagination import PageNumberPagination

from tests.corpus.cases import strangers_helpers as helpers
from tests.corpus.cases.strangers_desk import Desk, Endpoint, Page, Tickets
from tests.corpus.models import Book, Comment, Label, Member, Team, Ticket, TicketLabel


class CachingDictionary(Desk):
    """Many rows, two teams, and each is asked for once."""

    grows = False

    def prepare(self):
        super().prepare()
        for each in Ticket.objects.all():
            Ticket.objects.filter(pk=each.pk).update(team=Team.objects.get(slug=f"team-{each.pk % 2}"))

    def run(self):
        teams, shown = {}, []
        for ticket in Ticket.objects.order_by("pk"):
            if ticket.team_id not in teams:
                teams[ticket.team_id] = Team.objects.get(pk=ticket.team_id)
            shown.append(f"{teams[ticket.team_id].name}: {ticket.title}")
        return shown


class MemoisedHelper(Tickets):
    grows = False

    def prepare(self):
        super().prepare()
        helpers.team_name.cache_clear()
        Ticket.objects.update(team=Team.objects.get(slug="team-0"))

    def see(self, row):
        return helpers.team_name(row.team_id)


class LookupsInOneGo(Desk):
    grows = False

    def run(self):
        tickets = list(Ticket.objects.order_by("pk"))
        people = helpers.members_by_key(each.assignee_id for each in tickets)
        newest = helpers.newest_comments(tickets)
        return [(people[each.assignee_id].name, newest[each.pk].text) for each in tickets]


class ThreePrefetchesOfOneModel(Tickets):
    """Members are asked for three times, once for each relation."""

    grows = False

    def rows(self):
        return Ticket.objects.prefetch_related("reporter", "assignee", "comments__author").order_by("pk")

    def see(self, row):
        people = [row.reporter, row.assignee, *(each.author for each in row.comments.all())]
        return ", ".join(each.name for each in people)


class PrefetchWithJoin(Tickets):
    grows = False
    template = "{% for each in row.comments.all %}{{ each.author.team.name }}{% endfor %}"

    def rows(self):
        thread = Comment.objects.select_related("author__team").order_by("-pk")
        return Ticket.objects.for_list().prefetch_related(Prefetch("comments", queryset=thread))

    def see(self, row):
        return [each.author.team.name for each in row.comments.all()]


class SliceOfPrefetched(Tickets):
    """A slice of what is there asks nothing."""

    grows = False

    def rows(self):
        return Ticket.objects.prefetch_related("comments", "labels").order_by("pk")

    def see(self, row):
        newest = row.comments.all()[:1]
        return newest[0].text if newest else "", row.labels.all()[0].name, bool(row.labels.all())


class ListPrefetchedLater(Desk):
    grows = False

    def run(self):
        books = sorted(Book.objects.all(), key=lambda book: book.title)
        prefetch_related_objects(books, "chapters", "author__publisher")
        return [(str(book.author), len(book.chapters.all())) for book in books]


class ChunksWithJoin(Desk):
    def run(self):
        keys, names = list(Ticket.objects.values_list("pk", flat=True)), []
        for start in range(0, len(keys), 2):
            found = Ticket.objects.select_related("team", "reporter").in_bulk(keys[start : start + 2])
            names += [f"{each.team.slug} {each.reporter.name}" for each in found.values()]
        return names


class PagesWithPrefetch(Desk):
    def run(self):
        paginator, texts = (
            Paginator(Ticket.objects.prefetch_related("comments__author").order_by("pk"), 2),
            [],
        )
        for page in map(paginator.page, paginator.page_range):
            texts += [comment.author.name for each in page for comment in each.comments.all()]
        return texts


class ChunkedExportOfKeys(Desk):
    """Rows are walked by key, and each page brings its children."""

    def run(self):
        last, shown = 0, []
        while True:
            batch = list(Ticket.objects.filter(pk__gt=last).prefetch_related("labels").order_by("pk")[:4])
            if not batch:
                return shown
            shown += [[label.name for label in each.labels.all()] for each in batch]
            last = batch[-1].pk


class TabsOfOneList(Desk):
    """Three tabs of one list, each counted and one shown."""

    grows = False

    def run(self):
        everything = Ticket.objects.order_by("pk")
        n_open = everything.filter(is_closed=False).count()
        n_closed = everything.filter(is_closed=True).count()
        n_all = everything.count()
        return n_open, n_closed, n_all, list(everything.filter(is_closed=False).select_related("team"))


class FiguresOfDashboard(Desk):
    """The same count of four positions, each in a line of its own."""

    grows = False

    def run(self):
        return {
            "backlog": Ticket.objects.filter(position=0).count(),
            "todo": Ticket.objects.filter(position=1).count(),
            "doing": Ticket.objects.filter(position=2).count(),
            "done": Ticket.objects.filter(position=3).count(),
        }


class ComparedTwoOfOneLoad(Desk):
    grows = False

    def run(self):
        old, new, *_ = Ticket.objects.order_by("pk")
        before = {"team": old.team.name, "assignee": old.assignee.name}
        after = {"team": new.team.name, "assignee": new.assignee.name}
        return before, after


class FirstOfListOnly(Desk):
    """Only the first of many is looked at closely."""

    grows = False

    def run(self):
        tickets = list(Ticket.objects.order_by("pk"))
        head = tickets[0]
        return head.team.name, [each.text for each in head.comments.all()], len(tickets)


class NobodyAssigned(Tickets):
    grows = False
    template = "{{ row.assignee.name|default:'-' }}"

    def prepare(self):
        super().prepare()
        Ticket.objects.update(assignee=None)

    def see(self, row):
        return row.assignee.name if row.assignee else "-"


class ParentsOfOneTeam(Desk):
    grows = False

    def run(self):
        team = Team.objects.get(slug="team-0")
        return team.full_path, team.full_path, [str(each) for each in team.get_ancestors()]


class TreeInMemory(Desk):
    grows = False

    def run(self):
        children = {}
        for team in Team.objects.order_by("parent_id", "pk"):
            children.setdefault(team.parent_id, []).append(team)

        def names(key):
            for team in children.get(key, ()):
                yield team.name
                yield from names(team.pk)

        return list(names(None))


class BatchesWritten(Desk):
    def run(self):
        tickets = list(Ticket.objects.select_related("reporter"))
        Comment.objects.bulk_create(
            (Comment(ticket=each, author=each.reporter, text="bye") for each in tickets), batch_size=2
        )
        for each in tickets:
            each.position += 1
        Ticket.objects.bulk_update(tickets, ["position"], batch_size=3)


class ThroughWrittenAtOnce(Desk):
    grows = False

    def run(self):
        label, _ = Label.objects.get_or_create(name="triaged")
        tickets = Ticket.objects.open()
        TicketLabel.objects.bulk_create([TicketLabel(ticket=each, label=label) for each in tickets])
        return label.tickets.count()


class OneTicketWithEverythingDeleted(Desk):
    grows = False

    def run(self):
        ticket = Ticket.objects.get(title="ticket 0")
        comment = ticket.comments.order_by("pk").first()
        comment.replies.create(ticket=ticket, author=comment.author, text="reply")
        return ticket.delete()


class OneFormSaved(Desk):
    """A form validates three keys, and the model once more."""

    grows = False

    def run(self):
        ticket = Ticket.objects.get(title="ticket 0")
        data = {
            "title": " moved ",
            "team": Team.objects.get(slug="team-1").pk,
            "reporter": ticket.reporter_id,
            "assignee": ticket.assignee_id,
            "position": 3,
        }
        form = modelform_factory(Ticket, fields=list(data))(data, instance=ticket)
        assert form.is_valid(), form.errors
        return form.save().position


class CounterThenReread(Desk):
    grows = False

    def run(self):
        ticket = Ticket.objects.select_for_update().get(title="ticket 0")
        ticket.position = F("position") + 1
        ticket.save(update_fields=["position"])
        ticket.refresh_from_db(fields=["position"])
        return ticket.position, Ticket.objects.get(pk=ticket.pk).position


class DetailOfOne(Page):
    grows = False
    pages = {
        "detail_of_one.html": """
<h1>{{ ticket }} {{ ticket.owner_label }}</h1>
{% for label in ticket.labels.all %}{{ label }}{% endfor %}
{% for comment in comments %}{{ comment.author.team.name }}{{ comment.text }}{% endfor %}
{{ comments|length }} {{ ticket.reporter.team.full_path }} {{ ticket.last_comment.author.name }}
"""
    }

    class TicketDetail(DetailView):
        model = Ticket
        template_name = "detail_of_one.html"

        def get_object(self, queryset=None):
            return Ticket.objects.get(title="ticket 0")

        def get_context_data(self, **kwargs):
            comments = self.object.public_comments().select_related("author__team")
            return super().get_context_data(comments=comments, **kwargs)

    view = staticmethod(TicketDetail.as_view())


class PagedListOfAnnotated(Page):
    grows = False
    pages = {
        "paged.html": """
{% for ticket in page_obj %}
  {{ ticket }} {{ ticket.n_comments }} {% for each in ticket.labels.all %}{{ each.name }}{% endfor %}
{% endfor %}
{{ paginator.count }} {{ page_obj.has_next }}
"""
    }

    class TicketList(ListView):
        queryset = Ticket.objects.for_list().annotate(n_comments=Count("comments")).prefetch_related("labels")
        template_name = "paged.html"
        paginate_by = 4

    view = staticmethod(TicketList.as_view())


class SearchOverModels(Page):
    grows = False

    def view(self, request):
        term = request.GET.get("q", "0")
        found = {
            "tickets": [str(each) for each in Ticket.objects.for_list().filter(title__contains=term)[:5]],
            "labels": [str(each) for each in Label.objects.filter(name__contains=term)[:5]],
            "people": [str(each) for each in Member.objects.filter(name__contains=term)[:5]],
        }
        return JsonResponse(found)


class TwoPerPage(PageNumberPagination):
    page_size = 4


class NestedAllTheWay(Endpoint):
    grows = False

    class Shown(serializers.ModelSerializer):
        team = serializers.SlugRelatedField("slug", read_only=True)
        labels = serializers.StringRelatedField(many=True)
        assignee = serializers.SerializerMethodField()

        class Meta:
            model = Ticket
            fields = ["title", "team", "labels", "assignee", "reporter", "owner_label"]

        def get_assignee(self, ticket):
            return {"name": ticket.assignee.name, "team": ticket.assignee.team.name}

    class view(ListAPIView):  # noqa: N801 - what the case shows
        pagination_class = TwoPerPage

        def get_serializer_class(self):
            return NestedAllTheWay.Shown

        def get_queryset(self):
            return Ticket.objects.for_list().select_related("assignee__team").prefetch_related("labels")


class RetrieveWithChildren(Endpoint):
    grows = False

    class Shown(serializers.ModelSerializer):
        comments = serializers.SlugRelatedField("text", many=True, read_only=True)
        labels = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
        team = serializers.CharField(source="team.full_path")
        n_comments = serializers.IntegerField(source="comments.count")

        class Meta:
            model = Ticket
            fields = ["title", "team", "comments", "labels", "n_comments", "last"]

        last = serializers.SerializerMethodField()

        def get_last(self, ticket):
            return ticket.last_comment.text if ticket.comments.exists() else None

    class view(RetrieveAPIView):  # noqa: N801 - what the case shows
        queryset = Ticket.objects.all()

        def get_serializer_class(self):
            return RetrieveWithChildren.Shown

        def get_object(self):
            ticket = self.get_queryset().get(title="ticket 0")
            self.check_object_permissions(self.request, ticket)
            return ticket
