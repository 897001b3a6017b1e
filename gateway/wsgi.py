"""The WSGI application of one process. `create_application` is the factory the server calls; the configuration file is
named by `GATEWAY_CONFIG`."""

import os
from pathlib import Path

from gateway.assembly import assemble
from gateway.joining import Wsgi, join
from gateway.logs import set_up_logs
from gateway.settings import load_settings
from gateway.worker import build_worker
from gateway.world import real_world


def create_application() -> Wsgi:
    """Assemble the gateway and serve it. On SQLite the worker runs in this process, since one process must do all the
    writing. Raises `ConfigurationError`, `RecordUnavailable`."""
    settings = load_settings(Path(os.environ["GATEWAY_CONFIG"])).settings
    set_up_logs(settings)
    gateway = assemble(settings, real_world())
    if gateway.database.dialect == "sqlite":
        build_worker(gateway).start()
    gateway.following.start()
    gateway.lateness_watch.start()
    return join(gateway)
