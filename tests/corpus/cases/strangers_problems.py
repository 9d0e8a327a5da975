"""Problems as strangers write them: iteration in all its forms, and what is hidden in models and helpers."""

import functools
import itertools
import operator
from collections import defaultdict, deque

from django.db.models import Exists, OuterRef, Prefetch

from tests.corpus.case import loop, n_plus_one
from tests.corpus.cases import strangers_helpers as helpers
from tests.corpus.cases.strangers_desk import Desk, Tickets, line_marked
from tests.corpus.models import Book, Comment, Label, Ticket, TicketLabel


class OwnerByPropertyChain(Tickets):
    due = n_plus_one("Ticket.assignee", 'select_related("assignee")')
    where = "return self.assignee or self.reporter"

    def see(self, row):
        return row.owner_label

    class Clean:
        def rows(self):
            return Ticket.objects.select_related("assignee", "reporter")


class LastCommentByCachedProperty(Tickets):
    due = loop("Ticket.comments")
    where = 'return self.comments.order_by("-pk").first()'

    def see(self, row):
        return row.last_comment.text if row.last_comment else ""

    class Clean:
        def rows(self):
            tickets = list(Ticket.objects.order_by("pk"))
            newest = helpers.newest_comments(tickets)
            for ticket in tickets:
                ticket.last_comment = newest.get(ticket.pk)
            return tickets


class FilteredInModelAfterPrefetch(Desk):
    due = loop("Ticket.comments", 'Prefetch("comments"')
    template = "{% for each in row.public_comments %}{{ each.text }}{% endfor %}"

    def rows(self):
        return Ticket.objects.for_list().prefetch_related("comments")

    def see(self, row):
        return [each.text for each in row.public_comments()]

    class Clean:
        template = (
            "{% for each in row.comments.all %}{% if each.is_public %}{{ each.text }}{% endif %}{% endfor %}"
        )

        def see(self, row):
            return [each.text for each in row.comments.all() if each.is_public]


class ValuesListOfPrefetched(Desk):
    due = loop("Ticket.labels")

    def rows(self):
        return Ticket.objects.for_list().prefetch_related("labels")

    def see(self, row):
        return ", ".join(row.labels.values_list("name", flat=True))

    class Clean:
        def see(self, row):
            return ", ".join(each.name for each in row.labels.all())


class DistinctOfPrefetched(Desk):
    due = loop("Ticket.labels", 'Prefetch("labels"')

    def rows(self):
        return Ticket.objects.open().prefetch_related("labels")

    def see(self, row):
        return [label.pk for label in row.labels.all().order_by("name").distinct()]

    class Clean:
        def rows(self):
            ordered = Prefetch("labels", queryset=Label.objects.order_by("name").distinct())
            return Ticket.objects.open().prefetch_related(ordered)

        def see(self, row):
            return [label.pk for label in row.labels.all()]


class RecipientsFarAway(Tickets):
    due = n_plus_one("Ticket.comments", 'prefetch_related("comments")')
    where = helpers._addresses

    def see(self, row):
        return helpers.recipients_for(row)

    class Clean:
        def rows(self):
            return Ticket.objects.prefetch_related("comments")


class RawTextsFarAway(Tickets):
    due = loop(table="corpus_comment")
    where = helpers.comment_texts

    def see(self, row):
        return [each["text"] for each in helpers.comment_texts(row.pk)]

    class Clean:
        def rows(self):
            return Ticket.objects.prefetch_related("comments")

        def see(self, row):
            return [each.text for each in row.comments.all()]


class TitlesByStrOverMap(Desk):
    due = n_plus_one("Ticket.team", 'select_related("team")')
    where = 'return f"[{self.team.slug}] {self.title}"'

    def run(self):
        return "\n".join(map(str, Ticket.objects.order_by("title")))

    class Clean:
        def run(self):
            return "\n".join(map(str, Ticket.objects.select_related("team").order_by("title")))


class OnlyLacksColumnOfStr(Desk):
    due = n_plus_one("Team.slug", "team__slug")
    where = 'return f"[{self.team.slug}] {self.title}"'

    def rows(self):
        return Ticket.objects.select_related("team").only("title", "team__name")

    def see(self, row):
        return str(row)

    class Clean:
        def rows(self):
            return Ticket.objects.select_related("team").only("title", "team__slug")


class SelectRelatedWithoutNames(Desk):
    """Without names it follows only what is never null."""

    due = n_plus_one("Ticket.assignee", "assignee")
    template = "{% if row.assignee %}{{ row.assignee.name }}{% endif %}"

    def rows(self):
        return Ticket.objects.select_related().order_by("pk")

    def see(self, row):
        return row.assignee.name if row.assignee else "nobody"

    class Clean:
        def rows(self):
            return Ticket.objects.select_related("team", "assignee").order_by("pk")


class PrefetchToAttributeNobodyReads(Desk):
    due = n_plus_one("Ticket.comments")
    template = "{% for each in row.comments.all %}{{ each.text }}{% endfor %}"

    def rows(self):
        public = Comment.objects.filter(is_public=True)
        return Ticket.objects.prefetch_related(
            Prefetch("comments", queryset=public, to_attr="shown_comments")
        )

    def see(self, row):
        return [each.text for each in row.comments.all()]

    class Clean:
        template = "{% for each in row.shown_comments %}{{ each.text }}{% endfor %}"

        def see(self, row):
            return [each.text for each in row.shown_comments]


class ExistsThenUse(Tickets):
    due = n_plus_one("Ticket.comments", 'prefetch_related("comments")')
    exempt = ("QB102",)

    def see(self, row):
        if not row.comments.exists():
            return ""
        return "; ".join(each.text for each in row.comments.all())

    class Clean:
        exempt = ()

        def rows(self):
            return Ticket.objects.prefetch_related("comments")

        def see(self, row):
            return "; ".join(each.text for each in row.comments.all())


class LabelIn(Tickets):
    due = n_plus_one("Ticket.labels", 'prefetch_related("labels")')

    def rows(self):
        self.urgent = Label.objects.order_by("pk").first()
        return Ticket.objects.order_by("pk")

    def see(self, row):
        return self.urgent in row.labels.all()

    class Clean:
        def rows(self):
            self.urgent = Label.objects.order_by("pk").first()
            return Ticket.objects.prefetch_related("labels")


class HasCover(Desk):
    due = n_plus_one("Book.cover", 'select_related("cover")')

    def rows(self):
        return Book.objects.order_by("pk")

    def see(self, row):
        return row.cover.colour if hasattr(row, "cover") else "none"

    class Clean:
        def rows(self):
            return Book.objects.select_related("cover").order_by("pk")


class TryGetExceptDoesNotExist(Tickets):
    due = loop(table="corpus_ticketlabel")

    def see(self, row):
        try:
            return TicketLabel.objects.get(ticket=row, label__name="blocked").weight  # due
        except TicketLabel.DoesNotExist:
            return None

    class Clean:
        def rows(self):
            blocked = TicketLabel.objects.filter(ticket=OuterRef("pk"), label__name="blocked")
            return Ticket.objects.annotate(is_blocked=Exists(blocked))

        def see(self, row):
            return row.is_blocked


class SortedByTeamName(Desk):
    due = n_plus_one("Ticket.team", 'select_related("team")')

    def run(self):
        tickets = Ticket.objects.open()
        return sorted(
            tickets,
            key=lambda ticket: (ticket.team.name, ticket.pk),  # due
        )

    class Clean:
        def run(self):
            return sorted(Ticket.objects.open().for_list(), key=lambda ticket: (ticket.team.name, ticket.pk))


class SumOfLengths(Desk):
    due = n_plus_one("Ticket.comments", 'prefetch_related("comments")')

    def run(self):
        return sum(len(ticket.comments.all()) for ticket in Ticket.objects.all())  # due

    class Clean:
        def run(self):
            return sum(len(ticket.comments.all()) for ticket in Ticket.objects.prefetch_related("comments"))


class AnyAssigneeMatches(Desk):
    due = n_plus_one("Ticket.assignee", 'select_related("assignee")')

    def run(self):
        return any(ticket.assignee.name == "root" for ticket in Ticket.objects.all())  # due

    class Clean:
        def run(self):
            return Ticket.objects.filter(assignee__name="root").exists()


class FilterWithLambda(Desk):
    due = n_plus_one("Ticket.reporter", 'select_related("reporter")')

    def run(self):
        tickets = Ticket.objects.open()
        return list(filter(lambda each: each.reporter.name.endswith("1"), tickets))  # due

    class Clean:
        def run(self):
            return list(Ticket.objects.open().filter(reporter__name__endswith="1"))


class DictOfTeams(Desk):
    due = n_plus_one("Member.team", 'select_related("assignee__team")')

    def run(self):
        tickets = Ticket.objects.select_related("assignee")
        return {ticket.pk: ticket.assignee.team.name for ticket in tickets}  # due

    class Clean:
        def run(self):
            tickets = Ticket.objects.select_related("assignee__team")
            return {ticket.pk: ticket.assignee.team.name for ticket in tickets}


class GroupbyAttrgetter(Desk):
    due = n_plus_one("Ticket.team", 'select_related("team")')

    def run(self):
        tickets = Ticket.objects.order_by("team__name")
        by_team = {}
        for name, group in itertools.groupby(tickets, key=operator.attrgetter("team.name")):  # due
            by_team[name] = [each.title for each in group]
        return by_team

    def line(self):
        return line_marked(type(self))

    class Clean:
        def run(self):
            tickets = Ticket.objects.select_related("team").order_by("team__name")
            groups = itertools.groupby(tickets, key=operator.attrgetter("team.name"))
            return {name: [each.title for each in group] for name, group in groups}


class GroupedUnderObjects(Desk):
    due = n_plus_one("Ticket.team", 'select_related("team")')

    def run(self):
        by_team = defaultdict(list)
        for ticket in Ticket.objects.open().order_by("position", "pk"):
            by_team[ticket.team].append(ticket)  # due
        return dict(by_team)

    class Clean:
        def run(self):
            by_team = defaultdict(list)
            for ticket in Ticket.objects.open().order_by("position", "pk"):
                by_team[ticket.team_id].append(ticket)
            return dict(by_team)


class QueueInWhile(Desk):
    due = n_plus_one("Ticket.reporter", 'select_related("reporter")')

    def run(self):
        queue, names = deque(Ticket.objects.order_by("pk")), []
        while queue:
            ticket = queue.popleft()
            names.append(ticket.reporter.name)  # due
        return names

    class Clean:
        def run(self):
            queue, names = deque(Ticket.objects.select_related("reporter")), []
            while queue:
                names.append(queue.popleft().reporter.name)
            return names


class ReducedOverLambda(Desk):
    due = n_plus_one("Ticket.assignee", 'select_related("assignee")')

    def run(self):
        tickets = Ticket.objects.all()
        return functools.reduce(lambda names, each: names | {each.assignee.name}, tickets, set())  # due

    class Clean:
        def run(self):
            tickets = Ticket.objects.select_related("assignee")
            return functools.reduce(lambda names, each: names | {each.assignee.name}, tickets, set())
