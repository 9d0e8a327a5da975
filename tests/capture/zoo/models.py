"""Animals and what they are related to, in every way Django knows."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.signals import post_init


class Keeper(models.Model):
    """Minds animals."""

    name = models.CharField(max_length=50)
    boss = models.ForeignKey("self", models.CASCADE, null=True, related_name="team")

    class Meta:
        app_label = "zoo"

    def __str__(self):
        return self.name


class Toy(models.Model):
    """Reached without a `related_name` back."""

    name = models.CharField(max_length=50)

    class Meta:
        app_label = "zoo"

    def __str__(self):
        return self.name


class Food(models.Model):
    """Reached with a `related_name` back."""

    name = models.CharField(max_length=50)

    class Meta:
        app_label = "zoo"

    def __str__(self):
        return self.name


class Label(models.Model):
    """Sticks to anything."""

    text = models.CharField(max_length=50)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey()

    class Meta:
        app_label = "zoo"

    def __str__(self):
        return self.text


class Animal(models.Model):
    """Has one of each relation."""

    name = models.CharField(max_length=50)
    story = models.TextField(default="long")
    keeper = models.ForeignKey(Keeper, models.CASCADE, null=True, related_name="animals")
    toys = models.ManyToManyField(Toy)
    foods = models.ManyToManyField(Food, related_name="eaters")
    friends = models.ManyToManyField("self")
    labels = GenericRelation(Label)

    class Meta:
        app_label = "zoo"

    def __str__(self):
        return f"{self.name} of {self.keeper.name}"

    @property
    def keeper_name(self):
        return self.keeper.name

    def minder(self):
        return self.keeper.name


class Dog(Animal):
    """An animal by multi-table inheritance, with a relation of its own."""

    trainer = models.ForeignKey(Keeper, models.CASCADE, null=True, related_name="dogs")

    class Meta:
        app_label = "zoo"


class Pet(Animal):
    """The same animals, by proxy."""

    class Meta:
        app_label = "zoo"
        proxy = True


class Passport(models.Model):
    """Exactly one for an animal, or none."""

    animal = models.OneToOneField(Animal, models.CASCADE, related_name="passport")
    number = models.CharField(max_length=20, unique=True)

    class Meta:
        app_label = "zoo"

    def __str__(self):
        return self.number


class Visit(models.Model):
    """Reached as `visit_set`."""

    animal = models.ForeignKey(Animal, models.CASCADE)
    note = models.CharField(max_length=50)
    pills = models.PositiveSmallIntegerField(default=0)

    class Meta:
        app_label = "zoo"

    def __str__(self):
        return self.note


def read_keeper(instance, **_):
    """Ask, as a careless signal handler does, for a relation of every row that is loaded."""
    if instance.keeper_id:
        _ = instance.keeper.name


class listening:  # noqa: N801 - a context manager, named for how it reads
    """Connect the careless handler for a while."""

    def __enter__(self):
        post_init.connect(read_keeper, sender=Animal)

    def __exit__(self, *_):
        post_init.disconnect(read_keeper, sender=Animal)
