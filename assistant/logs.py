"""How this process logs: JSON lines for machines, readable ones on a terminal; never what somebody asked.

Errors are logged by their kind and place. Their message is left out: a library may have put a visitor's words into it.
"""

from __future__ import annotations

import logging
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

ROOT = Path(__file__).parent.parent
DEEPEST = 12  # frames of an error that are logged, the innermost ones


def set_up_logs(style: str) -> None:
    """Log to standard error; `auto` writes JSON unless a person watches on a terminal."""
    readable = style == "text" or (style == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_messages,
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    # Our own lines go straight to the stream: by way of the standard library each costs three times as much.
    structlog.configure(
        processors=[*shared, renderer],
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Patient(sys.stderr))),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    handler = logging.StreamHandler(sys.stderr)
    processors: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=processors, foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name]
        )
    )
    logging.raiseExceptions = False  # a line that cannot be written must not be printed with all it was to say
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"  # its lines hold addresses and whole paths


class _Patient:
    """A stream that may be on a full disk: a line that cannot be written is lost, and nobody's answer with it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        with suppress(OSError):
            self._stream.write(line)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def where(error: BaseException) -> list[str]:
    """The way to an error as `file:line function`, innermost last, without values or messages."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _without_messages(_: object, __: str, event: EventDict) -> EventDict:
    """Replace what a library logged as an exception by its kind and place."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else sys.exc_info()[1]
    if info and isinstance(error, BaseException):
        event["error"], event["where"] = type(error).__name__, where(error)
        record = event.get("_record")
        if record is not None:
            record.exc_info = record.exc_text = None
    return event


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else "/".join(path.parts[-2:])
