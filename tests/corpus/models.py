"""Books and what they are related to, in every way Django knows."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


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
