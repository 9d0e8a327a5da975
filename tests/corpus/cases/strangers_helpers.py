"""Functions far away from the loops that call them."""

from functools import lru_cache

from django.db import connection

from tests.corpus.models import Comment, Member, Team


def recipients_for(ticket):
    """Return whom to tell of a ticket."""
    return sorted({"desk@example.org", *_addresses(ticket)})


def _addresses(ticket):
    for comment in ticket.comments.all():  # due
        yield f"{comment.author_id}@example.org"


def comment_texts(ticket_id):
    texts = f"SELECT text FROM corpus_comment WHERE ticket_id = {int(ticket_id)} ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(texts)  # due
        columns = [each[0] for each in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


@lru_cache(maxsize=128)
def team_name(pk):
    return Team.objects.get(pk=pk).name


def members_by_key(keys):
    """Look many members up at once."""
    return {each.pk: each for each in Member.objects.filter(pk__in=set(keys))}


def newest_comments(tickets):
    """Return the last comment of each ticket, in one query."""
    found = {}
    for comment in Comment.objects.filter(ticket__in=tickets).order_by("pk"):
        found[comment.ticket_id] = comment
    return found
