"""The doors side by side: pages, API and FHIR, each its own Flask app, so that a cookie is never an API credential."""

from collections.abc import Callable, Iterable
from typing import Any

from gateway.api import create_api
from gateway.assembly import Gateway
from gateway.web import create_web

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
API_PREFIXES = ("/api/", "/fhir/")


def join(gateway: Gateway) -> Wsgi:
    """One application out of the doors, chosen by the first part of the path."""
    api, web = create_api(gateway), create_web(gateway)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "") + "/"
        return (api if path.startswith(API_PREFIXES) else web)(environ, start_response)

    return application
