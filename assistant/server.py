"""Runs the application under uvicorn: workers, draining, and one place for the figures of all workers.

A thin layer, so that every way to start it (by hand, systemd, container) behaves alike.
"""

from __future__ import annotations

import os
import signal
import tempfile
from types import FrameType
from typing import Any

import structlog

from assistant.logs import set_up_logs
from assistant.reserve import readable_content
from assistant.settings import Settings, refuse_weak_secrets

FIGURES = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus-client when it is imported, so set before that
log = structlog.get_logger()
KEEP_ALIVE = 30  # seconds; longer than a proxy's pause between two requests of the same page


def run(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or SIGINT, then let what is in flight finish. Raises ContentError, SecretWeak."""
    import uvicorn

    from assistant.connection import Connection
    from assistant.workers import Workers

    refuse_weak_secrets(settings)
    set_up_logs(settings.log_format)
    _tell_what_is_missing(settings)
    # Every worker reads the settings anew: one that was drawn here must be the same for all.
    os.environ["LOTSE_SECRET"] = settings.secret
    # Said here and once; a worker that cannot start would be started again and again.
    readable_content(settings)
    # uvicorn raises the signal again when it has drained; ending on request is no failure.
    signal.signal(signal.SIGTERM, _done)
    with tempfile.TemporaryDirectory(prefix="lotse-figures-") as figures:
        if workers > 1:
            os.environ.setdefault(FIGURES, figures)
        options: dict[str, Any] = {
            "app": "assistant.api:application",
            "factory": True,
            "host": host,
            "port": port,
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "http": Connection,
            "proxy_headers": False,  # who may be believed is a setting of ours, see proxies
            "timeout_keep_alive": KEEP_ALIVE,
            "timeout_graceful_shutdown": settings.drain_seconds,
        }
        if workers == 1:
            uvicorn.run(**options)
        else:
            config = uvicorn.Config(**options, workers=workers)
            Workers(config, [config.bind_socket()]).run()


def _tell_what_is_missing(settings: Settings) -> None:
    """Say once what works without, and what that costs."""
    if "secret" not in settings.model_fields_set:
        log.warning("LOTSE_SECRET is not set", so="conversations end with this process")
    if not settings.public_url and not settings.allowed_hosts:
        log.warning("LOTSE_PUBLIC_URL is not set", so="every name is answered and pages name no address of their own")


def _done(signal: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
