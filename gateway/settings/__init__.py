"""The configuration: pydantic models of the TOML file, one module a theme. Every mistake is told at once, with its key.

Reading a file happens in `load_settings`, nowhere else; secrets are files the settings name, never values.
"""

from gateway.settings.gateway import DatabaseSettings, DossierSettings, HospitalSettings, PolicySettings, ServerSettings
from gateway.settings.identity import BearerSettings, ClaimSettings, IdentitySettings, ProviderSettings
from gateway.settings.notifications import (
    DeliverySettings,
    LetterSettings,
    MssanteSettings,
    NotificationSettings,
    ReportSettings,
    SmsReceiptSettings,
    SmsSettings,
    SmtpSettings,
)
from gateway.settings.record import (
    AtnaSettings,
    ExportSettings,
    HeadMailSettings,
    RecordSettings,
    TimestampSettings,
    WitnessesSettings,
)
from gateway.settings.reviews import ReminderMailSettings, ReviewSettings, ReviewWeights
from gateway.settings.whole import LoadedSettings, Settings, load_settings

__all__ = [
    "AtnaSettings",
    "BearerSettings",
    "ClaimSettings",
    "DatabaseSettings",
    "DeliverySettings",
    "DossierSettings",
    "ExportSettings",
    "HeadMailSettings",
    "HospitalSettings",
    "IdentitySettings",
    "LetterSettings",
    "LoadedSettings",
    "MssanteSettings",
    "NotificationSettings",
    "PolicySettings",
    "ProviderSettings",
    "RecordSettings",
    "ReminderMailSettings",
    "ReportSettings",
    "ReviewSettings",
    "ReviewWeights",
    "ServerSettings",
    "Settings",
    "SmsReceiptSettings",
    "SmsSettings",
    "SmtpSettings",
    "TimestampSettings",
    "WitnessesSettings",
    "load_settings",
]
