"""Problems that ask for equal things: parents that rows share, and what is asked again of one object."""

from django.db.models import Prefetch
from django.http import HttpResponse
from django.template.loader import render_to_string

from tests.corpus.case import duplicate, n_plus_one
from tests.corpus.cases.strangers_desk import Desk, Page, Tickets
from tests.corpus.models import Comment, Note, Team, Ticket


class ParentThatAllRowsShare(Tickets):
    """Each row loads the same parent again: the parameters are equal, and a join mends it all the same."""

    due = n_plus_one("Ticket.team", 'select_related("team")')
    template = "{{ row.team.name }}: {{ row.title }}"

    def prepare(self):
        super().prepare()
        Ticket.objects.update(team=Team.objects.get(slug="team-0"))

    def see(self, row):
        return f"{row.team.name}: {row.title}"

    class Clean:
        def rows(self):
            return Ticket.objects.select_related("team").order_by("pk")


class ContentTypeOfEachNote(Desk):
    """The foreign key to the content type knows nothing of the cache of content types."""

    due = n_plus_one("Note.content_type", 'select_related("content_type")')
    latent = False  # two notes a book
    template = "{{ row.content_type.model }} {{ row.object_id }}"

    def rows(self):
        return Note.objects.order_by("pk")

    def see(self, row):
        return f"{row.content_type.model} {row.object_id}"

    class Clean:
        def rows(self):
            return Note.objects.select_related("content_type").order_by("pk")


class CommentsOfOneListedTwice(Desk):
    """Each `.all()` of one object is a queryset of its own."""

    due = duplicate("corpus_comment")
    grows = False

    def run(self):
        ticket = Ticket.objects.get(title="ticket 0")
        texts = [each.text for each in ticket.comments.all()]  # due
        return texts, len([each for each in ticket.comments.all() if each.is_public])

    class Clean:
        def run(self):
            ticket = Ticket.objects.prefetch_related("comments").get(title="ticket 0")
            texts = [each.text for each in ticket.comments.all()]
            return texts, len([each for each in ticket.comments.all() if each.is_public])


class CountedTwiceInTemplate(Page):
    due = duplicate("corpus_comment")
    grows = False
    latent = False
    pages = {
        "counted.html": """
<h1>{{ ticket.title }}</h1>
{% if ticket.comments.count > 0 %}{# due #}
  {{ ticket.comments.count }} comments
{% endif %}
""",
        "counted_once.html": """
<h1>{{ ticket.title }}</h1>
{% with n=ticket.comments.count %}{% if n > 0 %}{{ n }} comments{% endif %}{% endwith %}
""",
    }
    page_name = "counted.html"

    def view(self, request):
        ticket = Ticket.objects.select_related("team").get(title="ticket 0")
        return HttpResponse(render_to_string(self.page_name, {"ticket": ticket}))

    class Clean:
        page_name = "counted_once.html"


class QuerysetSlicedTwice(Desk):
    """A slice of a queryset that was not evaluated asks each time."""

    due = duplicate("corpus_comment")
    grows = False

    def run(self):
        newest = Comment.objects.filter(is_public=True).order_by("-pk")
        shown = [each.text for each in newest[:3]]  # due
        return shown, max(each.pk for each in newest[:3])

    class Clean:
        def run(self):
            newest = list(Comment.objects.filter(is_public=True).order_by("-pk")[:3])
            return [each.text for each in newest], max(each.pk for each in newest)


class SameTeamByKeyOfEachRow(Desk):
    """A helper gets the team by its key, and all rows have the same one."""

    due = duplicate("corpus_team")

    def prepare(self):
        super().prepare()
        Ticket.objects.update(team=Team.objects.get(slug="team-0"))

    def rows(self):
        return Ticket.objects.order_by("pk")

    def see(self, row):
        return Team.objects.only("name").get(pk=row.team_id).name

    class Clean:
        def rows(self):
            self.names = {}
            return Ticket.objects.order_by("pk")

        def see(self, row):
            if row.team_id not in self.names:
                self.names[row.team_id] = Team.objects.only("name").get(pk=row.team_id).name
            return self.names[row.team_id]


class AuthorOfFirstOfEach(Desk):
    """A prefetch of the rows' children would not help, since the code asks for the first of an order."""

    due = n_plus_one("Comment.author", 'select_related("author")')
    exempt = ("QB102",)

    def run(self):
        shown = []
        for ticket in Ticket.objects.order_by("pk"):
            last = ticket.comments.order_by("-pk").first()
            shown.append((ticket.title, last.author.name))  # due
        return shown

    class Clean:
        exempt = ()

        def run(self):
            newest = Comment.objects.select_related("author").order_by("-pk")
            tickets = Ticket.objects.prefetch_related(Prefetch("comments", queryset=newest, to_attr="newest"))
            return [(each.title, each.newest[0].author.name) for each in tickets.order_by("pk")]
