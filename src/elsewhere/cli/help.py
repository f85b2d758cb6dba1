"""What `elsewhere VERB --help` prints: the verb's options, then every typed recipe key.

The meaning of a key is the argument's line in its class's docstring. With `--config`, the keys of
the classes that the recipe names are shown too, with the recipe's values.
"""

import argparse
import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from jsonargparse import ArgumentParser

from elsewhere.recipes.composition import Composition
from elsewhere.recipes.explanation import import_class

_COLUMN = 30


def help_text(
    options: argparse.ArgumentParser, parser: ArgumentParser, composition: Composition
) -> str:
    """The whole help of a verb."""
    intro = (
        "recipe keys (--key.sub=value; a class's arguments need no init_args):"
        if composition.recipe
        else "recipe keys (--key.sub=value; with --config NAME also those of the recipe's classes):"
    )
    keys = "\n\n".join(_sections(parser, composition.config))
    return f"{options.format_help().rstrip()}\n\n{intro}\n\n{keys}\n"


def _sections(parser: ArgumentParser, config: Mapping[str, Any]) -> Iterator[str]:
    # the Trainer's many keys come last: they are seldom what somebody looks for
    yield from (_section(*one, config) for one in _groups(parser) if not _of_trainer(one[1]))
    for path, class_path in _classes(config, ()):
        found = import_class(class_path)
        if found is not None:
            yield from _class_section(path, class_path, found, config)
    yield from (_section(*one, config) for one in _groups(parser) if _of_trainer(one[1]))


def _groups(parser: ArgumentParser) -> Iterator[tuple[Any, list[argparse.Action]]]:
    for group in parser._action_groups:
        actions = [action for action in group._group_actions if _is_key(action)]
        if actions:
            yield group, actions


def _of_trainer(actions: list[argparse.Action]) -> bool:
    return actions[0].dest.startswith("trainer")


def _section(group: Any, actions: list[argparse.Action], config: Mapping[str, Any]) -> str:
    return "\n".join([_title(group, actions), *(_entry(item, config) for item in actions)])


def _class_section(
    path: tuple[str, ...], class_path: str, found: type, config: Mapping[str, Any]
) -> Iterator[str]:
    inner = ArgumentParser(exit_on_error=False)
    try:
        inner.add_class_arguments(found, ".".join(path))
    except Exception:  # a class that jsonargparse cannot read is named without its arguments
        yield f"{'.'.join(path)}: {class_path}"
        return
    for group in inner._action_groups:
        # what must be given and is not, the caller gives: an optimizer's parameters
        actions = [
            action
            for action in group._group_actions
            if _is_key(action) and not (action.required and not _is_said(config, action))
        ]
        title = f"{'.'.join(path)} = {class_path}{_meaning(group)}:"
        if actions:
            yield "\n".join([title, *(_entry(action, config) for action in actions)])


def _classes(values: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if not isinstance(values, Mapping):
        return
    if isinstance(values.get("class_path"), str) and path:
        yield path, values["class_path"]
    for key, value in values.items():
        yield from _classes(value, path if key == "init_args" else (*path, key))


def _is_said(config: Mapping[str, Any], action: argparse.Action) -> bool:
    return _value_in(config, action.dest.split(".")) is not None


def _is_key(action: argparse.Action) -> bool:
    opens_file = type(action).__name__ == "_ActionConfigLoad"
    hidden = action.dest == "help" or action.dest.endswith(".help")
    return not (opens_file or hidden or action.default is argparse.SUPPRESS)


def _title(group: Any, actions: list[argparse.Action]) -> str:
    tops = {action.dest.split(".")[0] for action in actions}
    return f"{tops.pop()}{_meaning(group)}:" if len(tops) == 1 else "general:"


def _meaning(group: Any) -> str:
    title = str(group.title or "").rstrip(":.")
    plain = title.startswith("<class") or title == "options"  # there is no docstring
    return "" if plain else f": {title}"


def _entry(action: argparse.Action, config: Mapping[str, Any]) -> str:
    meaning = action.help if isinstance(action.help, str) else ""
    if "class_path" in meaning:  # jsonargparse's own words for an argument without a docstring
        meaning = ""
    facts = [_type_name(action)]
    said = _value_in(config, action.dest.split("."))
    if said is not None:
        facts.append(f"recipe: {_short(said)}")
    elif action.required:
        facts.append("required")
    if not action.required:
        facts.append(f"default: {_short(action.default)}")
    text = f"{meaning.strip().rstrip('.')} ({', '.join(fact for fact in facts if fact)})".strip()
    return _two_columns(f"  --{action.dest}", text)


def _two_columns(left: str, text: str) -> str:
    width = max(60, min(shutil.get_terminal_size().columns, 100))
    lines = textwrap.wrap(text, width - _COLUMN)
    head = f"{left:<{_COLUMN}}" if len(left) < _COLUMN else f"{left}\n{'':{_COLUMN}}"
    return f"{head}{lines[0]}" + "".join(f"\n{'':{_COLUMN}}{line}" for line in lines[1:])


def _type_name(action: argparse.Action) -> str:
    hint = getattr(action, "_typehint", action.type)
    if hint is None:
        return ""
    name = hint.__name__ if isinstance(hint, type) and "[" not in str(hint) else str(hint)
    name = re.sub(r"(?:\w+\.)+(\w+)", r"\1", name)
    name = re.sub(r"Optional\[(.*)\]$", r"\1 | None", name)
    return name.replace("NoneType", "None").replace("None", "null")


def _value_in(values: Any, path: list[str]) -> Any:
    for key in path:
        if isinstance(values, Mapping) and "class_path" in values and key != "class_path":
            values = values.get("init_args")
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _short(value: Any) -> str:
    if isinstance(value, Mapping) and "class_path" in value:
        return str(value["class_path"])
    text = "null" if value is None else str(value)
    return textwrap.shorten(text, 60, placeholder=" …")
