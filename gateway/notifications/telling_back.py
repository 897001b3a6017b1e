"""What carriers tell back, as the settings have it: receipts of text messages, batches of letters that left, reports of
mails that arrived or did not.
"""

from gateway.errors import ConfigurationError, SettingFault
from gateway.notifications.delivery import Deliveries
from gateway.notifications.early_receipts import EarlyReceipts
from gateway.notifications.letters import Letters
from gateway.notifications.report_folder import ReportFolder
from gateway.notifications.sms import NAME as SMS
from gateway.notifications.sms_receipts import SmsReceipts, read_secret
from gateway.settings import NotificationSettings
from gateway.storage.database import Database
from gateway.world import World


def build_sms_receipts(
    settings: NotificationSettings, *, database: Database, world: World, deliveries: Deliveries
) -> SmsReceipts | None:
    """The receipts of the SMS channel, None where it is not used or its provider sends none. Raises
    `ConfigurationError`."""
    if SMS not in settings.channels or settings.sms is None or settings.sms.receipts is None:
        return None
    receipts = settings.sms.receipts
    early = EarlyReceipts(channel=SMS, database=database, world=world, deliveries=deliveries)
    return SmsReceipts(receipts, read_secret(receipts.secret_file), world, early)


def build_reports(
    settings: NotificationSettings, *, database: Database, world: World, deliveries: Deliveries
) -> ReportFolder | None:
    """The folder of mail reports, None where none is set. Raises `ConfigurationError`."""
    if settings.reports is None:
        return None
    folder = settings.reports.folder
    try:
        for part in ("new", "cur", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fault = SettingFault("notifications.reports.folder", f"cannot be made a Maildir: {error.strerror}")
        raise ConfigurationError((fault,)) from None
    return ReportFolder(folder, database=database, world=world, deliveries=deliveries)


def build_letters(
    settings: NotificationSettings, *, database: Database, world: World, deliveries: Deliveries
) -> Letters | None:
    """The batches of letters, None where no folder is set. One whose channel is no longer used still leaves."""
    if settings.letter is None:
        return None
    return Letters(folder=settings.letter.folder, database=database, world=world, deliveries=deliveries)
