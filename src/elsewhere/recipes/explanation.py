"""A complaint of jsonargparse in the user's words: which key, from where, and what is near it."""

import sys
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any, get_args, get_type_hints

from jsonargparse import ArgumentParser

from elsewhere.errors import ConfigError
from elsewhere.recipes.complaint import Complaint
from elsewhere.recipes.composition import CLASS_KEYS, Composition, expand


def import_class(path: Any) -> type | None:
    """The class of that import path, or nothing if there is none."""
    if not isinstance(path, str) or "." not in path:
        return None
    module, _, name = path.rpartition(".")
    try:
        found = getattr(import_module(module), name, None)
    except Exception:  # whatever a module raises when it is imported, it holds no class for us
        return None
    return found if isinstance(found, type) else None


def fields_of(path: Any, argument: str) -> tuple[str, ...]:
    """Names of the fields where a class takes an argument made of named fields; else nothing."""
    found = import_class(path)
    try:
        hint = get_type_hints(found.__init__).get(argument) if found else None  # type: ignore[misc]
    except Exception:  # an annotation that cannot be read only costs the suggestion
        return ()
    for kind in (hint, *get_args(hint)):
        if isinstance(kind, type) and hasattr(kind, "__annotations__"):
            return tuple(kind.__annotations__)
    return ()


def explain(parser: ArgumentParser, composition: Composition, complaint: Complaint) -> str:
    """One line for a complaint about a recipe."""
    config, path = composition.config, complaint.path
    where, value = locate(config, path, complaint.got)
    name, source = ".".join(where), composition.source(*where)
    if isinstance(value, Mapping) and "init_args" in value and "class_path" not in value:
        return f"{source}: {name} has init_args but no class_path that says whose"
    if complaint.unknown is not None:
        full = _child(config, path, complaint.unknown)
        candidates = _candidates(parser, composition, full[:-1])
        return _unknown(composition, full, candidates)
    if complaint.not_a_class and isinstance(value, Mapping):
        strange = [key for key in value if key not in CLASS_KEYS]
        if strange and "class_path" in value:
            return _unknown(composition, (*where, strange[0]), sorted(CLASS_KEYS))
    if complaint.not_a_class:
        return f"{source}: {name} expects a class_path, that of a {complaint.text}, not {value!r}"
    if complaint.missing:
        keys = ", ".join(".".join(_child(config, path, key)) for key in complaint.missing)
        return f"{source}: {keys} must be given: it has no default"
    if complaint.expected:
        shown = (
            complaint.got if isinstance(value, Mapping | list) and complaint.got else repr(value)
        )
        return f"{source}: {name} expects {complaint.expected}, not {shown}"
    return f"{source}: {name}: {complaint.text}{_near_class(value)}"


def _unknown(composition: Composition, path: tuple[str, ...], candidates: list[str]) -> str:
    hint = _near_key(path[-1], path[:-1], candidates)
    return f"{composition.source(*path)}: there is no key {'.'.join(path)}{hint}"


def _candidates(
    parser: ArgumentParser, composition: Composition, above: tuple[str, ...]
) -> list[str]:
    value: Any = composition.config
    owner: Any = None
    for key in above:
        owner = value.get("class_path") if key == "init_args" else owner
        value = value[int(key)] if isinstance(value, list) else value[key]
    if above and above[-1] == "init_args":
        own = list(arguments_of(owner))
        return own + [f"{key}.{field}" for key in own for field in fields_of(owner, key)]
    if len(above) > 1 and above[-2] == "init_args":
        return list(fields_of(owner, above[-1]))
    prefix = "".join(f"{key}." for key in above)
    inside = [key.removeprefix(prefix) for key in known_keys(parser) if key.startswith(prefix)]
    if not above:
        inside += [f"--{key}" for key in composition.options]
    return inside


def _near_key(key: str, above: tuple[str, ...], candidates: list[str]) -> str:
    names: dict[str, str] = {}
    for candidate in candidates:
        names.setdefault(candidate.split(".")[0].removeprefix("--"), candidate.split(".")[0])
    nested = [name for name in candidates if "." in name and name.rsplit(".", 1)[-1] == key]
    if nested:
        return f"; did you mean {'.'.join((*above, nested[0]))}?"
    near = get_close_matches(key, names, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {names[near[0]]}?"
    if not names:
        return ""
    return f"; known here: {', '.join(sorted(name for name in names.values() if name[0] != '-'))}"


def _near_class(value: Any) -> str:
    path = value.get("class_path") if isinstance(value, Mapping) else value
    if not isinstance(path, str) or "." not in path:
        return ""
    module, _, name = path.rpartition(".")
    known = [key for key in dir(sys.modules.get(module)) if key[:1].isupper()]
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {module}.{near[0]}?" if near and near[0] != name else ""


def locate(
    config: Mapping[str, Any], path: tuple[str, ...], got: str | None = None
) -> tuple[tuple[str, ...], Any]:
    """Full path and value of a key that is given without `init_args` and places in lists.

    `got` is the value's text, by which an item of a list is told from others with the same key.
    """
    full: tuple[str, ...] = ()
    value: Any = config
    for key in path:
        if isinstance(value, list):
            position = _item_with(value, key, got)
            if position is None:
                break  # the message does not tell which item it speaks of
            full, value = (*full, str(position)), value[position]
        try:
            step = expand(value, (key,)) if isinstance(value, Mapping) else (key,)
        except ConfigError:
            step = (key,)
        full = (*full, *step)
        for part in step:
            value = value.get(part) if isinstance(value, Mapping) else None
    return full, value


def _item_with(items: list[Any], key: str, got: str | None) -> int | None:
    holds = []
    for position, item in enumerate(items):
        arguments = item.get("init_args", item) if isinstance(item, Mapping) else None
        if isinstance(arguments, Mapping) and key in arguments:
            holds.append(position)
            if got is not None and str(arguments[key]) == got:
                return position
    return holds[0] if holds else None


def _child(config: Mapping[str, Any], path: tuple[str, ...], key: str) -> tuple[str, ...]:
    return locate(config, (*path, *key.split(".")))[0]


def known_keys(parser: ArgumentParser) -> tuple[str, ...]:
    """Every key that a parser knows, dotted."""
    return tuple(key for key in parser.get_defaults().keys())  # noqa: SIM118 - a Namespace


def arguments_of(class_path: Any) -> tuple[str, ...]:
    """Names of the arguments that a class takes, or none if there is no such class."""
    found = import_class(class_path)
    if found is None:
        return ()
    try:
        return tuple(ArgumentParser(exit_on_error=False).add_class_arguments(found))
    except Exception:  # a class that jsonargparse cannot read only costs the suggestion
        return ()
