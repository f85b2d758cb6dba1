"""Draw the pictures of docs/pictures.md again, with the commands of the pages that they illustrate.

    python benchmarks/draw_pictures.py

Runs both tutorials, both notebooks and the commands of the page in a folder that goes away, a few
minutes on two cores, and writes `docs/pictures`. `looks.jpg` comes from `make demo`.
"""

import base64
import os
import re
import shlex
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbclient import NotebookClient
from PIL import Image

from elsewhere.cli import main as elsewhere

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURES = DOCS / "pictures"
WIDEST, QUALITY = 1400, 82
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
KEPT = {
    "compared": "compared/*.png",
    "pair": "pair.png",
    "found": "found/*.png",
    "ranked": "runs/individuals+small/seed-0/strips-herd-1.png",
    "matched": "runs/individuals+small/seed-0/match-herd-1.png",
}
"""What of the commands' pictures is kept, and where it lies."""


def main() -> None:
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        for page in ("tutorial.md", "tutorial-individuals.md"):
            (recipe,) = (text for kind, text in fences(page) if kind == "yaml")
            Path("small.yaml").write_text(recipe)
            for command in commands(page):
                run(command)
                if page == "tutorial.md" and command.startswith("elsewhere fit"):
                    run(f"{command} --config baseline")
        for command in commands("pictures.md"):
            run(command)
        for name, places in KEPT.items():
            keep(name, Image.open(sorted(Path().glob(places))[0]))
        for name, panel in zip(("explained", "answers"), drawn_by("a-first-look"), strict=True):
            keep(name, Image.open(BytesIO(base64.b64decode(panel))))
        (curves,) = drawn_by("does-it-pay")
        (PICTURES / "trial.svg").write_text(curves)
        for kind in ("persons", "vehicles"):
            keep(kind, sheet(sorted(Path(kind).glob("images/train-*/c*-00.png"))))


def fences(page: str) -> list[tuple[str, str]]:
    return FENCE.findall((DOCS / page).read_text())


def commands(page: str) -> list[str]:
    return [line for kind, text in fences(page) if not kind for line in text.splitlines()]


def run(command: str) -> None:
    print(command)
    if status := elsewhere(shlex.split(command)[1:]):
        raise SystemExit(status)


def drawn_by(name: str) -> Iterator[str]:
    """The pictures that a notebook shows, in order."""
    notebook = nbformat.read(DOCS / "notebooks" / f"{name}.ipynb", as_version=4)
    place = Path(name)
    place.mkdir()
    NotebookClient(notebook, resources={"metadata": {"path": str(place)}}).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for kind in ("image/png", "image/svg+xml"):
                if kind in output.get("data", {}):
                    yield output["data"][kind]


def sheet(files: list[Path], columns: int = 8) -> Image.Image:
    """Pictures beside and below each other."""
    tiles = [Image.open(file).convert("RGB") for file in files[: 2 * columns]]
    wide, tall = tiles[0].width + 4, tiles[0].height + 4
    made = Image.new("RGB", (columns * wide, -(-len(tiles) // columns) * tall), "white")
    for place, tile in enumerate(tiles):
        made.paste(tile, (place % columns * wide + 2, place // columns * tall + 2))
    return made


def keep(name: str, picture: Image.Image) -> None:
    """Write a picture no larger than a page shows it."""
    picture = picture.convert("RGB")
    picture.thumbnail((WIDEST, 4 * WIDEST), Image.Resampling.LANCZOS)
    picture.save(PICTURES / f"{name}.jpg", quality=QUALITY, optimize=True)
    print(f"docs/pictures/{name}.jpg: {(PICTURES / f'{name}.jpg').stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
