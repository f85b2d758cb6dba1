"""Classes by their import path, and the fields of what they take."""

from importlib import import_module
from typing import Any, get_args, get_type_hints


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
