"""From a plain mapping to typed objects, with errors that say which key, from where, and what near.

The work is jsonargparse's: a recipe key is a typed constructor argument. Here its complaints, which
run over many lines, become one.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, cast

from jsonargparse import ArgumentError, ArgumentParser, Namespace, _common, set_parsing_settings

from elsewhere.errors import ConfigError, ElsewhereError
from elsewhere.recipes.complaint import Complaint, read_complaint
from elsewhere.recipes.composition import Composition
from elsewhere.recipes.explanation import explain, known_keys, locate
from elsewhere.recipes.trust import KNOWN, refusal

_STRANGE = re.compile(r"Importing '([^']+)' is not allowed")


def typed_parser(verb: str) -> ArgumentParser:
    """An empty parser of recipe keys that raises rather than leaving the process."""
    return ArgumentParser(prog=f"elsewhere {verb}", exit_on_error=False)


def parse_typed(parser: ArgumentParser, composition: Composition) -> Namespace:
    """Check every key and value of a recipe against the parser, and build the objects it names.

    Classes of a trusted recipe's own are found in the folder where the command runs. An error names
    the key and where it was said.
    """
    return build(parser, check_typed(parser, composition), composition)


def check_typed(parser: ArgumentParser, composition: Composition) -> Namespace:
    """The first half of `parse_typed`: keys and types checked, defaults filled in, nothing built.

    A number on the command line where a word is expected (`--data.path=2024`) is taken as typed,
    and so is `true` or `[a]`; `composition.config` then holds the word.
    """
    if composition.trust and os.getcwd() not in sys.path:  # noqa: PTH109 - sys.path holds strings
        sys.path.append(os.getcwd())  # noqa: PTH109
    _refuse_flat_groups(parser, composition)
    for _ in range(len(composition.layers[-1].texts) + 1 if composition.layers else 1):
        try:
            # a copy, since jsonargparse writes into what it is given
            with known_imports(composition.trust):
                return cast(Namespace, parser.parse_object(deepcopy(composition.config)))
        except ArgumentError as error:
            if strange := _STRANGE.search(str(error)):
                raise ConfigError(refusal(strange[1])) from error
            complaint = read_complaint(str(error))
            if not _take_as_text(composition, complaint):
                raise ConfigError(explain(parser, composition, complaint)) from error
    raise AssertionError("each turn takes one more value as text, so they cannot run out")


def build(parser: ArgumentParser, typed: Namespace, composition: Composition) -> Namespace:
    """The second half of `parse_typed`: build the objects that checked keys describe."""
    instantiate = getattr(parser, "instantiate", None) or parser.instantiate_classes
    try:
        with known_imports(composition.trust):
            return cast(Namespace, instantiate(typed))
    except (ElsewhereError, OSError):
        raise
    except Exception as error:
        ours = _our_cause(error)
        if ours is not None:
            raise ours from error
        name = composition.recipe or "the command line"
        text = " ".join(_reason(error).split())
        raise ConfigError(f"{name} cannot be built: {text} (--debug says where)") from error


@contextmanager
def known_imports(trust: bool) -> Iterator[None]:
    """Keep jsonargparse from importing anything else while the block runs, if not trusted."""
    settings = _common.parsing_settings
    before = dict(settings)
    if not trust:
        set_parsing_settings(import_path_denylist=["*"], import_path_allowlist=list(KNOWN))
    try:
        yield
    finally:
        settings.clear()
        settings.update(before)


def _reason(error: Exception) -> str:
    """What is wrong; where jsonargparse tried several classes, what the one that was named says."""
    tried = [line[4:] for line in str(error).splitlines() if line.startswith("  - ")]
    told = [line for line in tried if not line.startswith(("Import path ", "Expected a "))]
    return told[0] if len(told) == 1 else f"{type(error).__name__}: {error}"


def _our_cause(error: BaseException | None) -> ElsewhereError | None:
    """Find an error of ours under those that jsonargparse wrapped around it."""
    while error is not None and not isinstance(error, ElsewhereError):
        error = error.__cause__ or error.__context__
    return error


def _refuse_flat_groups(parser: ArgumentParser, composition: Composition) -> None:
    groups = {key.split(".")[0] for key in known_keys(parser) if "." in key}
    for group in groups & composition.config.keys():
        value = composition.config[group]
        if not isinstance(value, Mapping):
            raise ConfigError(
                f"{composition.source(group)}: {group} holds keys of its own, not {value!r}"
            )


def _take_as_text(composition: Composition, complaint: Complaint) -> bool:
    """Whether a value of the command line was meant as a word; if so the recipe now holds it."""
    path, value = locate(composition.config, complaint.path)
    text = composition.layers[-1].texts.get(path) if composition.layers else None
    if text is None:
        return False
    if isinstance(value, list | Mapping) and complaint.got != str(value):
        return False  # it speaks of an item
    fits = "str" in complaint.expected.split(" or ") or repr(text) in complaint.expected
    holder: Any = composition.config
    for key in path[:-1]:
        holder = holder[key]
    if not fits or holder[path[-1]] == text:
        return False
    holder[path[-1]] = text
    return True
