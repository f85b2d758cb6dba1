"""Where a published data set of classes lies, and by which file it is known."""

from pathlib import Path
from typing import NamedTuple

from elsewhere.data.sets.individuals.naming import find_root


class Place(NamedTuple):
    """What the folder of a data set holds.

    Attributes:
        called: the set, for messages.
        mark: a file that no other set has.
        needed: files and folders that the reader needs.
        usual: what its folder is usually called.
    """

    called: str
    mark: str
    needed: tuple[str, ...]
    usual: tuple[str, ...]

    def find(self, root: Path | str) -> Path:
        """The set's folder: the given one, or one of a usual name inside.

        Raises:
            DataError: neither is; the message says what was expected, or what alone is missing.
        """
        return find_root(root, self.needed, self.usual, self.called)

    def is_marked(self, folder: Path) -> bool:
        """Whether a folder is this set's, be it whole or not."""
        return (folder / self.mark).exists()

    def lies_in(self, folder: Path) -> bool:
        """Whether a folder is this set's or holds it under a usual name."""
        return any(self.is_marked(place) for place in (folder, *map(folder.joinpath, self.usual)))
