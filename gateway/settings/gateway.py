"""Who runs this gateway, where it listens, keeps its data and finds its rules and dossiers."""

from pathlib import Path

from pydantic import Field

from gateway.settings.section import Section


class HospitalSettings(Section):
    """Who runs this gateway."""

    name: str = Field(description="The establishment's name, as patients know it.")
    finess: str = Field(pattern=r"^[0-9A-Z]{9}$", description="FINESS number of the establishment, 9 characters.")
    emergency_unit: str = Field("URG", description="Unit code whose admissions make today's ED list.")
    unit_names: dict[str, str] = Field(
        default_factory=dict, description="Unit codes, each with the name patients know it by."
    )
    phone: str = Field(description="Number a patient can call about an access, as printed in notices.")


class ServerSettings(Section):
    """Where the gateway listens, and what it accepts."""

    base_url: str = Field(description="Public address of the gateway, no trailing slash; redirect URIs derive from it.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Processes; SQLite allows one only.")
    threads: int = Field(16, ge=1, le=256, description="Request threads of a process.")
    max_body_bytes: int = Field(1_000_000, ge=1024, description="Largest request body accepted, bytes.")


class DatabaseSettings(Section):
    """Where everything is kept."""

    url: str = Field(description="sqlite:///path or postgresql://user@host/name.")
    pool_size: int = Field(8, ge=1, le=100, description="Connections of a process.")


class PolicySettings(Section):
    """Which rules decide."""

    folder: Path = Field(description="Folder of the policy book.")
    guardrails_digest: str = Field(
        "",
        description="SHA-256 the DPO pinned for the guardrails, or two with a space while one follows the other;"
        " empty: not pinned (demo).",
    )


class DossierSettings(Section):
    """Where documents come from."""

    connector: str = Field("embedded", description="Name of a gateway.dossier_connectors entry point.")
    timeout_seconds: float = Field(2.0, gt=0, le=30, description="Longest the summary waits for a source, seconds.")
