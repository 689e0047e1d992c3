"""Feedback as routes: two buttons below an answer, then fixed reasons; nothing can be written into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from assistant.conversation import Conversation
from assistant.feedback import LONGEST_TOKEN, REASONS, Taken, Votes
from assistant.pages import Pages

RETRY_AFTER = 60  # seconds after which a disk or a lock may be free again
# Status and advice of a vote that was not taken.
REFUSED: dict[Taken, tuple[int, str]] = {
    "used": (409, "token: this answer has its feedback already. Ask again to get a new one. Thank you!"),
    "expired": (410, "token: it is more than a day old. Feedback to newer answers is welcome."),
    "unknown": (422, "token: is not one of ours. Send X-Feedback-Token of an answer as it came, or leave it out."),
    "unwritten": (503, f"Feedback cannot be kept right now. Send it again in {RETRY_AFTER} seconds."),
}


class Feedback(BaseModel):
    """What `POST /api/feedback` takes."""

    model_config = ConfigDict(extra="forbid")

    helped: bool
    reason: Literal["wrong", "outdated", "unclear", "other"] | None = None
    token: str | None = Field(None, max_length=LONGEST_TOKEN, description="X-Feedback-Token of the answer")


def add_feedback(
    app: FastAPI, pages_of: Callable[[FastAPI], Pages], conversation_of: Callable[[str], Conversation]
) -> None:
    """Add them to an application."""

    @app.post("/feedback", response_class=HTMLResponse)
    def feedback(
        request: Request,
        helped: Annotated[Literal["yes", "no"], Form()],
        reason: Annotated[str, Form()] = "",
        token: Annotated[str, Form(max_length=LONGEST_TOKEN)] = "",
        conversation: Annotated[str, Form()] = "",
        language: Annotated[str, Form()] = "",
        base: Annotated[Literal["/", "/embed"], Form()] = "/",
    ) -> str:
        pages, votes = pages_of(app), votes_of(app)
        why = reason if helped == "no" and reason in REASONS else None
        taken = votes.take(token, helped == "yes", why) if votes else "unknown"
        frame = pages.frame(language, conversation_of(conversation).address, base)
        asks_why = taken == "taken" and helped == "no" and why is None
        whole = request.headers.get("x-requested-with") != "fetch"
        return pages.feedback(frame, conversation, token if asks_why else "", taken, whole)

    @app.post("/api/feedback", status_code=204)
    def api_feedback(given: Feedback) -> None:
        votes = votes_of(app)
        if votes is None:
            raise HTTPException(404, "Feedback is turned off here. Tell the office whose offer it is about.")
        why = None if given.helped else given.reason
        taken = (
            votes.take_unsigned(given.helped, why)
            if given.token is None
            else votes.take(given.token, given.helped, why)
        )
        if taken in REFUSED:
            status, detail = REFUSED[taken]
            raise HTTPException(status, detail, {"Retry-After": str(RETRY_AFTER)} if status == 503 else None)


def votes_of(app: FastAPI) -> Votes | None:
    """Who takes votes in an application; None where it keeps no journal."""
    votes: Votes | None = app.state.votes
    return votes
