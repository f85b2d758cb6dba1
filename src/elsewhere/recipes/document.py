"""Recipes as text: strict YAML in, the same YAML out.

The YAML is that of version 1.2 where 1.1 surprises people: `1e-3` is a number, `no` and `on` are
words, a day is not a date. A key may stand once in a mapping.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from elsewhere.errors import ConfigError
from elsewhere.files.documents import read_regular

_BYTES, _VALUES = 1_000_000, 50_000
"""What no recipe is larger than: as a file, and with what its anchors hold at every place."""

_SCALARS = (
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("merge", r"<<", "<"),
)


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


class _Dumper(yaml.SafeDumper):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


for _name, _pattern, _first in _SCALARS:
    for _class in (_Loader, _Dumper):
        _class.add_implicit_resolver(  # type: ignore[no-untyped-call]
            f"tag:yaml.org,2002:{_name}",
            re.compile(f"^(?:{_pattern})$"),
            ["" if character == "\0" else character for character in _first],
        )


def _construct_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    return int(text, 16 if text.startswith("0x") else 10)


def _construct_float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(
        loader.construct_scalar(node).lower().replace(".inf", "inf").replace(".nan", "nan")
    )


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)


class Layer(NamedTuple):
    """One recipe, overlay or the command line, before it is merged.

    `source` is for messages: a path, a shipped name or "command line". `lines` has the line of each
    key, by its path; the items of a list count as keys "0", "1", …. `texts` has what is no
    text as it was typed on the command line, by path: `007`, `true` or `[a]` may mean a name.
    """

    source: str
    values: dict[str, Any]
    lines: dict[tuple[str, ...], int]
    texts: dict[tuple[str, ...], str]


def read_layer(path: Path, source: str | None = None) -> Layer:
    """Read a recipe or overlay from a file."""
    source = source or str(path)
    try:
        if path.stat().st_size > _BYTES:
            raise ConfigError(f"{source}: larger than {_BYTES:,} bytes, so not a recipe")
        text = read_regular(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{source}: not a text file, so not a recipe") from error
    except OSError as error:
        raise ConfigError(f"{source}: cannot be read ({error.strerror})") from error
    return parse_layer(text, source)


def parse_layer(text: str, source: str) -> Layer:
    """Read a recipe or overlay from text."""
    root, values = _load(text, source)
    if root is None:
        return Layer(source, {}, {}, {})
    if not isinstance(values, dict):
        raise ConfigError(f"{source}: a recipe is a mapping of keys to values")
    for key in values:
        if "." in key:
            nested = ": {".join(key.split("."))
            raise ConfigError(
                f"{source}: write {key} nested, as {nested}: …" + "}" * key.count(".")
            )
    return Layer(source, values, dict(_lines(root, ())), {})


def parse_value(text: str, source: str) -> Any:
    """One value as the command line gives it: `3`, `1e-3`, `[a, b]`, `{x: 1}`, a word.

    Text that is not YAML, such as a Windows path or `a: b: c`, stays text unless it opens a list or
    mapping; so does what only begins with one, as `[2024] birds`.
    """
    text = text.strip()
    if text.startswith(("[", "{", '"', "'")):
        try:
            return _load(text, source)[1]
        except ConfigError as error:
            if "expected '<document start>'" in str(error.__cause__):  # more follows on its end
                return text
            raise
    for name, pattern, _ in _SCALARS[:4]:
        if re.fullmatch(pattern, text):
            return _load(f"!!{name} '{text}'", source)[1]
    return text


def dump(values: dict[str, Any]) -> str:
    """The mapping as YAML that `parse_layer` reads back to equal values."""
    text = _dump(values, allow_unicode=True)
    # PyYAML writes these three line breaks bare, and then reads them as blanks
    return text if not re.search("[\x85\u2028\u2029]", text) else _dump(values, allow_unicode=False)


def _dump(values: dict[str, Any], *, allow_unicode: bool) -> str:
    return yaml.dump(
        values, Dumper=_Dumper, sort_keys=False, allow_unicode=allow_unicode, width=100
    )


def description(text: str) -> str:
    """The first line of the comment that a recipe opens with, or nothing."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return first.lstrip("# ").rstrip() if first.startswith("#") else ""


def _load(text: str, source: str) -> tuple[yaml.Node | None, Any]:
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            return None, None
        for number, _ in enumerate(_unfolded(root, source, ())):
            if number > _VALUES:
                raise ConfigError(f"{source}: its anchors unfold to more than {_VALUES:,} values")
        return root, loader.construct_document(root)  # type: ignore[no-untyped-call]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigError(f"{source}{line}: {error.problem or error.context}") from error
    except RecursionError as error:
        raise ConfigError(f"{source}: nested too deep") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{source}: {' '.join(str(error).split())}") from error


def _unfolded(node: yaml.Node, source: str, above: tuple[int, ...]) -> Iterator[yaml.Node]:
    """Every value, once for each place that holds it; keys are looked at on the way."""
    yield node
    if id(node) in above:
        raise ConfigError(f"{source}:{node.start_mark.line + 1}: an anchor that holds itself")
    above = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _unfolded(item, source, above)
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag not in {"tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"}:
                raise ConfigError(f"{source}:{line}: a key must be a word (quote it if need be)")
            if key.value in seen:
                raise ConfigError(
                    f"{source}:{line}: key {key.value!r} stands twice (first in line "
                    f"{seen[key.value]})"
                )
            seen[key.value] = line
            yield from _unfolded(value, source, above)


def _lines(node: yaml.Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark.line + 1
            yield from _lines(value, (*path, key.value))
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield (*path, str(position)), item.start_mark.line + 1
            yield from _lines(item, (*path, str(position)))
