"""What `serve` shows: the deterministic world in a database of its own, and people to log in as.

Refuses a database with anything else in it: whoever serves may have named it for another project.
"""

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from reference_app.models import Organization
from reference_app.seed import build

# Known to everybody who reads this, for a server that only this machine reaches.
PASSWORD = "loopback-only"  # noqa: S105  known to all on purpose: only this machine reaches the server
PEOPLE = {
    "admin": "everything, and the admin pages",
    "packager": "the organization Acme; may change its packages and stores",
    "viewer": "the organization Acme; may change nothing",
    "outsider": "the organization Umbra; is its admin",
}
N_PACKAGES = 8
N_ATTRIBUTES = 3
OTHER = "Expected an empty database, or the one that was served before: name another one in DATABASE_URL."


def prepare():
    """Migrate the database and fill it, unless that was done before; tell whether it was filled now."""
    _refuse_other_tables()
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        is_new = not Organization.objects.filter(slug="acme").exists()
        if is_new:
            _refuse_other_users()
            build(N_PACKAGES, attributes=N_ATTRIBUTES)
        _let_in()
    return is_new


def _let_in():
    """Let the people log in with the password that is printed, whatever it was changed to."""
    users = get_user_model().objects
    users.get_or_create(username="admin", defaults={"is_staff": True, "is_superuser": True})
    users.filter(username__in=PEOPLE).update(password=make_password(PASSWORD))


def _refuse_other_tables():
    """Raise `CommandError` if there are tables that the application does not have."""
    own = {
        *connection.introspection.django_table_names(include_views=False),
        MigrationRecorder.Migration._meta.db_table,
    }
    other = sorted(set(connection.introspection.table_names()) - own)
    if other:
        raise CommandError(
            f"Tables of something else are in the database, {len(other)} of them, as {other[0]}. {OTHER}"
        )


def _refuse_other_users():
    """Raise `CommandError` if there are users, one of whom might be given a password that is known."""
    n_users = get_user_model().objects.count()
    if n_users:
        raise CommandError(f"Users are in the database already, {n_users} of them, and no packages. {OTHER}")
