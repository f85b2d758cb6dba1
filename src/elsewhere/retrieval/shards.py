"""Shards: files of vectors that say themselves whose vectors they are.

A shard is complete in itself, so that renaming it into place is all it takes to commit it, and
processes need to agree on nothing but who takes which picture.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from elsewhere.errors import CheckpointError
from elsewhere.retrieval.files import Share, write_whole

_NAME = re.compile(r"embeddings-(?:\d+of\d+-)?(\d{5,})\.safetensors")

_METADATA = "elsewhere"


class Entry(NamedTuple):
    """One picture in a shard.

    Attributes:
        path: the picture's file.
        size: its bytes when it was read; -1 where there was no file.
        modified: when it was last changed, in nanoseconds since 1970; 0 where there was no file.
        row: its vector's place in the shard; None where it has none.
        problem: why it has none.
    """

    path: str
    size: int
    modified: int
    row: int | None = None
    problem: str | None = None


class Shard(NamedTuple):
    """What a shard says of itself.

    Attributes:
        name: its file's name.
        entries: its pictures.
        shape: rows and dimension of its vectors.
    """

    name: str
    entries: tuple[Entry, ...]
    shape: tuple[int, int]


def shard_name(share: Share, number: int) -> str:
    """File name of a share's shard: "embeddings-00000.safetensors", "embeddings-2of4-00000…"."""
    series = "" if share.of == 1 else f"{share.name}-"
    return f"embeddings-{series}{number:05d}.safetensors"


def free_number(share: Share, taken: Sequence[str]) -> int:
    """The number after the last of a share's shards among these names."""
    numbers = [int(match[1]) for name in taken if (match := _NAME.fullmatch(name))
               and name == shard_name(share, int(match[1]))]  # fmt: skip
    return max(numbers, default=-1) + 1


def write_shard(
    file: Path,
    vectors: Float[Tensor, "rows dimension"],
    entries: Sequence[Entry],
    digest: str,
    share: Share,
) -> None:
    """Write one shard, whole or not at all.

    Args:
        file: where to.
        vectors: of the entries that have a row, in its order.
        entries: the pictures.
        digest: of the store's settings.
        share: who writes it.
    """
    said = {"store": digest, "images": [list(entry) for entry in entries]}
    # under one key: several would come in another order in every process
    metadata = {_METADATA: json.dumps(said)}
    write_whole(file, save({"vectors": vectors.contiguous()}, metadata), share)


def read_shard(file: Path, digest: str) -> Shard:
    """Read what a shard says of itself; not its vectors.

    Raises:
        CheckpointError: it is missing, damaged, or of another store.
    """
    try:
        with safe_open(file, framework="pt") as opened:
            said = json.loads((opened.metadata() or {})[_METADATA])
            rows, dimension = opened.get_slice("vectors").get_shape()
        if said["store"] != digest:
            raise CheckpointError(f"{file}: belongs to another store; take it out of this folder")
        entries = tuple(Entry(*entry) for entry in said["images"])
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{file}: missing or damaged ({error})") from error
    return Shard(file.name, entries, (rows, dimension))


def shard_files(folder: Path) -> list[Path]:
    """All shards in a folder, by name."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
