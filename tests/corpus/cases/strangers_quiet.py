"""More clean code: single objects, bounded repeats, forms, and what was loaded in other ways."""

from django import forms
from django.db.models import Prefetch, prefetch_related_objects
from django.forms import model_to_dict
from django.http import JsonResponse

from tests.corpus.cases.strangers_desk import Desk, Page, Tickets
from tests.corpus.models import Book, Comment, Label, Member, Note, Team, Ticket


class LabelsForm(forms.Form):
    labels = forms.ModelMultipleChoiceField(Label.objects.order_by("name"))
    people = forms.ModelMultipleChoiceField(Member.objects.order_by("name"), required=False)


class ManyChoicesValidatedAtOnce(Page):
    grows = False

    def view(self, request):
        keys = list(Label.objects.values_list("pk", flat=True))
        form = LabelsForm({"labels": keys})
        assert form.is_valid(), form.errors
        return JsonResponse({"labels": [each.name for each in form.cleaned_data["labels"]]})


class RowsOfTwoColumns(Desk):
    """One helper shows two lists, each with its prefetch."""

    grows = False

    def run(self):
        return self.column(is_closed=False), self.column(is_closed=True)

    def column(self, **only):
        tickets = Ticket.objects.filter(**only).select_related("team").prefetch_related("labels")
        return [(each.team.name, [label.name for label in each.labels.all()]) for each in tickets]


class TwoNamesMade(Desk):
    grows = False

    def run(self):
        return [Label.objects.get_or_create(name=name)[0].pk for name in ("bug", "feature")]


class DeferredOfOne(Desk):
    grows = False

    def run(self):
        ticket = Ticket.objects.only("title").get(title="ticket 0")
        first = Ticket.objects.defer("body").get(title="ticket 1")
        return ticket.body, first.body


class KnownParentOfPrefetched(Tickets):
    grows = False
    template = "{% for each in row.comments.all %}{{ each.ticket.team.name }}{% endfor %}"

    def rows(self):
        return Ticket.objects.for_list().prefetch_related("comments")

    def see(self, row):
        return [each.ticket.team.name for each in row.comments.all()]


class CoverKnowsItsBook(Desk):
    grows = False

    def rows(self):
        return Book.objects.select_related("cover").order_by("pk")

    def see(self, row):
        return row.cover.book.title


class MissingCovers(Desk):
    grows = False

    def prepare(self):
        from tests.corpus.models import Cover

        Cover.objects.all().delete()

    def rows(self):
        return Book.objects.select_related("cover").order_by("pk")

    def see(self, row):
        return hasattr(row, "cover")


class ShortPrefetchWithItsKey(Tickets):
    grows = False

    def rows(self):
        short = Comment.objects.only("text", "ticket_id")
        return Ticket.objects.prefetch_related(Prefetch("comments", queryset=short)).order_by("pk")

    def see(self, row):
        return [each.text for each in row.comments.all()], model_to_dict(row, fields=["title", "team"])


class FeedPrefetched(Desk):
    grows = False

    def prepare(self):
        super().prepare()
        for each in Ticket.objects.all():
            Note.objects.create(subject=each, text="on a ticket")

    def rows(self):
        return Note.objects.prefetch_related("subject").order_by("pk")

    def see(self, row):
        return row.subject.title


class ChildrenSetAtOnce(Desk):
    grows = False

    def run(self):
        ticket = Ticket.objects.get(title="ticket 0")
        ticket.comments.add(*Comment.objects.exclude(ticket=ticket))
        ticket.labels.add(*Label.objects.all(), through_defaults={"weight": 2})
        ticket.labels.clear()
        return ticket.comments.count()


class RecursiveQuery(Desk):
    grows = False

    def run(self):
        return [
            each.name
            for each in Team.objects.raw(
                "WITH RECURSIVE below(id, name, depth) AS ("
                " SELECT id, name, 0 FROM corpus_team WHERE parent_id IS NULL UNION ALL"
                " SELECT t.id, t.name, depth + 1 FROM corpus_team t JOIN below ON t.parent_id = below.id"
                ") SELECT id, name FROM below"
            )
        ]


class OnlyTheLastIsSaved(Desk):
    """A loop that finds one, which is saved."""

    grows = False

    def run(self):
        last = None
        for ticket in Ticket.objects.for_list():
            if ticket.team.slug == "team-1":
                last = ticket
        last.position = 9
        last.save()
        last.close()
        return str(last)


class GroupedByKey(Desk):
    grows = False

    def run(self):
        by_team, teams = {}, Team.objects.in_bulk(Ticket.objects.values_list("team_id", flat=True))
        for ticket in Ticket.objects.order_by("pk"):
            by_team.setdefault(teams[ticket.team_id], []).append(ticket.title)
        return by_team


class AssignedFromDictionary(Desk):
    """The relation is filled by hand before it is read."""

    grows = False

    def rows(self):
        tickets = list(Ticket.objects.order_by("pk"))
        people = Member.objects.in_bulk([each.assignee_id for each in tickets])
        for each in tickets:
            each.assignee = people[each.assignee_id]
        return tickets

    def see(self, row):
        return row.owner_label


class RequestsInALoop(Desk):
    """Each request asks once; that there are many is the caller's doing."""

    grows = False
    ways = ("block",)

    def run(self):
        from django.test import Client

        from tests.corpus import ways

        keys = iter(list(Ticket.objects.values_list("pk", flat=True)))

        def shown(request):
            ticket = Ticket.objects.get(pk=next(keys))
            return JsonResponse({"title": ticket.title, "team": ticket.team.name})

        ways._now.update(case=self, view=shown)
        client = Client()
        for _ in range(3):
            assert client.get("/case/").status_code == 200


class NestedPrefetchInIterator(Desk):
    def run(self):
        tickets = Ticket.objects.prefetch_related("comments__author__team").order_by("pk")
        return [
            comment.author.team.name
            for ticket in tickets.iterator(chunk_size=2)
            for comment in ticket.comments.all()
        ]


class BatchesPrefetchedLater(Desk):
    def run(self):
        tickets, shown = list(Ticket.objects.order_by("pk")), []
        for start in range(0, len(tickets), 3):
            batch = tickets[start : start + 3]
            prefetch_related_objects(batch, "team", "comments")
            shown += [(each.team.name, len(each.comments.all())) for each in batch]
        return shown


class LoopThatBreaks(Desk):
    """Of many rows the first that fits is looked at."""

    grows = False

    def run(self):
        for ticket in Ticket.objects.order_by("pk"):
            if ticket.title.endswith("1"):
                return ticket.team.name, [each.text for each in ticket.comments.all()]
        return None


class TwoStatesUpdated(Desk):
    grows = False

    def run(self):
        for position, is_closed in ((1, True), (2, False)):
            Ticket.objects.filter(is_closed=is_closed).update(position=position)


class OneTicketFiled(Desk):
    """What one form of a help desk makes."""

    grows = False

    def run(self):
        reporter = Member.objects.select_related("team").get(name="reporter-0")
        team = Team.objects.create(slug="fresh", name="fresh", parent=Team.objects.get(slug="team-0"))
        ticket = Ticket.objects.create(title="new", team=team, reporter=reporter)
        ticket.comments.create(author=reporter, text="It is broken.")
        ticket.labels.add(*Label.objects.order_by("pk")[:2])
        assignee = Member.objects.filter(team__slug="of-assignee-0").first()
        if assignee is not None:
            ticket.assignee = assignee
            ticket.save(update_fields=["assignee"])
            ticket.comments.create(author=assignee, text="I have it.")
        return str(ticket)
