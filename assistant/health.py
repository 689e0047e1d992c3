"""What an operator and their monitoring can ask: alive, ready and serving what since when, and the figures.

Everybody may know that it runs and what it serves; why something is not as wanted and the figures are the operator's.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException

from assistant import metrics
from assistant.dialogue import Assistant
from assistant.journal import Journal
from assistant.reload import Keeper
from assistant.settings import Settings

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def add_health(app: FastAPI, settings: Settings, assistant_of: Callable[[FastAPI], Assistant]) -> None:
    """Add `/health/live`, `/health/ready` and `/metrics` to an application."""

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/health/ready")
    def ready(request: Request) -> dict[str, Any]:
        # Degraded is 200: every state that serves answers emergencies, and taking it out would leave nothing.
        keeper: Keeper | None = getattr(app.state, "keeper", None)
        said = _served(assistant_of(app))
        if keeper is None:
            return {"status": "ok", **said}
        return {"status": "ok", **said, **_kept(keeper, app.state.journal, is_operator(request, settings))}

    @app.get("/metrics")
    def figures(request: Request) -> Response:
        if not is_operator(request, settings):
            raise HTTPException(404, "Not found here. LOTSE_METRICS_TOKEN or LOTSE_METRICS_FROM opens it.")
        return Response(metrics.exposed(), media_type=CONTENT_TYPE_LATEST)


def _served(assistant: Assistant) -> dict[str, Any]:
    index = assistant.retriever.index
    return {
        "index": {"version": index.version, "made_at": index.made_at, "passages": len(index.passages)},
        "offers": len(assistant.catalog.offers),
    }


def _kept(keeper: Keeper, journal: Journal | None, for_operator: bool) -> dict[str, Any]:
    """Since when what is served, what is turned off; problems by their kind, for the operator in a sentence."""
    serving, problems, switch = keeper.serving, dict(keeper.said()), keeper.switch
    if journal and journal.trouble:
        problems["journal"] = journal.trouble
    return {
        "status": "degraded" if problems or not serving.is_whole else "ok",
        "content": serving.content.version,
        "since": serving.since.isoformat(timespec="seconds"),
        "last_attempt": keeper.attempted.isoformat(timespec="seconds") if keeper.attempted else None,
        "search": "meaning and words" if serving.is_whole else "words only",
        "problems": problems if for_operator else sorted(problems),
        "switched_off": (["everything"] if switch.everything else []) + sorted(switch.topics),
    }


def is_operator(request: Request, settings: Settings) -> bool:
    """Whether a request carries the operator's token, or comes from a network the operator named, through no proxy.

    A proxy on the same machine hands everybody on as 127.0.0.1, so what was forwarded needs the token.
    """
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    wanted = settings.metrics_token
    if wanted and secrets.compare_digest(token.encode(), wanted.encode()):
        return True
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    return is_inside(request.client.host, settings.metrics_from)


def is_inside(host: str, networks: str) -> bool:
    """Whether an address lies in one of the networks, `127.0.0.0/8 ::1`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks.split())
