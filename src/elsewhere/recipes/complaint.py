"""What jsonargparse's message of many lines says, in few fields.

The message is a tree drawn by indentation: a key, the classes tried for it, their keys, and at the
leaves what is wrong. The deepest leaf is the cause.
"""

import re
from typing import NamedTuple

_KEY = re.compile(r'^Parser key "([^"]+)"[^:]*:(.*)$')
_CALLABLE = re.compile(r"^Type .*? expects a function or a callable class: ")
_OPTION = re.compile(r"^Option '(.+?)' is not accepted")
_FIELD = re.compile(r"^Unexpected fields: \{'(.+?)'")
_GROUP = re.compile(r"^Group '(.+?)' does not accept option '(.+?)'")
_REQUIRED = re.compile(r"the following arguments are required: (.+)$")
_EXPECTED = re.compile(r"^Expected (?:a |an )?(.+?)(?:\. Got value: (.*))?$")
_SUBCLASS = re.compile(r"^Not a valid subclass of (\w+)")
_NOISE = re.compile(
    r"^(Does not validate|Subtypes:|Errors:|Given value|Problem with given class_path"
    r"|Subclass types expect|a class path|a dict with"
    r"|Expected a path but .* either not accessible or invalid|Expected a dot import path string)"
)


class Complaint(NamedTuple):
    """One cause; `path` are the keys that lead to it, without `init_args`.

    `text` says what is wrong if no other field does: a key that nothing accepts is `unknown`,
    arguments that must be given are `missing`, and `got` is the value, as text, that fits none of
    the types `expected`, if the message tells. With `not_a_class`, the value should name a class, a
    kind of `text`, and does not.
    """

    path: tuple[str, ...]
    text: str
    unknown: str | None = None
    missing: tuple[str, ...] = ()
    expected: str = ""
    got: str | None = None
    not_a_class: bool = False


def read_complaint(message: str) -> Complaint:
    """Find the cause in a message of jsonargparse."""
    leaves = _leaves(message)
    if not leaves:
        return Complaint((), " ".join(message.split()))
    depth = max(len(path) for path, _ in leaves)
    path = next(path for path, _ in leaves if len(path) == depth)
    texts = [text for other, text in leaves if other == path]
    return _interpret(path, texts)


def _leaves(message: str) -> list[tuple[tuple[str, ...], str]]:
    leaves = []
    keys: list[tuple[int, str]] = []
    for line in filter(str.strip, message.splitlines()):  # a blank line ends no key
        text = line.lstrip(" -")
        indent = len(line) - len(text)
        keys = [(level, key) for level, key in keys if level < indent]
        text = _CALLABLE.sub("", text)
        while match := _KEY.match(text):
            keys.append((indent, match[1]))
            text = _CALLABLE.sub("", match[2].strip())
        if text and not _NOISE.match(text):
            path = tuple(part for _, key in keys for part in key.split("."))
            leaves.append((path, text))
    return leaves


def _interpret(path: tuple[str, ...], texts: list[str]) -> Complaint:
    for text in texts:
        if match := _OPTION.match(text) or _FIELD.match(text):
            return Complaint(path, text, unknown=match[1])
        if match := _GROUP.match(text):
            return Complaint((*path, *match[1].split(".")), text, unknown=match[2])
        if match := _REQUIRED.search(text):
            return Complaint(path, text, missing=tuple(re.split(r",\s*", match[1])))
    for text in texts:
        if match := _SUBCLASS.match(text):
            return Complaint(path, match[1], not_a_class=True)
    matches = [match for text in texts if (match := _EXPECTED.match(text))]
    if len(matches) < len(texts):
        text = next(text for text in texts if not _EXPECTED.match(text))
        return Complaint(path, text.partition(". Got value: ")[0])
    told = [match for match in matches if match[2] is not None] or matches
    types = " or ".join(_plain_type(match[1]) for match in told)
    return Complaint(path, texts[0], expected=types, got=told[0][2])


def _plain_type(name: str) -> str:
    name = re.sub(r"<class '([^']+)'>", r"\1", name)
    name = re.sub(r"(?:typing\.)?Literal\[(.+)\]", r"one of \1", name)
    return "null" if name == "NoneType" else name.replace("typing.", "")
