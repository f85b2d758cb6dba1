"""Which folders stand for splits: train, `Training Data`, or `seg_train` beside `seg_test`."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from elsewhere.data.records import split_name

_FULL = {
    **dict.fromkeys(("train", "training"), "train"),
    "validation": "val",
    **dict.fromkeys(("test", "testing", "evaluation"), "test"),
    **{name: name for name in ("query", "gallery")},
}
_SHORT = {"trn": "train", **dict.fromkeys(("val", "valid", "dev"), "val"), "tst": "test"}
"""Val and Dev are names of people and animals too."""
_SPLITS = _FULL | _SHORT
_FILLING = (
    "set|sets|data|dataset|datasets|image|images|img|imgs|photo|photos|picture|pictures|pic|pics|"
    "folder|split|files|samples|crops"
)
_GLUED = re.compile(f"(?<![a-z])({'|'.join(_SPLITS)})({_FILLING})(?![a-z])")


class _Name(NamedTuple):
    """A folder's name, taken apart; `rest` are its words that say something besides the split.

    `split` is None where it has a word for none or several; `full` says whether it is spelt out.
    """

    text: str
    split: str | None
    rest: tuple[str, ...]
    full: bool

    @property
    def numbered(self) -> bool:
        """Whether nothing but a number tells it from others of its split."""
        return bool(self.rest) and all(word.isdigit() for word in self.rest)


def split_folders(names: Sequence[str], loose: Collection[str] = ()) -> list[str | None]:
    """The split that each folder is, judged by all folders that lie side by side; None for none.

    Words such as set, data and images say nothing. What else a name has must be the same in a
    folder of train and one of another split, as in `seg_train` and `seg_test`; a test may have a
    name of its own, as in `test-night`. What an individual may be called as well, such as
    `test-0001` or `Dev`, is a split only beside a plain one, or where every folder is a split.
    `loose` are those with images directly inside, as individuals and classes have them.
    """
    read = [_taken_apart(name) for name in names]
    paired = _paired(read)
    found = [
        name.split if name.split and (not name.rest or name.rest in paired)
        else split_name(name.text)
        for name in read
    ]  # fmt: skip
    plain = {name.text for name in read if _is_plain(name, paired, loose)}
    doubtful = {name.text for name in read if name.numbered and name.rest not in paired}
    if plain:
        flat = any(name in loose for name in plain)
        stands = [flat or name in plain or name not in loose for name in names]
        return [split if stand else None for split, stand in zip(found, stands, strict=True)]
    if len(names) == 1:
        return found if not doubtful | {*loose} else [None]
    sorts = {split.partition("-")[0] for split in found if split}
    each_once = all(found) and len(sorts) > 1 and len({*found}) == len(found)
    return found if each_once and not doubtful & {*loose} else [None] * len(found)


def says_nothing(name: str) -> bool:
    """Whether a folder's name has no word of its own, only a split or words such as images."""
    return not _taken_apart(name).rest


def _taken_apart(name: str) -> _Name:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold()
    words = re.findall(r"[^\W\d_]+|\d+", _GLUED.sub(r"\1 \2", apart))
    splits = [word for word in words if word in _SPLITS]
    rest = tuple(w for w in words if w not in _SPLITS and not re.fullmatch(_FILLING, w))
    split = _SPLITS[splits[0]] if len(splits) == 1 else None
    return _Name(name, split, rest, split is not None and splits[0] in _FULL)


def _paired(names: Sequence[_Name]) -> set[tuple[str, ...]]:
    """The words that a folder of train and one of another split have besides."""
    trained = {name.rest for name in names if name.split == "train"} - {()}
    return {n.rest for n in names if n.split not in ("train", None) and n.rest in trained}


def _is_plain(name: _Name, paired: set[tuple[str, ...]], loose: Collection[str]) -> bool:
    """Whether a name is a split beyond doubt: spelt out, or one of a pair.

    Pairs of numbers are so only as in `train2017` and `val2017`, not where individuals are counted.
    """
    if name.rest in paired:
        counted = len(paired) > 1 or name.text in loose
        return not (name.numbered and counted)
    return name.full and not name.rest
