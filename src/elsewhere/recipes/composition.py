"""A recipe, overlays on top of it, and single keys on top of those, as plain mappings.

Mappings merge, lists are replaced, null replaces, and a changed `class_path` drops the arguments
of the class that was there.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

from elsewhere.errors import ConfigError
from elsewhere.recipes.document import Layer, parse_value
from elsewhere.recipes.shipped import find, find_shipped
from elsewhere.recipes.trust import require_known

CLASS_KEYS = frozenset({"class_path", "init_args", "dict_kwargs"})
ARGUMENT_KEYS = frozenset({"init_args", "dict_kwargs"})
COMMAND_LINE = "the command line"
CALL = "the call"
"""What to call keys that Python code gave."""


class Composition(NamedTuple):
    """What is asked for, before types are looked at: recipe, overlays and keys as one mapping.

    `recipe` and `overlays` are short names, "" if no recipe was named. `layers` are what was
    merged, in order, and say where a key comes from; `options`, a verb's own, are what else might
    have been meant by a key that nobody knows. With `trust` the recipe may name classes of any
    package, and write anywhere.
    """

    config: dict[str, Any]
    recipe: str
    overlays: tuple[str, ...]
    layers: tuple[Layer, ...]
    options: tuple[str, ...] = ()
    trust: bool = False

    def source(self, *path: str) -> str:
        """Where the value of a key was said last: `file:line`, the command line, or the call."""
        return source_of(self.layers, path)


def compose(
    names: Sequence[str | Path],
    keys: Sequence[str] | Mapping[str, Any] = (),
    options: Sequence[str] = (),
    *,
    trust: bool = False,
) -> Composition:
    """Merge a recipe, its overlays and single keys into one mapping.

    `names` are shipped names, files, or folders of runs, the recipe's first; there may be none.
    `keys` are words of a command line (`--key.sub=value`), or values by their dotted keys. For the
    others see `Composition`.
    """
    found = [find(str(name)) for name in names]
    if found and found[0][2]:
        name = found[0][0]
        raise ConfigError(
            f"{name} is an overlay: name a recipe first, as --config NAME --config {name}"
        )
    for each in names[1:]:
        other = find_shipped(str(each))
        if other is not None and not other.is_overlay:
            raise ConfigError(f"{each} is a recipe of its own: name one recipe, then overlays")
    layers = [layer for _, layer, _ in found]
    config: dict[str, Any] = {}
    for layer in layers:
        config = merge(config, layer.values)
    said = given(config, keys) if isinstance(keys, Mapping) else overrides(config, keys)
    short = [name for name, _, _ in found]
    composition = Composition(
        config=merge(config, said.values),
        recipe=short[0] if short else "",
        overlays=tuple(short[1:]),
        layers=(*layers, said),
        options=tuple(options),
        trust=trust,
    )
    if not trust:
        require_known(composition.config, composition.source)
    return composition


def merge(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """The base with an overlay on top; neither is changed.

    Mappings merge key by key, anything else of the overlay replaces. Where the overlay names
    another `class_path`, the arguments of the old class go.
    """
    merged = dict(base)
    if "class_path" in overlay and overlay["class_path"] != base.get("class_path"):
        merged = {key: value for key, value in base.items() if key not in ARGUMENT_KEYS}
    for key, value in overlay.items():
        merged[key] = _merge_value(merged.get(key), value)
    return merged


def _merge_value(below: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if isinstance(below, str) and value and value.keys() <= ARGUMENT_KEYS:
        below = {"class_path": below}  # a class named by its path alone, now given arguments
    return merge(below if isinstance(below, Mapping) else {}, value)


def overrides(config: Mapping[str, Any], words: Sequence[str]) -> Layer:
    """`--key.sub=value` or `--key.sub value` words as one overlay for `config`.

    Where a mapping on the way has a `class_path`, its arguments are meant: `--data.root=x` is
    `--data.init_args.root=x`.
    """
    items = [
        (name, parse_value(text, f"{COMMAND_LINE}, --{name}"), text) for name, text in _pairs(words)
    ]
    return _layer(COMMAND_LINE, config, items)


def given(config: Mapping[str, Any], keys: Mapping[str, Any]) -> Layer:
    """Values by their dotted keys as one overlay for `config`; paths become text."""
    for name in keys:
        if not all(name.split(".")):
            raise ConfigError(f"{name!r} names no key: recipe keys are written key.sub")
    items = [(name, str(v) if isinstance(v, Path) else v, "") for name, v in keys.items()]
    return _layer(CALL, config, items)


def _layer(source: str, config: Mapping[str, Any], items: Sequence[tuple[str, Any, str]]) -> Layer:
    """Dotted keys, their values, and how these were typed, as one overlay."""
    said: dict[str, Any] = {}
    texts: dict[tuple[str, ...], str] = {}
    for name, value, text in items:
        path = expand(merge(config, said), name.split("."))
        nested = reduce(lambda inner, key: {key: inner}, reversed(path), value)
        said = merge(said, nested)
        for old in [old for old in texts if path[: len(old)] == old or old[: len(path)] == path]:
            del texts[old]
        if text and not isinstance(value, str):
            texts[path] = text
    return Layer(source, said, {}, texts)


def split_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the words of `elsewhere fit` into what `--config` names and the keys."""
    names, keys = [], []
    rest = iter(words)
    for word in rest:
        if word == "--config":
            names.append(next(rest, ""))
        elif word.startswith("--config="):
            names.append(word.removeprefix("--config="))
        else:
            keys.append(word)
    return names, keys


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or word == "--":
            raise ConfigError(f"{word!r} is no option: recipe keys are written --key.sub=value")
        name, equals, value = word[2:].partition("=")
        if not all(name.split(".")):
            raise ConfigError(f"{word!r} names no key: recipe keys are written --key.sub=value")
        if not equals:
            if not rest or rest[0].startswith("--"):
                raise ConfigError(f"--{name} needs a value: --{name}=…")
            value = rest.pop(0)
        pairs.append((name, value))
    return pairs


def expand(config: Mapping[str, Any], path: Sequence[str]) -> tuple[str, ...]:
    """A key's path with `init_args` put in wherever a class takes the next key as an argument."""
    full: list[str] = []
    here: Any = config
    for key in path:
        if isinstance(here, str):
            here = {"class_path": here}
        if here is not None and not isinstance(here, Mapping):
            raise ConfigError(
                f"--{'.'.join(path)}: {'.'.join(full)} is {_kind(here)}; give it as a whole"
            )
        if here and "class_path" in here and key not in CLASS_KEYS:
            full.append("init_args")
            here = here.get("init_args") or {}
        full.append(key)
        here = here.get(key) if here else None
    return tuple(full)


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list | tuple) else f"the value {value!r}"


def source_of(layers: Sequence[Layer], path: Sequence[str]) -> str:
    """Where the value at a path was said last; a missing key counts to what is above it."""
    for length in range(len(path), 0, -1):
        part = tuple(path[:length])
        for layer in reversed(layers):
            if _holds(layer.values, part):
                line = layer.lines.get(part)
                return f"{layer.source}:{line}" if line else layer.source
    return layers[0].source if layers else COMMAND_LINE


def _holds(values: Any, path: Sequence[str]) -> bool:
    for key in path:
        if isinstance(values, list) and key.isdigit() and int(key) < len(values):
            values = values[int(key)]
        elif isinstance(values, Mapping) and key in values:
            values = values[key]
        else:
            return False
    return True


def run_folder(runs: str | Path, recipe: str, overlays: Sequence[str], seed: int) -> Path:
    """Folder of a run, `RUNS/RECIPE+OVERLAY+…/seed-N`: a baseline lies beside its model."""
    return Path(runs) / "+".join((recipe, *overlays)) / f"seed-{seed}"
