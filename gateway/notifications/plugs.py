"""Which channels there are: the built-in ones and a hospital's own, through the same entry-point group."""

from importlib.metadata import entry_points

from gateway.errors import ConfigurationError, SettingFault
from gateway.notifications.channel import ChannelFactory, ChannelParts, NotificationChannel

GROUP = "gateway.notification_channels"


def load_channels(parts: ChannelParts) -> tuple[NotificationChannel, ...]:
    """The channels `notifications.channels` names, in its order.

    Raises `ConfigurationError` for no channel at all, for an unknown name (it lists the known ones), and whatever the
    factories find wrong with their own settings.
    """
    known = {point.name: point for point in entry_points(group=GROUP)}
    names = parts.settings.channels
    faults = [
        SettingFault("notifications.channels", f"`{name}` is unknown; known are: {', '.join(sorted(known))}")
        for name in names
        if name not in known
    ]
    if not names:
        faults.append(SettingFault("notifications.channels", "is empty: notices cannot be switched off (R1111-48)"))
    if faults:
        raise ConfigurationError(tuple(faults))
    return tuple(_create(known[name].load(), parts) for name in names)


def _create(factory: ChannelFactory, parts: ChannelParts) -> NotificationChannel:
    return factory(parts)
