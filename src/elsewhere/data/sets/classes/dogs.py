"""Stanford Dogs: 120 breeds (Khosla et al., FGVC workshop, 2011)."""

from pathlib import Path
from xml.etree import ElementTree

from elsewhere.data.records import Box, Record, RecordTable, class_names_of
from elsewhere.data.sets.classes.mat import load_mat, require_listed
from elsewhere.data.sets.classes.places import Place
from elsewhere.errors import DataError

LISTS = {"train": "train_list.mat", "test": "test_list.mat"}
PLACE = Place(
    "Stanford Dogs",
    LISTS["train"],
    ("Images", *LISTS.values()),
    ("StanfordDogs", "stanford_dogs", "stanford-dogs", "Stanford_Dogs", "dogs"),
)


def read_dogs(root: Path | str) -> RecordTable:
    """Read Stanford Dogs: splits train and test; a box where one dog alone is marked.

    Classes are called as their folders, such as "n02085620-Chihuahua".

    Args:
        root: the folder with `Images`, `train_list.mat` and `test_list.mat`, and perhaps
            `Annotation`; or the one around it.

    Raises:
        DataError: a list or an image is missing, a list is not as expected, or scipy is missing.
    """
    root = PLACE.find(root)
    records: list[Record] = []
    for split, file in LISTS.items():
        names = [str(name) for name in load_mat(root / file, "file_list")[0]]
        require_listed(root, root / file, [f"Images/{name}" for name in names])
        for name in names:
            marked = root / "Annotation" / name.removesuffix(".jpg")
            records.append(Record(f"Images/{name}", name.split("/")[0], split, _box(marked)))
    return RecordTable(root, tuple(records), class_names_of(records))


def _box(file: Path) -> Box | None:
    if not file.is_file():
        return None
    try:
        boxes = ElementTree.fromstring(file.read_bytes()).findall("object/bndbox")
        edges = [float(boxes[0].findtext(name, "")) for name in ("xmin", "ymin", "xmax", "ymax")]
    except (ElementTree.ParseError, ValueError, IndexError) as error:
        raise DataError(f"{file}: no box that can be read ({error}); unpack it anew") from error
    return (edges[0], edges[1], edges[2], edges[3]) if len(boxes) == 1 else None
