"""What can be asked of the service, one route for each ability of its desk."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import FastAPI, File, Form, Query, Response, UploadFile

from elsewhere.serving import answers
from elsewhere.serving.desk import Desk
from elsewhere.serving.types import Changed, Compared, Embedded, Explained, Predicted, Searched

Upload = Annotated[UploadFile, File(description="an image's file")]
Top = Annotated[int, Query(ge=1, le=100, description="how many to name")]
Shape = Annotated[Literal["json", "png"], Query(description="numbers, or the panel drawn of them")]
Target = Annotated[str | None, Query(description="a class; the answer itself if none is named")]
Name = Annotated[str, Form(description="the individual; unknown where nobody knows it")]
Where = Annotated[
    Sequence[str],
    Query(max_length=20, description="conditions, such as `camera != 3`; all must hold"),
]
_PNG: dict[int | str, Any] = {200: {"content": {"image/png": {}}}}


def add_predict(app: FastAPI, desk: Desk) -> None:
    """The likeliest classes."""

    @app.post("/predict")
    async def predict(image: Upload, top: Top = 5) -> Predicted:
        """Name the likeliest classes of an image."""
        held = desk.receive(await image.read(), image.filename)
        return answers.predicted(await asyncio.wrap_future(desk.predict(held, top)))


def add_explain(app: FastAPI, desk: Desk) -> None:
    """Attention and evidence."""

    @app.post("/explain", response_model=Explained, responses=_PNG)
    async def explain(image: Upload, target: Target = None, form: Shape = "json") -> Any:
        """Say where the network looked and what it used: maps as numbers, or drawn."""
        held = desk.receive(await image.read(), image.filename)
        look = await asyncio.wrap_future(desk.explain(held, target))
        return await _drawn(desk, look) if form == "png" else answers.explained(look)


def add_embed(app: FastAPI, desk: Desk) -> None:
    """A vector."""

    @app.post("/embed")
    async def embed(image: Upload) -> Embedded:
        """Return the vector that an image is compared by."""
        held = desk.receive(await image.read(), image.filename)
        return Embedded(file=held.name, vector=await asyncio.wrap_future(desk.embed(held)))


def add_compare(app: FastAPI, desk: Desk) -> None:
    """The same individual or not."""

    @app.post("/compare", response_model=Compared, responses=_PNG)
    async def compare(a: Upload, b: Upload, form: Shape = "json") -> Any:
        """Say whether two images show the same individual, and how sure that is."""
        first = desk.receive(await a.read(), a.filename)
        second = desk.receive(await b.read(), b.filename)
        match = await asyncio.wrap_future(desk.compare(first, second))
        return await _drawn(desk, match) if form == "png" else answers.compared(match)


def add_search(app: FastAPI, desk: Desk) -> None:
    """Who it is."""

    @app.post("/search")
    async def search(image: Upload, top: Top = 10, where: Where = ()) -> Searched:
        """Say who an image shows, among those of the gallery that fulfil the conditions."""
        held = desk.receive(await image.read(), image.filename)
        found = await asyncio.wrap_future(desk.search(held, top, tuple(where)))
        return answers.searched(found, desk.model.retrieval)


def add_label(app: FastAPI, desk: Desk) -> None:
    """Confirm or correct."""

    @app.post("/label")
    async def label(image: Upload, name: Name) -> Changed:
        """Say who an image shows; it joins the gallery, and the next search knows it."""
        held = desk.receive(await image.read(), image.filename)
        changed, images = await asyncio.wrap_future(desk.label(held, name))
        return Changed(done="label", changed=changed, images=images)


def add_undo(app: FastAPI, desk: Desk) -> None:
    """Take back."""

    @app.post("/undo")
    async def undo() -> Changed:
        """Undo what was done last to the gallery."""
        done, images = await asyncio.wrap_future(desk.undo())
        return Changed(done=f"undo {done.what}", changed=done.images, images=images)


async def _drawn(desk: Desk, answer: Any) -> Response:
    from elsewhere.reports.pages import encode_png

    png = await asyncio.wrap_future(desk.alone(lambda: encode_png(answer.panel())))
    return Response(png, media_type="image/png")


ROUTES: dict[str, Callable[[FastAPI, Desk], None]] = {
    "predict": add_predict,
    "explain": add_explain,
    "embed": add_embed,
    "compare": add_compare,
    "search": add_search,
    "label": add_label,
    "undo": add_undo,
}
