"""Images and labels: readers, checks, transforms and loading."""

from elsewhere.data.check import CheckReport, FileRemark, check_images
from elsewhere.data.datamodule import ImageData
from elsewhere.data.dataset import ImageDataset, Sample, collate
from elsewhere.data.decode import Decoded, decode_image
from elsewhere.data.drawn import DrawnBirds
from elsewhere.data.folders import read_folders
from elsewhere.data.inputs import (
    InputBatch,
    InputImage,
    find_images,
    load_images,
    seen_picture,
    stream_images,
)
from elsewhere.data.lists import read_list
from elsewhere.data.reading import read_images
from elsewhere.data.records import Record, RecordTable, require_training_images
from elsewhere.data.splitting import split_by_seed
from elsewhere.data.transforms import (
    TrainTransform,
    Transform,
    denormalise,
    evaluation_transform,
)

__all__ = [
    "CheckReport",
    "Decoded",
    "DrawnBirds",
    "FileRemark",
    "ImageData",
    "ImageDataset",
    "InputBatch",
    "InputImage",
    "Record",
    "RecordTable",
    "Sample",
    "TrainTransform",
    "Transform",
    "check_images",
    "collate",
    "decode_image",
    "denormalise",
    "evaluation_transform",
    "find_images",
    "load_images",
    "read_folders",
    "read_images",
    "read_list",
    "require_training_images",
    "seen_picture",
    "split_by_seed",
    "stream_images",
]
