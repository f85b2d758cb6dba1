"""DukeMTMC-reID: people seen by eight cameras (Zheng et al., ICCV 2017).

Its authors have withdrawn the data set. It is read from a copy that a user has; nothing here
fetches it, and nothing should. Think before publishing new results on it.
"""

from pathlib import Path

from elsewhere.data.records import RecordTable, class_names_of
from elsewhere.data.sets.individuals.market import FOLDERS, read_parts
from elsewhere.data.sets.individuals.naming import find_root

_USUAL = ("DukeMTMC-reID", "dukemtmc-reid", "dukemtmc-reid/DukeMTMC-reID", "duke")


def read_duke(root: Path | str) -> RecordTable:
    """Read a user's copy of DukeMTMC-reID: splits train, query and gallery, cameras "1" to "8".

    The data set was withdrawn by its authors. Its layout is that of Market-1501, without junk;
    408 identities of the gallery are seen by one camera only and asked for by no query.

    Args:
        root: the folder with `bounding_box_train`, `query` and `bounding_box_test`, or the one
            around it.

    Raises:
        DataError: a folder is missing or empty, or files are named otherwise.
    """
    root = find_root(root, list(FOLDERS.values()), _USUAL)
    records = read_parts(root)
    return RecordTable(root, records, class_names_of(records))
