"""Whose code a recipe may run, and where it may write.

A recipe names classes, and naming one imports its module, which runs it. So a recipe may name what
is installed with this package, and write into its run, unless its user says that it is trusted.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from elsewhere.errors import ConfigError, printable
from elsewhere.files.documents import at_home, real_path

KNOWN = ("elsewhere", "torch", "torchvision", "timm", "lightning")
"""Packages whose classes every recipe may name."""
_PLACE = re.compile(r"dir$|path$|folder$|place$")
_LOCAL = re.compile(r"^(?!https?:)\w+:/")
Leaf = tuple[tuple[str, ...], Any]


def class_paths(config: Any) -> Iterator[Leaf]:
    """Every `class_path` in a recipe, with the keys that lead to it."""
    return (leaf for leaf in _leaves(config, ()) if leaf[0][-1:] == ("class_path",))


def is_known(class_path: Any) -> bool:
    """Whether a class is of a package that every recipe may name."""
    return str(class_path).split(".")[0] in KNOWN


def refusal(class_path: Any) -> str:
    """What to say of a class that a recipe may not name."""
    return (
        f"{printable(str(class_path))} is of none of {', '.join(KNOWN)}, and its module would be "
        "run to find it: where you trust who wrote it, say --trust (in Python trust=True)"
    )


def leading_out(trainer: Any, folder: Path) -> tuple[tuple[str, ...], str] | None:
    """The first value under `trainer` that names a place outside a run's folder; None for none.

    It is given by its keys and what to say of it.
    """
    for path, value in _leaves(trainer, ()):
        if isinstance(value, str) and _leads_out(path[-1] if path else "", value, folder):
            said = (
                f"{printable(value)} lies outside the run, {folder}, where all is written: leave "
                "it out, or say --trust"
            )
            return path, said
    return None


def _leads_out(key: str, value: str, folder: Path) -> bool:
    if _LOCAL.match(value):
        return True
    named = at_home(value)
    if not (_PLACE.search(key) or named.is_absolute() or ".." in named.parts):
        return False
    return key != "class_path" and not real_path(named).is_relative_to(real_path(folder))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[Leaf]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, str(place)))
    else:
        yield path, value


def require_known(config: Mapping[str, Any], source: Any) -> None:
    """Refuse a recipe that names a class of another package, before anything is imported."""
    for path, class_path in class_paths(config):
        if "." in str(class_path) and not is_known(class_path):
            raise ConfigError(f"{source(*path)}: {'.'.join(path)}: {refusal(class_path)}")
