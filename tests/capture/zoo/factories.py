"""Factories of the zoo; each animal has relations of its own, so that no two lazy loads are alike."""

import factory
from factory.django import DjangoModelFactory

from tests.capture.zoo import models


class KeeperFactory(DjangoModelFactory):
    name = factory.Sequence("keeper-{}".format)

    class Meta:
        model = models.Keeper


class ToyFactory(DjangoModelFactory):
    name = factory.Sequence("toy-{}".format)

    class Meta:
        model = models.Toy


class FoodFactory(DjangoModelFactory):
    name = factory.Sequence("food-{}".format)

    class Meta:
        model = models.Food


class AnimalFactory(DjangoModelFactory):
    """An animal with a keeper who has a boss, a passport, two visits, a toy, a food and a label."""

    name = factory.Sequence("animal-{}".format)
    keeper = factory.SubFactory(KeeperFactory, boss=factory.SubFactory(KeeperFactory))

    class Meta:
        model = models.Animal
        skip_postgeneration_save = True

    @factory.post_generation
    def surroundings(self, create, extracted):
        if extracted is False:
            return
        models.Passport.objects.create(animal_id=self.pk, number=f"P{self.pk}")
        for note in ("first", "second"):
            models.Visit.objects.create(animal_id=self.pk, note=note)
        self.toys.add(ToyFactory())
        self.foods.add(FoodFactory())
        self.labels.create(text=f"label {self.pk}")


class DogFactory(AnimalFactory):
    trainer = factory.SubFactory(KeeperFactory)

    class Meta:
        model = models.Dog
        skip_postgeneration_save = True
