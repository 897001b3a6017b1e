"""What carriers tell back, as the settings have it: receipts of text messages, and batches of letters that left."""

from gateway.notifications.delivery import Deliveries
from gateway.notifications.early_receipts import EarlyReceipts
from gateway.notifications.letters import Letters
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


def build_letters(
    settings: NotificationSettings, *, database: Database, world: World, deliveries: Deliveries
) -> Letters | None:
    """The batches of letters, None where no folder is set. One whose channel is no longer used still leaves."""
    if settings.letter is None:
        return None
    return Letters(folder=settings.letter.folder, database=database, world=world, deliveries=deliveries)
