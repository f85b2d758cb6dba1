"""Images of a table, loaded one by one and put together in batches."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat

from elsewhere.data.images.decode import Decoded, decode_image
from elsewhere.data.images.transforms import Transform
from elsewhere.data.records import RecordTable
from elsewhere.data.sampling.batches import Draw
from elsewhere.structures import Batch


class Sample(NamedTuple):
    """One loaded image, normalised; `row` is its place in the table.

    The box is xyxy in pixels of `image`; NaN where unknown or outside the crop.
    """

    image: Float[Tensor, "3 height width"]
    label: int
    box: Float[Tensor, "4"]
    row: int


class ImageDataset(Dataset[Sample]):
    """A table's images, decoded and transformed when they are asked for.

    Asked for with a `Draw`, the sample is a function of that draw: the number of loading workers
    and the order of requests change nothing. Asked for with a row alone, random transforms draw
    from torch's global generator as it stands.

    `decode_size` is the height and width that the transform resizes to first; large JPEGs are then
    decoded at reduced size. None decodes every file whole.
    """

    def __init__(
        self,
        table: RecordTable,
        transform: Transform,
        decode_size: tuple[int, int] | None = None,
    ) -> None:
        self.table = table
        self.transform = transform
        self.decode_size = decode_size
        self._labels = table.labels

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, draw: Draw | int) -> Sample:
        index = draw.index if isinstance(draw, Draw) else draw
        record = self.table.records[index]
        decoded = decode_image(self.table.root / record.path, self.decode_size)
        boxes = _boxes(record.box, decoded)
        if isinstance(draw, Draw):
            with torch.random.fork_rng(devices=[]):
                # torch.manual_seed would reseed GPUs too, where loading runs in the main process.
                torch.default_generator.manual_seed(draw.seed)
                image, boxes = self.transform(decoded.image, boxes)
        else:
            image, boxes = self.transform(decoded.image, boxes)
        return Sample(image, self._labels[index], _one_box(boxes), index)


def collate(samples: Sequence[Sample]) -> Batch:
    """Put samples together in a batch, in their order."""
    return Batch(
        images=torch.stack([sample.image for sample in samples]).contiguous(),
        labels=torch.tensor([sample.label for sample in samples]),
        boxes=torch.stack([sample.box for sample in samples]),
        indices=torch.tensor([sample.row for sample in samples]),
    )


def _boxes(box: tuple[float, float, float, float] | None, decoded: Decoded) -> BoundingBoxes:
    """The known box, in pixels of the decoded image, or none."""
    height, width = decoded.scale
    data = torch.empty(0, 4) if box is None else torch.tensor([box])
    return BoundingBoxes(
        data * torch.tensor([width, height, width, height]),
        format=BoundingBoxFormat.XYXY,
        canvas_size=tuple(decoded.image.shape[-2:]),
    )


def _one_box(boxes: BoundingBoxes) -> Float[Tensor, "4"]:
    """The box that is left in the image; NaN where none is."""
    corners: Tensor = boxes.as_subclass(Tensor)
    box: Tensor
    for box in corners:
        if box[2] > box[0] and box[3] > box[1]:
            return box
    return torch.full((4,), torch.nan)
