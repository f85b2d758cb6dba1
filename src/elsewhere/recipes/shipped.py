"""The recipes and overlays that come with the package, found by name."""

from difflib import get_close_matches
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

from elsewhere.errors import ConfigError
from elsewhere.files.documents import at_home
from elsewhere.recipes.document import Layer, description, parse_layer, read_layer

SUFFIXES = {".yaml", ".yml"}


class Shipped(NamedTuple):
    """A recipe or overlay in the package; `name` is its file's without suffix, for `--config`.

    `folder` is below `configs`, "" for the recipes at the top; `text` is the YAML.
    """

    name: str
    folder: str
    text: str

    @property
    def description(self) -> str:
        """First line of the comment that the file opens with."""
        return description(self.text)

    @property
    def is_overlay(self) -> bool:
        """Whether it goes on top of a recipe rather than being one."""
        return self.folder.split("/")[0] == "overlays"

    def layer(self) -> Layer:
        """The mapping in the file."""
        return parse_layer(self.text, f"{self.name}.yaml")


@cache
def shipped() -> tuple[Shipped, ...]:
    """Every recipe and overlay in the package, recipes first, by name."""
    with as_file(files("elsewhere").joinpath("configs")) as root:
        return shipped_in(root)


def shipped_in(root: Path) -> tuple[Shipped, ...]:
    """Every recipe and overlay below a folder, recipes first, by name."""
    found = [
        Shipped(
            path.stem, path.parent.relative_to(root).as_posix().strip("."), path.read_text("utf-8")
        )
        for path in root.rglob("*.yaml")
    ]
    return tuple(sorted(found, key=lambda item: (item.is_overlay, item.folder, item.name)))


def find_shipped(name: str) -> Shipped | None:
    """The shipped recipe or overlay of that name (`baseline` or `overlays/baseline`)."""
    for item in shipped():
        if name in {item.name, f"{item.folder}/{item.name}"}:
            return item
    return None


def find(name: str) -> tuple[str, Layer, bool]:
    """What `--config` names: a shipped name, a file, or the folder of a run.

    Returns its short name, its mapping, and whether it is a shipped overlay.
    """
    item = find_shipped(name)
    if item is not None:
        return item.name, item.layer(), item.is_overlay
    path = at_home(name)
    if path.is_dir() and (path / "config.yaml").is_file():
        path = path / "config.yaml"
    if path.is_file():
        return short_name(path), read_layer(path), False
    if path.suffix in SUFFIXES:
        raise ConfigError(f"{name}: there is no such file{near(path.stem)}")
    raise ConfigError(f"there is no recipe or file {name!r}{near(name)}")


def short_name(path: Path) -> str:
    """Name of a recipe file: its stem, or for the `config.yaml` of a run the run's own name."""
    path = path.absolute()
    if path.name == "config.yaml" and path.parent.name.startswith("seed-"):
        return path.parent.parent.name
    return path.stem


def near(name: str) -> str:
    """How a message about an unknown name goes on: the nearest shipped one, and where they are."""
    close = get_close_matches(name, [item.name for item in shipped()], n=1, cutoff=0.5)
    guess = f"did you mean {close[0]}? " if close else ""
    return f"; {guess}elsewhere configs lists what is shipped"
