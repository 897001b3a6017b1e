"""The whole demo in one process: the gateway, its worker, the demo's providers, the mail catcher, its pages."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from gateway.assembly import assemble
from gateway.demo.catcher.mailbox import Mailbox
from gateway.demo.catcher.server import Catcher
from gateway.demo.catcher.sms_provider import Receipts, SmsProvider
from gateway.demo.caught import CaughtMessages
from gateway.demo.configuration import LETTERS_FOLDER, MAILBOX_FILE
from gateway.demo.neighbour import start_neighbour
from gateway.demo.pages import create_demo_pages
from gateway.demo.provider.app import MOUNT, create_demo_provider
from gateway.errors import ConfigurationError, SettingFault
from gateway.joining import Wsgi, join
from gateway.logs import set_up_logs
from gateway.settings import Settings, load_settings
from gateway.worker import build_worker
from gateway.world import World, real_world


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
    _sms_provider(settings, mailbox, world).start()
    start_neighbour(settings, folder, world)
    gateway = assemble(settings, world)
    build_worker(gateway).start()
    gateway.following.start()
    gateway.lateness_watch.start()
    beside: dict[str, Wsgi] = {
        MOUNT: create_demo_provider(settings, world, folder),
        "/demo": create_demo_pages(settings, CaughtMessages(mailbox, folder / LETTERS_FOLDER, gateway.database)),
    }
    return DispatcherMiddleware(join(gateway), beside)


def _sms_provider(settings: Settings, mailbox: Mailbox, world: World) -> SmsProvider:
    """The provider the configuration names, listening where it says."""
    sms = settings.notifications.sms
    if sms is None or sms.receipts is None or sms.secret_file is None:
        raise ConfigurationError((SettingFault("notifications.sms", "the demo needs it, with its receipts"),))
    receipts = Receipts(
        url=f"{settings.server.base_url}/api/v1/delivery-receipts/sms",
        secret=sms.receipts.secret_file.read_text(encoding="utf-8").strip(),
        signature_header=sms.receipts.signature_header,
        timestamp_header=sms.receipts.timestamp_header,
    )
    secret = sms.secret_file.read_text(encoding="utf-8").strip()
    port = urlsplit(sms.url).port or 0
    return SmsProvider(mailbox, secret=secret, receipts=receipts, now=world.now, port=port)
