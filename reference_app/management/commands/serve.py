"""`python -m reference_app serve`: the application with data, on this machine alone."""

import errno

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import BaseCommand, CommandError
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler, get_internal_wsgi_application
from django.db import DatabaseError, connection

from reference_app.demo import PASSWORD, PEOPLE, prepare

# No other machine reaches it, and no option says otherwise: the passwords are known.
ADDRESS = "127.0.0.1"
MAX_PORT = 2**16 - 1


class Command(BaseCommand):
    """Migrate, fill and serve."""

    help = "Migrates, fills the database with the deterministic data and serves the API and its description."

    def add_arguments(self, parser):
        """Take the port."""
        parser.add_argument("--port", type=int, default=8000, help="0 takes one that is free; default 8000.")

    def handle(self, *, port, **_options):
        """Serve until interrupted. The port is taken first: without it the database is left alone."""
        with listening(port) as server:
            server.set_app(StaticFilesHandler(get_internal_wsgi_application()))
            try:
                is_new = prepare()
            except DatabaseError as error:
                raise CommandError(f"The database of DATABASE_URL cannot be used: {error}") from error
            connection.close()
            self.stdout.write(welcome(f"http://{ADDRESS}:{server.server_port}", is_new=is_new))
            self.stdout.flush()
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                self.stdout.write("\nStopped.")


def listening(port):
    """Return a server that has the port; raise `CommandError` if it cannot have it."""
    if not 0 <= port <= MAX_PORT:
        raise CommandError(f"PORT is {port}, expected 0 to {MAX_PORT}.")
    try:
        return ThreadedWSGIServer((ADDRESS, port), WSGIRequestHandler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} is taken. Choose another one, as in: make serve PORT={port + 1}"
            ) from error
        raise CommandError(f"Port {port} cannot be used: {error.strerror}.") from error


def welcome(url, *, is_new):
    """Return what a person needs to know who has never seen this."""
    state = "filled" if is_new else "as it was left; without it the next run begins anew"
    places = {
        f"{url}/api/auth/login/": "log in here first",
        f"{url}/": "the API, described; try it out there",
        f"{url}/api/packages/": "an answer as a page",
        f"{url}/admin/": "the tables",
    }
    return "\n".join(
        [
            f"Database: {connection.vendor}, {connection.settings_dict['NAME']} ({state}).",
            "",
            *columns(places),
            "",
            f"The password is {PASSWORD}, the user one of:",
            "",
            *columns(PEOPLE),
            "",
            "The password is known to all who have the source. Only this machine reaches the server.",
            "Control-C stops it.",
        ]
    )


def columns(rows):
    """Return the lines of `rows`, which are `{name: words}`, with the words below each other."""
    width = max(map(len, rows))
    return [f"  {name:<{width}}  {words}" for name, words in rows.items()]
