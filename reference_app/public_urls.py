"""Whether a URL names a host that the whole internet reaches, judged by its text alone.

No name is resolved: that would take time, and the answer could be another one when somebody fetches the URL.
Whoever fetches it has to look at the address again.
"""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

MAX_LENGTH = 500
NOT_A_URL = "Expected the http or https URL of a repository, without a password."
NOT_PUBLIC = "This host is not public."

# Labels, and a top-level domain that is a word: not "127.1" nor "0x7f.1", which some take for 127.0.0.1.
NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")
# RFC 6761, 6762, 8375, and what ICANN keeps out of the root (.internal, .corp, .home, .lan in practice).
PRIVATE_DOMAINS = (
    ".arpa",
    ".corp",
    ".home",
    ".internal",
    ".intranet",
    ".invalid",
    ".lan",
    ".local",
    ".localhost",
    ".private",
    ".test",
)


def problem_with(url):
    """Return why `url` is not the URL of a public host, or None."""
    if not isinstance(url, str) or len(url) > MAX_LENGTH or not url.isascii() or not url.isprintable():
        return NOT_A_URL
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return NOT_A_URL
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc or " " in url:
        return NOT_A_URL
    return None if _is_public(host) else NOT_PUBLIC


def _is_public(host):
    """Tell whether an address is global, or a name one of the public tree."""
    try:
        address = ip_address(host)
    except ValueError:
        return bool(NAME.fullmatch(host)) and not host.endswith(PRIVATE_DOMAINS)
    return address.is_global and not address.is_multicast
