"""Which folders stand for splits: train, `Training Data`, or `seg_train` beside `seg_test`."""

import re
from collections.abc import Sequence

from elsewhere.data.records import split_name

_SPLITS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing", "tst", "evaluation"), "test"),
    **{name: name for name in ("query", "gallery")},
}
_FILLING = (
    "set|sets|data|dataset|datasets|image|images|img|imgs|photo|photos|picture|pictures|pic|pics|"
    "folder|split|files|samples|crops"
)
_GLUED = re.compile(f"(?<![a-z])({'|'.join(_SPLITS)})({_FILLING})(?![a-z])")


def split_folders(names: Sequence[str]) -> list[str | None]:
    """The split that each folder is, judged by all folders that lie side by side; None for none.

    Words such as set, data and images say nothing. What else a name has must be the same in a
    folder of train and one of another split, as in `seg_train` and `seg_test`; a test may have a
    name of its own, as in `test-night`.
    """
    read = [_split_and_rest(name) for name in names]
    trained = {rest for split, rest in read if split == "train"}
    others = {rest for split, rest in read if split not in ("train", None)}
    return [
        split if split and (not rest or rest in trained & others) else split_name(name)
        for name, (split, rest) in zip(names, read, strict=True)
    ]


def says_nothing(name: str) -> bool:
    """Whether a folder's name has no word of its own, only a split or words such as images."""
    return not _split_and_rest(name)[1]


def _split_and_rest(name: str) -> tuple[str | None, tuple[str, ...]]:
    """The one split that a name has a word for, and its words besides."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold()
    words = re.findall(r"[^\W\d_]+|\d+", _GLUED.sub(r"\1 \2", apart))
    splits = [_SPLITS[word] for word in words if word in _SPLITS]
    rest = tuple(w for w in words if w not in _SPLITS and not re.fullmatch(_FILLING, w))
    return (splits[0] if len(splits) == 1 else None), rest
