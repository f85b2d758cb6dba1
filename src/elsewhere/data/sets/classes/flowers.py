"""Oxford Flowers: 102 kinds of flowers (Nilsback and Zisserman, ICVGIP 2008)."""

from pathlib import Path

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.classes.mat import Numbered, load_mat, numbered_table
from elsewhere.data.sets.classes.places import Place
from elsewhere.errors import DataError

LABELS = "imagelabels.mat"
SPLITS = {"train": "trnid", "val": "valid", "test": "tstid"}
PLACE = Place(
    "Oxford Flowers",
    "setid.mat",
    ("jpg", LABELS, "setid.mat"),
    ("flowers-102", "oxford-102-flowers", "102flowers", "flowers102", "flowers"),
)


def read_flowers(root: Path | str) -> RecordTable:
    """Read Oxford Flowers: splits train, val and test as published.

    The files number the classes; their names are those of torchvision's `Flowers102`.

    Args:
        root: the folder with `jpg`, `imagelabels.mat` and `setid.mat`, or the one around it.

    Raises:
        DataError: a list or an image is missing, a list is not as expected, or scipy is missing.
    """
    from torchvision.datasets import Flowers102  # all of its data sets: for this one alone

    root = PLACE.find(root)
    numbers = [int(number) for number in load_mat(root / LABELS, "labels")[0]]
    images = []
    for split, ids in zip(SPLITS, load_mat(root / PLACE.mark, *SPLITS.values()), strict=True):
        for image in map(int, ids):
            if not 1 <= image <= len(numbers):
                raise DataError(f"{root / LABELS}: has no label of image {image}")
            images.append(Numbered(f"jpg/image_{image:05d}.jpg", numbers[image - 1], split))
    return numbered_table(root, root / PLACE.mark, images, Flowers102.classes)
