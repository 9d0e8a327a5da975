"""A support desk with tickets, and pages and endpoints of their own."""

import inspect
from pathlib import Path

from django.conf import settings

from tests.corpus.case import Case, line_in_models
from tests.corpus.models import Book, Comment, Label, Member, Team, Ticket, TicketLabel


class Desk(Case):
    """As many tickets as there are books, each with a team, people, comments and labels of its own.

    The line that is due is marked in the case, or in what `where` names.
    """

    where = None
    """A function or class, or a text that stands in a line of the models."""
    pages = {}
    """The texts of templates by name; a line of one may end with `{# due #}`."""

    def prepare(self):
        for number in range(Book.objects.count()):
            make_ticket(number)
        for name, text in self.pages.items():
            Path(settings.TEMPLATE_DIR, name).write_text(text.lstrip(), "utf-8")

    def line(self):
        for name, text in self.pages.items():
            for number, each in enumerate(text.lstrip().splitlines(), 1):
                if each.endswith("{# due #}"):
                    return name, number
        where = vars(type(self)).get("where")
        return line_in_models(where) if isinstance(where, str) else line_marked(where or type(self))


class Tickets(Desk):
    """Goes over the tickets."""

    def rows(self):
        return Ticket.objects.order_by("pk")


class Page(Desk, twin=True):
    """A plain view of its own, `view`."""

    ways = ("view",)

    def plain(self, request):
        response = self.view(request)
        return response.render() if hasattr(response, "render") else response


class Endpoint(Desk):
    """A view of its own of the REST framework, `view`; what its fields ask has a `field`, the rest a line."""

    ways = ("drf",)

    @classmethod
    def goes_over_rows(cls):
        return hasattr(cls, "field")


def make_ticket(number):
    """Make a ticket that shares nothing with another."""
    ticket = Ticket.objects.create(
        title=f"ticket {number}",
        team=make_team(f"team-{number}"),
        reporter=make_member(f"reporter-{number}"),
        assignee=make_member(f"assignee-{number}"),
    )
    for each in range(2):
        name = f"{number}-{each}"
        label = Label.objects.create(name=f"label-{name}")
        TicketLabel.objects.create(ticket=ticket, label=label)
        Comment.objects.create(ticket=ticket, author=make_member(f"author-{name}"), text=name)
    return ticket


def make_team(slug):
    """Make a team below a department of its own."""
    parent = Team.objects.create(slug=f"dept-{slug}", name=f"dept {slug}")
    return Team.objects.create(slug=slug, name=slug, parent=parent)


def make_member(name):
    """Make a member of a team of its own."""
    return Member.objects.create(name=name, team=make_team(f"of-{name}"))


def line_marked(thing):
    """Return the file and the line of a function or class that is marked as due."""
    lines, start = inspect.getsourcelines(thing)
    for number, text in enumerate(lines, start):
        if text.rstrip().endswith("# due"):
            return inspect.getsourcefile(thing), number
    see = getattr(thing, "see", None)
    if inspect.isclass(thing) and see is not Case.see:
        lines, start = inspect.getsourcelines(see)
    return inspect.getsourcefile(thing), start + len(lines) - 1
