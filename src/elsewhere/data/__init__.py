"""Images and labels: readers, checks, transforms and loading."""

from elsewhere.data.categories import (
    CATEGORY_SETS,
    PUBLISHED_CLASSES,
    class_count_remarks,
    read_aircraft,
    read_cars,
    read_categories,
    read_cub,
    read_cub_attributes,
    read_cub_parts,
    read_dogs,
    read_environments,
    read_flowers,
    read_inat,
    read_nabirds,
)
from elsewhere.data.check import CheckReport, FileRemark, check_images
from elsewhere.data.datamodule import ImageData
from elsewhere.data.dataset import ImageDataset, Sample, collate
from elsewhere.data.decode import Decoded, decode_image
from elsewhere.data.drawn import DrawnBirds
from elsewhere.data.drawn_individuals import DrawnIndividuals
from elsewhere.data.folders import read_folders
from elsewhere.data.individuals import (
    PUBLISHED,
    SET_NAMES,
    count_remarks,
    merge_tables,
    read_duke,
    read_market,
    read_msmt17,
    read_own,
    read_set,
    read_vehicleid,
    read_veri,
    split_identities,
)
from elsewhere.data.inputs import (
    InputBatch,
    InputImage,
    find_images,
    load_images,
    seen_image,
    stream_images,
)
from elsewhere.data.junk import JunkRule
from elsewhere.data.lists import read_list
from elsewhere.data.pictures import PictureData
from elsewhere.data.protocols import EachAgainstRest, KPerIdentity, Protocol, QueryGallery, Trial
from elsewhere.data.reading import read_images
from elsewhere.data.records import Record, RecordTable, require_training_images
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.data.splitting import split_by_seed
from elsewhere.data.test_sets import TestSet
from elsewhere.data.transforms import (
    ReidentificationTransform,
    TrainTransform,
    Transform,
    denormalise,
    evaluation_transform,
)

__all__ = [
    "CATEGORY_SETS",
    "PUBLISHED",
    "PUBLISHED_CLASSES",
    "SET_NAMES",
    "CheckReport",
    "Decoded",
    "DrawnBirds",
    "DrawnIndividuals",
    "EachAgainstRest",
    "FileRemark",
    "ImageData",
    "ImageDataset",
    "InputBatch",
    "InputImage",
    "JunkRule",
    "KPerIdentity",
    "PictureData",
    "Protocol",
    "QueryGallery",
    "Record",
    "RecordTable",
    "ReidentificationData",
    "ReidentificationTransform",
    "Sample",
    "TestSet",
    "TrainTransform",
    "Transform",
    "Trial",
    "check_images",
    "class_count_remarks",
    "collate",
    "count_remarks",
    "decode_image",
    "denormalise",
    "evaluation_transform",
    "find_images",
    "load_images",
    "merge_tables",
    "read_aircraft",
    "read_cars",
    "read_categories",
    "read_cub",
    "read_cub_attributes",
    "read_cub_parts",
    "read_dogs",
    "read_duke",
    "read_environments",
    "read_flowers",
    "read_folders",
    "read_images",
    "read_inat",
    "read_list",
    "read_market",
    "read_msmt17",
    "read_nabirds",
    "read_own",
    "read_set",
    "read_vehicleid",
    "read_veri",
    "require_training_images",
    "seen_image",
    "split_by_seed",
    "split_identities",
    "stream_images",
]
