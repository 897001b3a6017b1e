"""Where a person wanted to go before signing in: a path of our own, or the start page. Never another site."""

from urllib.parse import urlsplit

LONGEST_PATH = 500


def local_path(wanted: str) -> str:
    """`wanted` if it is an absolute path (with query) of this site, else `/`.

    Browsers read `//host`, `/\\host` and paths with control characters as other places than they look.
    """
    if not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > LONGEST_PATH:
        return "/"
    if "\\" in wanted or not wanted.isascii() or not wanted.isprintable() or " " in wanted:
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else wanted
