"""Books and what they are related to, in every way Django knows."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.functional import cached_property


class Publisher(models.Model):
    """Two steps away from a book."""

    name = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class Author(models.Model):
    """Writes books, reviews others, and has a mentor."""

    name = models.CharField(max_length=60)
    email = models.CharField(max_length=60, unique=True)
    publisher = models.ForeignKey(Publisher, models.CASCADE, null=True, related_name="authors")
    mentor = models.ForeignKey("self", models.SET_NULL, null=True, related_name="pupils")

    def __str__(self):
        return f"{self.name} of {self.publisher.name}"


class Profile(models.Model):
    """One for each author, or none."""

    author = models.OneToOneField(Author, models.CASCADE, related_name="profile")
    text = models.TextField(default="")


class Genre(models.Model):
    """A node of a tree."""

    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")


class Award(models.Model):
    """Reached without a `related_name` back."""

    name = models.CharField(max_length=60)


class Note(models.Model):
    """Sticks to anything."""

    text = models.CharField(max_length=60)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey()


class BookQuerySet(models.QuerySet):
    """What people write on top of Django's."""

    def long(self):
        return self.filter(pages__gte=1)


class Book(models.Model):
    """Has one of each relation."""

    title = models.CharField(max_length=60)
    isbn = models.CharField(max_length=20, unique=True)
    pages = models.PositiveIntegerField(default=100)
    summary = models.TextField(default="long")
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="edited")
    genres = models.ManyToManyField(Genre, related_name="books")
    awards = models.ManyToManyField(Award)
    notes = GenericRelation(Note)

    objects = BookQuerySet.as_manager()

    def __str__(self):
        return f"{self.title} by {self.author.name}"

    @property
    def author_name(self):
        return self.author.name

    def n_reviews(self):
        return self.review_set.count()

    def best_review(self):
        return self.review_set.order_by("-rating").first()


class Novel(Book):
    """A book by multi-table inheritance."""

    series = models.CharField(max_length=60, default="")
    translator = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="translated")


class Cover(models.Model):
    """One for each book, or none."""

    book = models.OneToOneField(Book, models.CASCADE, related_name="cover")
    colour = models.CharField(max_length=20)


class Chapter(models.Model):
    """Reached with a `related_name`."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="chapters")
    number = models.PositiveIntegerField()


class Review(models.Model):
    """Reached as `review_set`."""

    book = models.ForeignKey(Book, models.CASCADE)
    reviewer = models.ForeignKey(Author, models.CASCADE, related_name="reviews")
    rating = models.PositiveSmallIntegerField(default=3)
    text = models.CharField(max_length=60, default="")


class Team(models.Model):
    """A node of a tree that members name by its slug."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="subteams")

    def __str__(self):
        return self.name

    def get_ancestors(self):
        found, node = [], self
        while node.parent_id is not None:
            node = node.parent
            found.append(node)
        return found

    @property
    def full_path(self):
        return " / ".join(each.name for each in reversed(self.get_ancestors()))


class Member(models.Model):
    """Reports tickets and is assigned to them."""

    name = models.CharField(max_length=60)
    team = models.ForeignKey(Team, models.CASCADE, to_field="slug", related_name="members")

    def __str__(self):
        return self.name


class Label(models.Model):
    """Marks tickets."""

    name = models.CharField(max_length=60, unique=True)

    def __str__(self):
        return self.name


class TicketQuerySet(models.QuerySet):
    """Chains like those of a real tracker."""

    def open(self):
        return self.filter(is_closed=False)

    def for_list(self):
        return self.open().select_related("team").order_by("pk")


class Ticket(models.Model):
    """What a support desk works on."""

    team = models.ForeignKey(Team, models.CASCADE)
    reporter = models.ForeignKey(Member, models.CASCADE, related_name="reported")
    assignee = models.ForeignKey(Member, models.SET_NULL, null=True, blank=True, related_name="assigned")
    title = models.CharField(max_length=60)
    body = models.TextField(default="body")
    is_closed = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    labels = models.ManyToManyField(Label, through="TicketLabel", related_name="tickets")

    objects = TicketQuerySet.as_manager()

    def __str__(self):
        return f"[{self.team.slug}] {self.title}"

    @property
    def owner(self):
        return self.assignee or self.reporter

    @property
    def owner_label(self):
        return f"{self.owner.name}: {self.title}"

    @cached_property
    def last_comment(self):
        return self.comments.order_by("-pk").first()

    def public_comments(self):
        return self.comments.filter(is_public=True)

    def close(self):
        self.is_closed = True
        self.full_clean_title()
        self.save(update_fields=["is_closed"])

    def full_clean_title(self):
        self.title = self.title.strip()


class TicketLabel(models.Model):
    """Which ticket has which label."""

    ticket = models.ForeignKey(Ticket, models.CASCADE)
    label = models.ForeignKey(Label, models.CASCADE)
    weight = models.PositiveIntegerField(default=1)


class Comment(models.Model):
    """Said of a ticket, or in reply to another."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="comments")
    author = models.ForeignKey(Member, models.CASCADE)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    text = models.CharField(max_length=60)
    is_public = models.BooleanField(default=True)
