"""The whole demo in one process: the gateway, its worker, the demo provider, the mail catcher, its pages."""

import os
from pathlib import Path

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from gateway.assembly import assemble
from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.catcher.server import Catcher
from gateway.demo.configuration import MAILBOX_FILE
from gateway.demo.pages import create_demo_pages
from gateway.demo.provider.app import MOUNT, create_demo_provider
from gateway.errors import ConfigurationError, SettingFault
from gateway.joining import Wsgi, join
from gateway.logs import set_up_logs
from gateway.settings import load_settings
from gateway.worker import build_worker
from gateway.world import real_world


def create_application() -> Wsgi:
    """The factory the WSGI server calls, for the configuration named by `GATEWAY_CONFIG`.

    Raises `ConfigurationError` unless it is the demo's.
    """
    file = Path(os.environ["GATEWAY_CONFIG"])
    settings = load_settings(file).settings
    if settings.profile != "demo":
        raise ConfigurationError((SettingFault("profile", "only the demo's configuration runs the demo"),))
    set_up_logs(settings)
    world = real_world()
    folder = file.parent
    mailbox = Mailbox(folder / MAILBOX_FILE, world.now)
    Catcher(mailbox, settings.notifications.smtp.port).start()
    gateway = assemble(settings, world)
    build_worker(gateway).start()
    gateway.following.start()
    gateway.lateness_watch.start()
    beside: dict[str, Wsgi] = {
        MOUNT: create_demo_provider(settings, world, folder),
        "/demo": create_demo_pages(settings, mailbox),
    }
    return DispatcherMiddleware(join(gateway), beside)
