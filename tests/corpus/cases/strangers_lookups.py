"""Problems as strangers write them: look-ups by key, trees, chunks and coroutines."""

from asgiref.sync import async_to_sync
from django.core.paginator import Paginator
from django.db.models import Max
from django.shortcuts import get_object_or_404

from tests.corpus.case import duplicate, loop, n_plus_one
from tests.corpus.cases import strangers_helpers as helpers
from tests.corpus.cases.strangers_desk import Desk, Tickets
from tests.corpus.models import Comment, Member, Team, Ticket


class ValuesThenGet(Desk):
    due = loop(table="corpus_member")

    def run(self):
        found = []
        for row in Ticket.objects.values("pk", "assignee_id"):
            member = Member.objects.get(pk=row["assignee_id"])  # due
            found.append({**row, "assignee": member.name})
        return found

    class Clean:
        def run(self):
            rows = list(Ticket.objects.values("pk", "assignee_id"))
            members = helpers.members_by_key(row["assignee_id"] for row in rows)
            return [{**row, "assignee": members[row["assignee_id"]].name} for row in rows]


class GetOr404PerKey(Desk):
    due = loop(table="corpus_ticket")

    def run(self):
        keys = ",".join(map(str, Ticket.objects.values_list("pk", flat=True)))
        return [get_object_or_404(Ticket.objects.open(), pk=int(key)) for key in keys.split(",")]  # due

    class Clean:
        def run(self):
            keys = ",".join(map(str, Ticket.objects.values_list("pk", flat=True)))
            return list(Ticket.objects.open().filter(pk__in=[int(key) for key in keys.split(",")]))


class ConditionalLookups(Tickets):
    """Each row takes one branch of two that ask the same."""

    due = loop(table="corpus_comment")

    def see(self, row):
        return (
            Comment.objects.filter(ticket=row).latest("pk").text
            if row.position == 0
            else Comment.objects.filter(ticket=row).earliest("pk").text
        )

    def line(self):
        import inspect

        _, start = inspect.getsourcelines(type(self).see)
        return inspect.getsourcefile(type(self).see), start + 2

    class Clean:
        def rows(self):
            return Ticket.objects.annotate(last=Max("comments__pk"))

        def see(self, row):
            return row.last


class TreeDrawnByRecursion(Desk):
    due = n_plus_one("Team.subteams")
    exempt = ("QB105",)

    def run(self):
        return self.draw(Team.objects.filter(parent=None).order_by("pk"))

    def draw(self, teams, depth=0):
        drawn = []
        for team in teams:
            drawn.append("  " * depth + team.name)
            drawn += self.draw(team.subteams.all(), depth + 1)
        return drawn

    def line(self):
        import inspect

        _, start = inspect.getsourcelines(type(self).draw)
        return inspect.getsourcefile(type(self).draw), start + 2  # evaluated by the loop over them

    class Clean:
        exempt = ()

        def run(self):
            below = {}
            for team in Team.objects.order_by("pk"):
                below.setdefault(team.parent_id, []).append(team)
            return self.draw_from(below, None)

        def draw_from(self, below, key, depth=0):
            drawn = []
            for team in below.get(key, ()):
                drawn.append("  " * depth + team.name)
                drawn += self.draw_from(below, team.pk, depth + 1)
            return drawn


class BreadcrumbOfDeepTeam(Desk):
    """One object, walked up as deep as the tree is."""

    due = n_plus_one("Team.parent")
    where = "node = node.parent"

    def prepare(self):
        super().prepare()
        above = None
        for team in Team.objects.filter(slug__startswith="team-").order_by("pk"):
            team.parent = above
            team.save()
            above = team
        self.leaf = above.pk

    def run(self):
        return Team.objects.get(pk=self.leaf).full_path

    class Clean:
        def run(self):
            teams = {each.pk: each for each in Team.objects.all()}
            node, path = teams[self.leaf], []
            while node.parent_id:
                node = teams[node.parent_id]
                path.append(node.name)
            return " / ".join(reversed(path))


class LazyInsideChunks(Desk):
    """Each chunk is loaded at once, and what its rows belong to is not."""

    due = n_plus_one("Ticket.reporter", 'select_related("reporter")')

    def run(self):
        keys, names = list(Ticket.objects.values_list("pk", flat=True)), []
        for start in range(0, len(keys), 5):
            for ticket in Ticket.objects.filter(pk__in=keys[start : start + 5]):
                names.append(ticket.reporter.name)  # noqa: PERF401 # due
        return names

    class Clean:
        grows = True

        def run(self):
            keys, names = list(Ticket.objects.values_list("pk", flat=True)), []
            for start in range(0, len(keys), 5):
                chunk = Ticket.objects.filter(pk__in=keys[start : start + 5]).select_related("reporter")
                names += [ticket.reporter.name for ticket in chunk]
            return names


class LazyOnEveryPage(Desk):
    due = n_plus_one("Ticket.team", 'select_related("team")')

    def run(self):
        paginator, titles = Paginator(Ticket.objects.order_by("pk"), 3), []
        for number in paginator.page_range:
            titles += [f"{each.team.slug}-{each.pk}" for each in paginator.page(number)]  # due
        return titles

    class Clean:
        grows = True

        def run(self):
            paginator, titles = Paginator(Ticket.objects.for_list(), 3), []
            for number in paginator.page_range:
                titles += [f"{each.team.slug}-{each.pk}" for each in paginator.page(number)]
            return titles


class CommentsAndTheirAuthors(Desk):
    """Two loops, one in the other, and both load one at a time."""

    due = n_plus_one("Comment.author", 'prefetch_related("comments__author")')
    exempt = ("QB101",)

    def run(self):
        lines = []
        for ticket in Ticket.objects.order_by("pk"):
            for comment in ticket.comments.all():
                lines.append(f"{comment.author.name}: {comment.text}")  # noqa: PERF401 # due
        return lines

    class Clean:
        exempt = ()

        def run(self):
            lines = []
            for ticket in Ticket.objects.prefetch_related("comments__author"):
                lines += [f"{comment.author.name}: {comment.text}" for comment in ticket.comments.all()]
            return lines


class AuthorsOfOneTicketsComments(Desk):
    """One object and its children are fine; what each child belongs to is not."""

    due = n_plus_one("Comment.author", 'select_related("author")')

    def prepare(self):
        super().prepare()
        Comment.objects.update(ticket=Ticket.objects.order_by("pk").first())

    def run(self):
        ticket = Ticket.objects.select_related("team").get(title="ticket 0")
        thread = ticket.comments.order_by("pk")
        return ticket.team.name, [comment.author.name for comment in thread]  # due

    class Clean:
        def run(self):
            ticket = Ticket.objects.select_related("team").get(title="ticket 0")
            thread = ticket.comments.select_related("author").order_by("pk")
            return ticket.team.name, [comment.author.name for comment in thread]


class AwaitedGets(Desk):
    due = loop(table="corpus_member")

    def run(self):
        return async_to_sync(self.collect)()

    async def collect(self):
        names = []
        async for ticket in Ticket.objects.order_by("pk"):
            member = await Member.objects.aget(pk=ticket.assignee_id)  # due
            names.append(member.name)
        return names

    class Clean:
        async def collect(self):
            tickets = Ticket.objects.select_related("assignee").order_by("pk")
            return [ticket.assignee.name async for ticket in tickets]


class SameMemberInTwoHelpers(Desk):
    """Who asks is found out again by whoever needs it."""

    due = duplicate("corpus_member")
    grows = False

    def run(self):
        return self.may_read(), self.may_write()

    def who(self):
        return Member.objects.get(name="reporter-0")  # due

    def may_read(self):
        return bool(self.who().team_id)

    def may_write(self):
        return self.who().name != "guest"

    class Clean:
        def who(self):
            if not hasattr(self, "known"):
                self.known = Member.objects.get(name="reporter-0")
            return self.known


class InvariantUnderComprehension(Desk):
    due = duplicate("corpus_member")

    def run(self):
        return [ticket.pk for ticket in Ticket.objects.all() if ticket.reporter_id in self.staff()]

    def staff(self):
        return set(Member.objects.filter(name__startswith="reporter").values_list("pk", flat=True))  # due

    class Clean:
        def run(self):
            staff = self.staff()
            return [ticket.pk for ticket in Ticket.objects.all() if ticket.reporter_id in staff]
