"""NABirds: 555 kinds of North American birds (Van Horn et al., CVPR 2015).

Where male and female, or old and young, look different, they are different classes.
"""

from collections import Counter
from pathlib import Path

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.classes.id_lists import (
    LABELS,
    NEEDED,
    read_by_id,
    read_classes,
    read_images_of,
)
from elsewhere.data.sets.classes.places import Place

PLACE = Place("NABirds", "hierarchy.txt", NEEDED, ("nabirds", "NABirds", "NABIRDS"))


def read_nabirds(root: Path | str) -> RecordTable:
    """Read NABirds: splits train and test, with a box of every bird.

    Of the nodes in `classes.txt`, which are groups of birds too, those with images are classes,
    in the order of their numbers. Where two have the same name, their number follows it.

    Args:
        root: the folder with `images.txt` and `images`, or the one around it.

    Raises:
        DataError: a list or an image is missing, or a line is not as expected.
    """
    root = PLACE.find(root)
    shown = {line.name for line in read_by_id(root / LABELS).values()}
    classes = {number: name for number, name in read_classes(root).items() if number in shown}
    times = Counter(classes.values())
    classes = {
        number: name if times[name] == 1 else f"{name} ({number})"
        for number, name in classes.items()
    }
    return RecordTable(root, read_images_of(root, classes), tuple(classes.values()))
