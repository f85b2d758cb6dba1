"""What the shards of a store know, whoever wrote them."""

import logging
from pathlib import Path
from typing import NamedTuple

from elsewhere.errors import CheckpointError
from elsewhere.retrieval.pictures import Picture
from elsewhere.retrieval.shards import read_shard, shard_files

_log = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where a picture's vector lies, or why there is none.

    Attributes:
        shard: name of the file; of two that hold the picture, the first.
        row: the vector's place in it; None where there is none.
        problem: why there is none.
    """

    shard: str
    row: int | None
    problem: str | None


class Known:
    """The pictures in a store's shards, each under its path, size and time of change.

    Attributes:
        places: where each lies.
        vectors: how many vectors the shards hold.
        damaged: shards that cannot be read; their pictures count as not there.
    """

    def __init__(self) -> None:
        self.places: dict[tuple[str, int, int], Place] = {}
        self.vectors = 0
        self.damaged: list[Path] = []
        self._paths: set[str] = set()

    @classmethod
    def read(cls, folder: Path, digest: str) -> "Known":
        """Read the shards of a folder.

        Args:
            folder: of the store.
            digest: of its settings.
        """
        known = cls()
        for file in shard_files(folder):
            try:
                shard = read_shard(file, digest)
            except CheckpointError as error:
                known.damaged.append(file)
                _log.warning("%s; its pictures are embedded once more", error)
                continue
            known.vectors += shard.shape[0]
            for path, size, modified, row, problem in shard.entries:
                place = known.places.get((path, size, modified))
                if place is None or (place.row is None and row is not None):
                    known.places[path, size, modified] = Place(shard.name, row, problem)
                known._paths.add(path)
        return known

    def find(self, picture: Picture) -> Place | None:
        """Where a picture lies, as its file is now; None where it must be looked at."""
        return self.places.get((picture.path, picture.size, picture.modified))

    def failed(self, picture: Picture) -> bool:
        """Whether a picture was looked at in vain."""
        place = self.find(picture)
        return place is not None and place.row is None

    def other_version(self, picture: Picture) -> bool:
        """Whether only an older or newer version of a picture's file has been looked at."""
        return self.find(picture) is None and picture.path in self._paths
