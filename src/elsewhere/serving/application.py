"""The typed JSON service: images in, answers out; every bad request ends in one line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from elsewhere.errors import ElsewhereError, one_line
from elsewhere.serving.desk import Desk
from elsewhere.serving.guarding import Guard, refuse
from elsewhere.serving.limits import Limits, Refused
from elsewhere.serving.metrics import Metrics
from elsewhere.serving.routes import ROUTES
from elsewhere.serving.types import Health, Problem

if TYPE_CHECKING:
    from elsewhere.gallery import Gallery
    from elsewhere.inference import ExportedModel, Model

_WRONG = (400, 401, 403, 404, 408, 413, 415, 421, 422, 503)
_TEXT: dict[int | str, Any] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


def service(
    model: "Model | ExportedModel",
    gallery: "Gallery | None" = None,
    *,
    limits: Limits | None = None,
    token: str | None = None,
    keep: str | Path | None = None,
    batch: int = 16,
) -> FastAPI:
    """Make a service of a model; any ASGI server runs it, in one process.

    One thread asks the model, about several requests' images at once. Which routes there are
    follows from what the model can do.

    Args:
        model: as `open_model` or `open_exported` opens it.
        gallery: of the same model; lets images be searched for and labelled.
        limits: of requests.
        token: that every request has to show; None takes those to this machine's own names.
        keep: a folder to keep images in; None keeps none.
        batch: images that the model looks at together, at most.

    Raises:
        ConfigError: images cannot be kept there.

    Examples:
        >>> from elsewhere.serving import service
        >>> app = service(elsewhere.open_model("runs/folder/seed-0"))
        >>> sorted(app.openapi()["paths"])[:4]
        ['/compare', '/embed', '/explain', '/health']
    """
    metrics, folder = Metrics(), None if keep is None else Path(keep)
    desk = Desk(model, gallery, limits, folder, batch, metrics.count_batch)
    metrics.watch(desk.worker)

    closing = ExitStack()
    closing.callback(desk.close)

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(closing.close)

    app = FastAPI(
        title="elsewhere",
        description="Where a network looks, and what it says.",
        lifespan=living,
        docs_url=None,  # what shows them would come from another host
        redoc_url=None,
        responses={status: {"model": Problem} for status in _WRONG},
    )
    app.state.desk, app.state.closing, app.state.endless = desk, closing, []
    app.add_middleware(Guard, limits=desk.limits, token=token, metrics=metrics)
    _tell_problems(app, desk)
    _add_overview(app, desk, metrics)
    for ability in desk.abilities:
        ROUTES[ability](app, desk)
    return app


def _tell_problems(app: FastAPI, desk: Desk) -> None:
    @app.exception_handler(ElsewhereError)
    async def unwilling(_: Request, error: ElsewhereError) -> Response:
        return refuse(error.status if isinstance(error, Refused) else 422, one_line(str(error)))

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"])
        return refuse(422, one_line(f"{where}: {first['msg']}"))

    @app.exception_handler(HTTPException)
    async def wrong(_: Request, error: HTTPException) -> Response:
        line = str(error.detail)
        if error.status_code == 404:
            line = f"nothing here; this model answers {', '.join(desk.abilities)}"
        answer = refuse(error.status_code, one_line(line))
        answer.headers.update(error.headers or {})
        return answer


def _add_overview(app: FastAPI, desk: Desk, metrics: Metrics) -> None:
    @app.get("/health")
    async def health() -> Health:
        """Say that the service is up, and what it answers."""
        images = None if desk.gallery is None else await asyncio.to_thread(len, desk.gallery)
        return Health(
            status="ok",
            model=desk.name,
            classes=len(desk.model.class_names),
            answers=list(desk.abilities),
            gallery=images,
            waiting=desk.worker.waiting,
        )

    @app.get("/metrics", response_class=Response, responses=_TEXT)
    async def counted() -> Response:
        """Say what was counted, as Prometheus reads it."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")
