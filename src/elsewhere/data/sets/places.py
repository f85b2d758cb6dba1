"""Where a published data set lies, by which file it is known, and whether it is whole."""

from collections.abc import Sequence
from os.path import isfile
from pathlib import Path
from typing import NamedTuple

from elsewhere.data.records import enumerate_names
from elsewhere.data.sets.text_lists import Listed
from elsewhere.errors import ConfigError, DataError


class Place(NamedTuple):
    """What the folder of a data set holds, and what it is usually called.

    `called` is the set, for messages; `needed` are files and folders that the reader needs; `mark`
    is a file that no other set has, empty where none does.
    """

    called: str
    needed: tuple[str, ...]
    usual: tuple[str, ...]
    mark: str = ""

    def find(self, root: Path | str) -> Path:
        """The set's folder: the given one, or one of a usual name inside."""
        return self.find_all(root)[0]

    def find_all(self, root: Path | str) -> list[Path]:
        """Every such folder, the given one first; at least one."""
        root = Path(root)
        if not root.is_dir():
            raise DataError(f"{root}: no such folder; name the one that holds {self.called}")
        candidates = [root, *(root / folder for folder in self.usual)]
        lacks = {
            folder: [entry for entry in self.needed if not (folder / entry).exists()]
            for folder in candidates
        }
        whole = [folder for folder, missing in lacks.items() if not missing]
        if whole:
            return whole
        for folder, missing in lacks.items():
            if len(missing) < len(self.needed):
                raise DataError(
                    f"{folder}: {self.called} lacks {enumerate_names(missing)}; unpack the whole "
                    "set"
                )
        raise DataError(
            f"{root}: no {self.called} here; expected are {', '.join(self.needed)} in it, or in a "
            f"folder {' or '.join(self.usual[:4])} inside"
        )

    def is_marked(self, folder: Path) -> bool:
        """Whether a folder is this set's, be it whole or not."""
        return (folder / self.mark).exists()

    def lies_in(self, folder: Path) -> bool:
        """Whether a folder is this set's or holds it under a usual name."""
        return any(self.is_marked(place) for place in (folder, *map(folder.joinpath, self.usual)))


def require_root(name: str, root: Path | str | None) -> Path:
    """The folder that published sets lie in, for the set of this name."""
    if root is None:
        raise ConfigError(
            f"{name}: say with root which folder it lies in (a folder of your own that is called "
            f"so is written ./{name})"
        )
    return Path(root)


def require_files(listed: Path | Sequence[Listed], root: Path, paths: Sequence[str]) -> None:
    """Refuse a list that names files which are not there.

    `listed` are its lines, or the list where lines have no numbers; `paths` is the file of each
    line, relative to the set's folder `root`.
    """
    # a hundred thousand paths are put together faster as text
    lost = [i for i, path in enumerate(paths) if not isfile(f"{root}/{path}")]  # noqa: PTH113
    if lost:
        names = enumerate_names(paths[i] for i in lost)
        where = listed if isinstance(listed, Path) else listed[lost[0]].where
        raise DataError(
            f"{where}: {len(lost)} of {len(paths)} listed images are not in "
            f"{root}: {names}; unpack the whole set, or take their lines out"
        )
