"""Structured logs: one JSON object a line, or readable lines at a terminal. Personal data does not go here."""

import logging
import sys

import structlog


def configure(log_format: str, level: int = logging.INFO) -> None:
    """Sets up structlog for this process; `log_format` is 'json' or 'console'."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
