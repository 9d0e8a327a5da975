"""Rows for the cases: of everything so many that nothing is shared and nothing is missing."""

from tests.corpus import models

GENRES_A_BOOK = 2


def populate(n):
    """Make `n` novels, each with parents of its own and two of what hangs on a book."""
    for number in range(n):
        _make_novel(number)


def make_author(name):
    """Make an author with a publisher, a mentor and a profile."""
    mentor = models.Author.objects.create(name=f"mentor of {name}", email=f"mentor-{name}@example.org")
    author = models.Author.objects.create(
        name=name,
        email=f"{name}@example.org",
        publisher=models.Publisher.objects.create(name=f"publisher of {name}"),
        mentor=mentor,
    )
    models.Profile.objects.create(author=author, text=name)
    return author


def _make_novel(number):
    book = models.Novel.objects.create(
        title=f"title {number}",
        isbn=f"isbn-{number}",
        series="series",
        author=make_author(f"author-{number}"),
        editor=make_author(f"editor-{number}"),
        translator=make_author(f"translator-{number}"),
    ).book_ptr
    models.Cover.objects.create(book=book, colour="red")
    for each in range(GENRES_A_BOOK):
        parent = models.Genre.objects.create(name=f"parent {number}.{each}")
        book.genres.add(models.Genre.objects.create(name=f"genre {number}.{each}", parent=parent))
        book.awards.add(models.Award.objects.create(name=f"award {number}.{each}"))
        models.Chapter.objects.create(book=book, number=each)
        models.Review.objects.create(
            book=book, rating=each, reviewer=make_author(f"reviewer-{number}.{each}")
        )
        book.notes.create(text=f"note {number}.{each}")
