"""Merging of recipes, worked out on flat paths instead of by recursion.

A mapping is the set of its leaves `path -> value`; an overlay strikes out what it replaces and
then writes its own leaves.
"""

from typing import Any

EMPTY = object()


def flatten(values: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if not isinstance(values, dict):
        return {path: values}
    leaves: dict[tuple[str, ...], Any] = {path: EMPTY}
    for key, value in values.items():
        leaves.update(flatten(value, (*path, key)))
    return leaves


def unflatten(leaves: dict[tuple[str, ...], Any]) -> Any:
    if leaves[()] is not EMPTY:
        return leaves[()]
    children = {path[0] for path in leaves if path}
    return {
        child: unflatten(
            {path[1:]: value for path, value in leaves.items() if path[:1] == (child,)}
        )
        for child in children
    }


def starts_with(path: tuple[str, ...], head: tuple[str, ...]) -> bool:
    return path[: len(head)] == head


def merged(base: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    below, above = flatten(base), flatten(overlay)
    struck: list[tuple[str, ...]] = []
    for path, value in above.items():
        if value is not EMPTY or below.get(path, EMPTY) is not EMPTY:
            struck.append(path)  # a plain value on either side: the overlay's stands
        if path[-1:] == ("class_path",) and below.get(path) != value:
            struck += [(*path[:-1], "init_args"), (*path[:-1], "dict_kwargs")]
    kept = {
        path: value
        for path, value in below.items()
        if not any(starts_with(path, head) for head in struck)
    }
    return unflatten({**kept, **above})
