"""Shards: files of vectors that say themselves whose vectors they are.

A shard is complete in itself, so that renaming it into place is all it takes to commit it, and
processes need to agree on nothing but who takes which image.
"""

import json
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from elsewhere.errors import CheckpointError
from elsewhere.files.documents import parse_json
from elsewhere.retrieval.files import Share, write_whole
from elsewhere.retrieval.listing import ListedImage

_NAME = re.compile(r"embeddings-(?:\d+of\d+-)?(\d{5,})\.safetensors")

_METADATA = "elsewhere"
_log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """One image in a shard.

    Attributes:
        path: the image's file.
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
    vectors: Float[np.ndarray, "rows dimension"],
    entries: Sequence[Entry],
    digest: str,
    share: Share,
) -> None:
    """Write one shard, whole or not at all.

    The vectors are of the entries that have a row, in its order.
    """
    said = {"store": digest, "images": [list(entry) for entry in entries]}
    # under one key: several would come in another order in every process
    metadata = {_METADATA: json.dumps(said)}
    write_whole(file, save({"vectors": np.ascontiguousarray(vectors)}, metadata), share)


def read_shard(file: Path, digest: str) -> tuple[tuple[Entry, ...], tuple[int, int]]:
    """A shard's images, and rows and dimension of its vectors; these are not read.

    Raises:
        CheckpointError: it is missing, damaged, or of another store.
    """
    try:
        with safe_open(file, framework="np") as opened:
            said = parse_json((opened.metadata() or {})[_METADATA])
            rows, dimension = opened.get_slice("vectors").get_shape()
        if said["store"] != digest:
            raise CheckpointError(f"{file}: belongs to another store; take it out of this folder")
        entries = tuple(Entry(*entry) for entry in said["images"])
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{file}: missing or damaged ({error})") from error
    return entries, (rows, dimension)


def map_shard(file: Path) -> Float32[np.ndarray, "rows dimension"]:
    """A shard's vectors, mapped into memory rather than read.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    import pyarrow as pa

    try:
        with safe_open(file, framework="np") as opened:
            part = opened.get_slice("vectors")
            shape, kind = part.get_shape(), part.get_dtype()
        with pa.memory_map(str(file)) as mapped:  # unlike numpy's, it keeps no file open
            content = mapped.read_buffer()
    except (OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(f"{file}: missing or damaged ({error})") from error
    if kind != "F32":
        raise CheckpointError(f"{file}: damaged (numbers of kind {kind})")
    # a shard's one tensor fills its file to the end
    start = content.size - 4 * shape[0] * shape[1]
    return np.frombuffer(content, "<f4", offset=start).reshape(shape)


def shard_files(folder: Path) -> list[Path]:
    """All shards in a folder, by name."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


class Place(NamedTuple):
    """Where an image's vector lies, or why there is none.

    Attributes:
        shard: name of the file; of two that hold the image, the first.
        row: the vector's place in it; None where there is none.
        problem: why there is none.
    """

    shard: str
    row: int | None
    problem: str | None


class Known:
    """The images in a store's shards, each under its path, size and time of change.

    Attributes:
        places: where each lies.
        vectors: how many vectors the shards hold.
        damaged: shards that cannot be read; their images count as not there.
    """

    def __init__(self, folder: Path, digest: str) -> None:
        self.places: dict[tuple[str, int, int], Place] = {}
        self.vectors = 0
        self.damaged: list[Path] = []
        self._paths: set[str] = set()
        for file in shard_files(folder):
            try:
                entries, (rows, _) = read_shard(file, digest)
            except CheckpointError as error:
                self.damaged.append(file)
                _log.warning("%s; its images are embedded once more", error)
                continue
            self.vectors += rows
            for path, size, modified, row, problem in entries:
                place = self.places.get((path, size, modified))
                if place is None or (place.row is None and row is not None):
                    self.places[path, size, modified] = Place(file.name, row, problem)
                self._paths.add(path)

    def find(self, image: ListedImage) -> Place | None:
        """Where an image lies, as its file is now; None where it must be looked at."""
        return self.places.get((image.path, image.size, image.modified))

    def failed(self, image: ListedImage) -> bool:
        """Whether an image was looked at in vain."""
        place = self.find(image)
        return place is not None and place.row is None

    def other_version(self, image: ListedImage) -> bool:
        """Whether only an older or newer version of an image's file has been looked at."""
        return self.find(image) is None and image.path in self._paths
