"""What `extra` may hold: declared keys of the declared types, and only URLs that the internet reaches."""

import pytest

from reference_app.dynamic_attributes import Kind, declared, problems
from reference_app.models import Deployment, Project
from reference_app.public_urls import NOT_A_URL, NOT_PUBLIC, problem_with

EXTERNAL, INTERNAL = Deployment.Source.EXTERNAL, Deployment.Source.INTERNAL
URL = "https://packages.example.org/debian"


def told(extra, source=INTERNAL, pms=Project.Pms.APT):
    """Return the keys that something is wrong with."""
    return set(problems(extra, source=source, pms=pms))


@pytest.mark.parametrize("pms", list(Project.Pms))
def test_internal_deployments_have_no_base_url(pms):
    """Their packages come from the project's own stores."""
    assert "base_url" not in declared(INTERNAL, pms)
    assert told({"base_url": URL}, INTERNAL, pms) == {"base_url"}


@pytest.mark.parametrize("pms", list(Project.Pms))
def test_external_deployments_need_a_base_url(pms):
    """Whatever the package manager."""
    assert problems({}, source=EXTERNAL, pms=pms) == {"base_url": ["This attribute is required."]}
    assert told({"base_url": URL}, EXTERNAL, pms) == set()


def test_keys_depend_on_the_package_manager():
    """A suite is something of Debian's."""
    body = {"base_url": URL, "suite": "stable"}
    assert told(body, EXTERNAL, Project.Pms.APT) == set()
    assert told(body, EXTERNAL, Project.Pms.DNF) == {"suite"}


def test_an_unknown_key_is_refused_with_the_known_ones():
    """A message to act on."""
    (message,) = problems({"colour": "red"}, source=INTERNAL, pms=Project.Pms.APT)["colour"]
    assert message == "Unknown attribute, expected one of: components, pin_priority."


@pytest.mark.parametrize(
    ("key", "kind", "good", "bad"),
    [
        ("frozen", Kind.BOOLEAN, [True, False], ["true", 1, 0, None]),
        ("expire_minutes", Kind.NUMBER, [0, 2**31 - 1], [-1, 2**31, 1.0, "1", True, None]),
        ("suite", Kind.TEXT, ["stable", "s" * 200], ["", "s" * 201, "a\nb", 5, None]),
        ("components", Kind.TEXTS, [[], ["main"] * 50], ["main", ["main"] * 51, [""], [5], None]),
        ("base_url", Kind.PUBLIC_URL, [URL], ["", None, 5, [URL]]),
    ],
)
def test_nothing_is_converted(key, kind, good, bad):
    """A value is of the declared type, at its limits too, or refused."""
    assert declared(EXTERNAL, Project.Pms.APT)[key].kind == kind
    for value in good:
        assert told({"base_url": URL} | {key: value}, EXTERNAL) == set()
    for value in bad:
        assert told({"base_url": URL} | {key: value}, EXTERNAL) == {key}


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "http://example.org",
        "https://example.org:8443/a/b?c=d",
        "https://EXAMPLE.org/",
        "https://xn--bcher-kva.example/",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/",
    ],
)
def test_public_urls(url):
    """Names of the public tree and global addresses."""
    assert problem_with(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://localhost:8000/",
        "http://localhost./",
        "http://db/",
        "http://db.internal/",
        "http://printer.local/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/",
        "http://100.64.0.1/",
        "http://192.0.2.1/",
        "http://224.0.0.1/",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_hosts_that_are_not_public(url):
    """Also in the spellings that some libraries take for an address."""
    assert problem_with(url) == NOT_PUBLIC


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://user@example.org/",
        "https://example.org@127.0.0.1/",
        "https://example.org:port/",
        "https://example.org:99999/",
        "https://[::1/",
        "https://exa mple.org/",
        "https://example.org/a b",
        "https://example.org/\nX: y",
        "https://münchen.example/",
        "https://example.org/" + "a" * 500,
    ],
)
def test_what_is_no_url_of_a_repository(url):
    """Other schemes, passwords, and what would break a line."""
    assert problem_with(url) == NOT_A_URL
