"""The MSSanté channel: the trusted space alone, by its operator's relay where the hospital has one of its own.

It reaches professionals, and patients in their Mon espace santé mailbox. The channel `email` reaches MSSanté addresses
too, where the hospital's relay routes them: this one is for hospitals that keep the two apart.
"""

from gateway.notifications.channel import AddressKind, ChannelParts
from gateway.notifications.email import SmtpChannel, smtp_channel

NAME = "mssante"


def create_channel(parts: ChannelParts) -> SmtpChannel:
    """The entry point `mssante`. Raises `ConfigurationError` naming every setting that cannot be used."""
    own = parts.settings.mssante.smtp
    key = "notifications.smtp" if own is None else "notifications.mssante.smtp"
    return smtp_channel(parts, own or parts.settings.smtp, key, NAME, frozenset({AddressKind.MSSANTE}))
