"""Writes one at a time as strangers write them: in methods, signals, forms and savepoints."""

from django.db import connection, transaction
from django.db.models import F
from django.db.models.signals import post_save

from tests.corpus.case import loop, writes
from tests.corpus.cases.strangers_desk import Desk
from tests.corpus.models import Comment, Label, Member, Team, Ticket, TicketLabel


class CloseByMethod(Desk):
    due = writes("Ticket")
    where = 'self.save(update_fields=["is_closed"])'

    def run(self):
        for ticket in Ticket.objects.open():
            ticket.close()

    class Clean:
        def run(self):
            Ticket.objects.open().update(is_closed=True)


class RepositionByEnumerate(Desk):
    """Drag and drop sends keys in their new order: each row gets a value of its own, as no one update can."""

    due = writes("Ticket", "bulk_update(")

    def run(self):
        keys = Ticket.objects.order_by("-pk").values_list("pk", flat=True)
        for position, key in enumerate(list(keys), 1):
            Ticket.objects.filter(pk=key).update(position=position)  # due

    class Clean:
        def run(self):
            tickets = list(Ticket.objects.order_by("-pk"))
            for position, ticket in enumerate(tickets, 1):
                ticket.position = position
            Ticket.objects.bulk_update(tickets, ["position"])


class CounterInSavepoints(Desk):
    due = writes("Ticket", "update(")

    def run(self):
        for key in list(Ticket.objects.values_list("pk", flat=True)):
            with transaction.atomic():
                Ticket.objects.filter(pk=key).update(position=F("position") + 1)  # due

    class Clean:
        def run(self):
            keys = list(Ticket.objects.values_list("pk", flat=True))
            with transaction.atomic():
                Ticket.objects.filter(pk__in=keys).update(position=F("position") + 1)


class CommentFromSignal(Desk):
    """Each save of a ticket makes its handler write as well."""

    due = writes("Comment")
    exempt = ("QB104",)

    def run(self):
        post_save.connect(_comment_on, sender=Ticket)
        try:
            for ticket in Ticket.objects.order_by("pk"):
                ticket.position = 7
                ticket.save(update_fields=["position"])
        finally:
            post_save.disconnect(_comment_on, sender=Ticket)

    class Clean:
        exempt = ()

        def run(self):
            tickets = list(Ticket.objects.order_by("pk"))
            Ticket.objects.filter(pk__in=[each.pk for each in tickets]).update(position=7)
            Comment.objects.bulk_create(
                [Comment(ticket=each, author_id=each.reporter_id, text="moved") for each in tickets]
            )


def _comment_on(sender, instance, created, **kwargs):
    if not created:
        Comment.objects.create(ticket=instance, author_id=instance.reporter_id, text="moved")  # due


CommentFromSignal.where = _comment_on


class SetLabelsPerRow(Desk):
    due = writes("Ticket.labels")
    exempt = ("QB102",)

    def run(self):
        done = Label.objects.create(name="done")
        for ticket in list(Ticket.objects.order_by("pk")):
            ticket.labels.set([done])  # due

    class Clean:
        exempt = ()

        def run(self):
            done = Label.objects.create(name="done")
            tickets = list(Ticket.objects.order_by("pk"))
            TicketLabel.objects.filter(ticket__in=tickets).delete()
            TicketLabel.objects.bulk_create([TicketLabel(ticket=each, label=done) for each in tickets])


class RemoveLabelPerRow(Desk):
    due = writes("Ticket.labels")
    exempt = ("QB102",)

    def run(self):
        label = Label.objects.order_by("pk").first()
        for ticket in Ticket.objects.order_by("pk"):
            ticket.labels.remove(label)  # due

    class Clean:
        exempt = ()

        def run(self):
            label = Label.objects.order_by("pk").first()
            TicketLabel.objects.filter(label=label, ticket__in=Ticket.objects.all()).delete()


class DeleteByKeysOfRequest(Desk):
    due = writes("TicketLabel", "delete(")

    def run(self):
        for key in list(TicketLabel.objects.order_by("pk").values_list("pk", flat=True)[::2]):
            TicketLabel.objects.filter(pk=key).delete()  # due

    class Clean:
        def run(self):
            keys = list(TicketLabel.objects.order_by("pk").values_list("pk", flat=True)[::2])
            TicketLabel.objects.filter(pk__in=keys).delete()


class DeleteWithCascadePerRow(Desk):
    """What the cascade asks belongs to the deletion."""

    due = writes("Comment", "delete(")

    def run(self):
        for comment in Comment.objects.filter(is_public=True).order_by("pk"):
            comment.delete()  # due

    class Clean:
        def run(self):
            Comment.objects.filter(is_public=True).delete()


class UpdateOrCreatePerRow(Desk):
    due = writes("TicketLabel")
    exempt = ("QB102",)

    def run(self):
        for ticket in Ticket.objects.prefetch_related("labels").order_by("pk"):
            for label in ticket.labels.all():
                TicketLabel.objects.update_or_create(  # due
                    ticket=ticket, label=label, defaults={"weight": len(label.name)}
                )

    class Clean:
        exempt = ()

        def run(self):
            rows = list(TicketLabel.objects.select_related("label"))
            for row in rows:
                row.weight = len(row.label.name)
            TicketLabel.objects.bulk_update(rows, ["weight"])


class LabelsMadeByName(Desk):
    """Names that come from elsewhere, some of which are new."""

    due = loop(table="corpus_label")
    exempt = ("QB104",)

    def run(self):
        found = {}
        for title in list(Ticket.objects.values_list("title", flat=True)):
            found[title], _ = Label.objects.get_or_create(name=f"of {title}")  # due
        return found

    class Clean:
        exempt = ()

        def run(self):
            names = [f"of {title}" for title in Ticket.objects.values_list("title", flat=True)]
            Label.objects.bulk_create([Label(name=each) for each in names], ignore_conflicts=True)
            return {each.name: each for each in Label.objects.filter(name__in=names)}


class ModelsInComprehension(Desk):
    due = writes("Comment", "bulk_create(")

    def run(self):
        author = Member.objects.get(name="reporter-0")
        tickets = Ticket.objects.only("pk")
        return [Comment.objects.create(ticket=each, author=author, text="hi") for each in tickets]  # due

    class Clean:
        def run(self):
            author = Member.objects.get(name="reporter-0")
            tickets = Ticket.objects.only("pk")
            return Comment.objects.bulk_create(
                [Comment(ticket=each, author=author, text="hi") for each in tickets]
            )


class SaveOfNewInstances(Desk):
    due = writes("Label", "bulk_create(")

    def run(self):
        for title in list(Ticket.objects.values_list("title", flat=True)):
            label = Label(name=f"new {title}")
            label.save()  # due

    class Clean:
        def run(self):
            titles = Ticket.objects.values_list("title", flat=True)
            Label.objects.bulk_create([Label(name=f"new {title}") for title in titles], batch_size=500)


class CleanedOneByOne(Desk):
    """A model is validated, and asks whether its name is taken; then it is saved in bulk."""

    due = loop(table="corpus_label")

    def run(self):
        labels = [Label(name=f"new {title}") for title in Ticket.objects.values_list("title", flat=True)]
        for label in labels:
            label.full_clean()  # due
        Label.objects.bulk_create(labels)

    class Clean:
        def run(self):
            names = [f"new {title}" for title in Ticket.objects.values_list("title", flat=True)]
            taken = set(Label.objects.filter(name__in=names).values_list("name", flat=True))
            labels = [Label(name=name) for name in names if name not in taken]
            for label in labels:
                label.clean_fields()
            Label.objects.bulk_create(labels)


class RenamedOverChildren(Desk):
    """Two models are written in one loop, through what a row belongs to."""

    due = writes("Team")

    def run(self):
        for ticket in Ticket.objects.for_list():
            ticket.team.name = ticket.title
            ticket.team.save(update_fields=["name"])  # due

    class Clean:
        def run(self):
            teams = []
            for ticket in Ticket.objects.for_list():
                ticket.team.name = ticket.title
                teams.append(ticket.team)
            Team.objects.bulk_update(teams, ["name"], batch_size=100)


class RawSelectsOfOpenCursor(Desk):
    """A cursor that is kept open, and a statement for each row."""

    due = loop(table="corpus_ticket")

    def run(self):
        keys = list(Ticket.objects.values_list("pk", flat=True))
        with connection.cursor() as cursor:
            for key in keys:
                cursor.execute("SELECT title FROM corpus_ticket WHERE id = %s", [key])  # due
                cursor.fetchone()

    class Clean:
        def run(self):
            with connection.cursor() as cursor:
                cursor.execute("SELECT id, title FROM corpus_ticket")
                return dict(cursor.fetchall())
