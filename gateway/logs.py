"""The technical log: one JSON line an event in production, ids only. The audit trail is not here."""

import logging
import sys

import structlog

from gateway.settings import Settings


def set_up_logs(settings: Settings) -> None:
    """Configure structlog for this process; the standard library's warnings go the same way.

    Libraries log addresses and queries at lower levels, so only their warnings are let through.
    """
    shape: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if settings.log_format == "json" else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            shape,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
