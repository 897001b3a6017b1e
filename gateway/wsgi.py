"""The WSGI application of one process: pages, API and FHIR, each its own Flask app so that cookies never reach the API.

`create_application` is the factory a WSGI server calls; the configuration file is named by `GATEWAY_CONFIG`.
"""

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from gateway.api import create_api
from gateway.assembly import Gateway, assemble
from gateway.logs import set_up_logs
from gateway.settings import load_settings
from gateway.web import create_web
from gateway.worker import Worker
from gateway.world import real_world

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
API_PREFIXES = ("/api/", "/fhir/")


def create_application() -> Wsgi:
    """Assemble the gateway of `GATEWAY_CONFIG` and serve it. On SQLite the worker is a thread of this process, since
    one process must do all the writing. Raises `ConfigurationError`."""
    loaded = load_settings(Path(os.environ["GATEWAY_CONFIG"]))
    set_up_logs(loaded.settings)
    gateway = assemble(loaded.settings, real_world())
    if gateway.database.dialect == "sqlite":
        start_worker(gateway)
    return join(gateway)


def join(gateway: Gateway, beside: dict[str, Wsgi] | None = None) -> Wsgi:
    """One application out of the doors, chosen by the first part of the path; `beside` adds others (the demo's)."""
    by_prefix: dict[str, Wsgi] = dict(beside or {})
    api = create_api(gateway)
    by_prefix |= dict.fromkeys(API_PREFIXES, api)
    web = create_web(gateway)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "") + "/"
        chosen = next((app for prefix, app in by_prefix.items() if path.startswith(prefix)), web)
        return chosen(environ, start_response)

    return application


def start_worker(gateway: Gateway) -> threading.Thread:
    """The worker as a daemon thread: it stops with the process, and what it left undone is taken up at the next start."""
    worker = Worker(
        database=gateway.database,
        world=gateway.world,
        deliver_due=gateway.courier.deliver_due,
        publish_checkpoint=gateway.sequencing.publish_checkpoint,
        checkpoint_every_ms=gateway.settings.record.checkpoint_every_ms,
    )
    thread = threading.Thread(target=worker.run_forever, args=(threading.Event(),), name="worker", daemon=True)
    thread.start()
    return thread
