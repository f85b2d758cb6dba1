"""CUB-200-2011: 200 kinds of birds (Wah et al., Caltech technical report, 2011)."""

from pathlib import Path

from elsewhere.data.categories.id_lists import NEEDED, SPLITS, read_classes, read_images_of
from elsewhere.data.categories.places import Place
from elsewhere.data.records import RecordTable

PLACE = Place(
    "CUB-200-2011", SPLITS, NEEDED, ("CUB_200_2011", "CUB-200-2011", "cub", "CUB", "cub-200-2011")
)


def read_cub(root: Path | str) -> RecordTable:
    """Read CUB-200-2011: splits train and test, with a box of every bird.

    Classes are called as in `classes.txt`, such as "001.Black_footed_Albatross", in its order.
    What else the set says of an image is read by `read_cub_attributes` and `read_cub_parts`.

    Args:
        root: the folder with `images.txt` and `images`, or the one around it.

    Raises:
        DataError: a list or an image is missing, or a line is not as expected.
    """
    root = PLACE.find(root)
    classes = read_classes(root)
    return RecordTable(root, read_images_of(root, classes), tuple(classes.values()))
