"""The page of `elsewhere app`: an image in, its answer, and the answer had it looked elsewhere.

Pictures travel inside the answers; only what is dropped lies in a private folder for a while.
"""

import os
from importlib.resources import files
from tempfile import TemporaryDirectory
from typing import Any

import gradio
from fastapi import FastAPI

from elsewhere.serving.asking import ELSEWHERE, Asking
from elsewhere.serving.desk import Desk
from elsewhere.serving.showing import choices

_MINUTE = 60
_PLAIN = ("system-ui", "sans-serif")
_QUIET: dict[str, Any] = {"api_visibility": "private", "queue": False, "show_progress": "minimal"}
_DO = [(words[0].upper() + words[1:], name) for name, words in ELSEWHERE.items()]

_LEARNED_ALONE = (
    "This is an exported file, which looks where it was trained to look. To paint another "
    "attention and watch the answer change, start `elsewhere app` with the run or bundle that it "
    "was made of."
)


def mount_page(app: FastAPI) -> Any:
    """Put the page in front of a service, at its root.

    What is dropped on the page lies in a folder that only this user can read, for an hour and
    at most as long as the process lives. Nothing is fetched from other hosts, or told to them.

    Args:
        app: as `service` makes it.

    Examples:
        >>> from elsewhere.serving import mount_page, service
        >>> app = mount_page(service(elsewhere.open_model("runs/folder/seed-0")))
    """
    uploads = TemporaryDirectory(prefix="elsewhere-")
    app.state.closing.callback(uploads.cleanup)
    os.environ["GRADIO_TEMP_DIR"] = uploads.name
    desk: Desk = app.state.desk
    mounted = gradio.mount_gradio_app(
        app,
        _blocks(desk),
        "/",
        footer_links=[],
        run_history=False,
        max_file_size=desk.limits.file_bytes,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        theme=gradio.themes.Default(primary_hue="orange", font=_PLAIN, font_mono="monospace"),
        css=_text("page.css"),
    )
    # every open page listens to a heart that beats until it is told to stop
    app.state.endless.append(mounted.routes[-1].app.stop_event.set)
    return mounted


def _text(name: str) -> str:
    return (files("elsewhere.serving") / name).read_text(encoding="utf-8")


def _blocks(desk: Desk) -> Any:
    asking = Asking(desk)
    age = (_MINUTE, 60 * _MINUTE)
    with gradio.Blocks(
        title=f"{desk.name} – elsewhere", analytics_enabled=False, delete_cache=age
    ) as blocks:
        gradio.Markdown(f"# {desk.name}")
        if "predict" in desk.abilities:
            _classes(asking)
        elif desk.gallery is None:
            _pair(asking)
        if desk.gallery is not None:
            _individuals(asking)
    return blocks


def _drop(label: str, **more: Any) -> gradio.Image:
    return gradio.Image(
        label=label,
        type="filepath",
        image_mode=None,  # its header alone is looked at before the limits are
        sources=["upload", "clipboard"],
        buttons=[],
        height=300,
        **more,
    )


def _half() -> gradio.Column:
    """Side by side where there is room, else one below the other."""
    return gradio.Column(min_width=330)


def _classes(asking: Asking) -> None:
    """What it is, where it looked, and what if it had looked elsewhere."""
    with gradio.Row():
        with _half():
            image = _drop("Image", elem_id="image")
        with _half():
            answer = gradio.HTML(asking.see(None, 0)[0], elem_id="answer")
    if not asking.explains:
        image.change(lambda file: asking.see(file, 0)[0], image, answer, **_QUIET)
        gradio.Markdown(_LEARNED_ALONE)
        return
    maps = gradio.HTML(elem_id="maps")
    heads = gradio.Slider(
        0, asking.heads, 0, step=1, label="Head (0: all together)", elem_id="heads",
        visible=asking.heads > 1, buttons=[],
    )  # fmt: skip
    image.change(asking.see, [image, heads], [answer, maps], **_QUIET)
    heads.change(lambda file, head: asking.see(file, head)[1], [image, heads], maps, **_QUIET)
    _elsewhere(asking, image)


def _elsewhere(asking: Asking, image: gradio.Image) -> dict[str, Any]:
    """The answer under another attention; how to ask for it once more."""
    gradio.Markdown("## Would the answer change had it looked elsewhere?")
    columns = gradio.State(1)
    with gradio.Row():
        with _half():
            do = gradio.Radio(_DO, value="uniform", label="Let it look", elem_id="do")
            with gradio.Column(visible=False) as easel:  # its own visibility would undo its props
                board = gradio.HTML(
                    [], html_template=_text("board.html"), css_template=_text("board.css"),
                    js_on_load=_text("board.js"), elem_id="board",
                    picture="", columns=1, wide=1, tall=1,
                )  # fmt: skip
            other = _drop("Another image", visible=False, elem_id="other")
        with _half():
            change = gradio.HTML(elem_id="change")

    def shown(do: str) -> tuple[Any, Any]:
        return gradio.Column(visible=do == "painted"), gradio.Image(visible=do == "other")

    def fresh(file: str | None) -> tuple[Any, int]:
        made = asking.board(file)
        wide, tall = made.size
        place: dict[str, Any] = {
            "picture": made.picture,
            "columns": made.columns,
            "wide": wide,
            "tall": tall,
        }
        return gradio.HTML(value=made.cells, **place), made.columns

    asked: dict[str, Any] = {
        "fn": asking.change,
        "inputs": [image, do, board, columns, other],
        "outputs": change,
    }
    image.change(fresh, image, [board, columns], **_QUIET).then(**asked, **_QUIET)
    do.change(shown, do, [easel, other], **_QUIET)
    do.change(**asked, **_QUIET)
    other.change(**asked, **_QUIET)
    board.painted(**asked, **_QUIET)
    return asked


def _pair(asking: Asking) -> None:
    """Whether two images show the same individual."""
    with gradio.Row():
        with _half():
            first = _drop("An image", elem_id="image")
        with _half():
            second = _drop("Another", elem_id="other")
    match = gradio.HTML(elem_id="match")
    for image in (first, second):
        image.change(asking.compare, [first, second], match, **_QUIET)


def _individuals(asking: Asking) -> None:
    """Who it is, and confirming or correcting that."""
    gradio.Markdown("## Who is it?")
    with gradio.Row():
        with _half():
            image = _drop("Image", elem_id="who")
            name = gradio.Textbox(label="It is", elem_id="name", max_lines=1)
            with gradio.Row():
                confirm = gradio.Button("Confirm or correct", variant="primary", min_width=140)
                undo = gradio.Button("Undo the last change", min_width=140)
            said = gradio.HTML(elem_id="said")
        with _half():
            found = gradio.HTML(asking.find(None)[0], elem_id="found")
    near = gradio.Radio([], label="What made a match alike", visible=False, elem_id="near")
    match = gradio.HTML(elem_id="match")

    nearest = gradio.State(())  # as they were shown, whoever changes the gallery meanwhile

    def look(file: str | None) -> tuple[Any, ...]:
        shown, images, proposed = asking.find(file)
        matches = choices(images)
        radio = gradio.Radio(matches, value=None, visible=bool(matches))
        return images, shown, radio, "", proposed

    image.change(look, image, [nearest, found, near, match, name], **_QUIET)
    near.change(asking.match, [image, near, nearest], match, **_QUIET)
    changes: list[dict[str, Any]] = []
    if asking.looks_elsewhere and asking.model.finds_individuals:
        changes = [_elsewhere(asking, image)]
    elif asking.model.finds_individuals:
        gradio.Markdown(_LEARNED_ALONE)
    again: dict[str, Any] = {
        "fn": lambda file: look(file)[:4],
        "inputs": image,
        "outputs": [nearest, found, near, match],
    }
    acts = [act(asking.label, [image, name], said, **_QUIET)
            for act in (confirm.click, name.submit)]  # fmt: skip
    for done in (*acts, undo.click(asking.undo, None, said, **_QUIET)):
        for next_ in (again, *changes):
            done = done.then(**next_, **_QUIET)
