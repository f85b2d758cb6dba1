"""Images and labels: readers, checks, transforms and loading.

Names are loaded when they are first used, so that readers of lists do without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from elsewhere.data.categories import CATEGORY_SETS as CATEGORY_SETS
    from elsewhere.data.categories import PUBLISHED_CLASSES as PUBLISHED_CLASSES
    from elsewhere.data.categories import class_count_remarks as class_count_remarks
    from elsewhere.data.categories import read_aircraft as read_aircraft
    from elsewhere.data.categories import read_cars as read_cars
    from elsewhere.data.categories import read_categories as read_categories
    from elsewhere.data.categories import read_cub as read_cub
    from elsewhere.data.categories import read_cub_attributes as read_cub_attributes
    from elsewhere.data.categories import read_cub_parts as read_cub_parts
    from elsewhere.data.categories import read_dogs as read_dogs
    from elsewhere.data.categories import read_environments as read_environments
    from elsewhere.data.categories import read_flowers as read_flowers
    from elsewhere.data.categories import read_inat as read_inat
    from elsewhere.data.categories import read_nabirds as read_nabirds
    from elsewhere.data.check import CheckReport as CheckReport
    from elsewhere.data.check import FileRemark as FileRemark
    from elsewhere.data.check import check_images as check_images
    from elsewhere.data.datamodule import ImageData as ImageData
    from elsewhere.data.dataset import ImageDataset as ImageDataset
    from elsewhere.data.dataset import Sample as Sample
    from elsewhere.data.dataset import collate as collate
    from elsewhere.data.decode import Decoded as Decoded
    from elsewhere.data.decode import decode_image as decode_image
    from elsewhere.data.folders import read_folders as read_folders
    from elsewhere.data.individuals import PUBLISHED as PUBLISHED
    from elsewhere.data.individuals import SET_NAMES as SET_NAMES
    from elsewhere.data.individuals import count_remarks as count_remarks
    from elsewhere.data.individuals import merge_tables as merge_tables
    from elsewhere.data.individuals import read_duke as read_duke
    from elsewhere.data.individuals import read_market as read_market
    from elsewhere.data.individuals import read_msmt17 as read_msmt17
    from elsewhere.data.individuals import read_own as read_own
    from elsewhere.data.individuals import read_set as read_set
    from elsewhere.data.individuals import read_vehicleid as read_vehicleid
    from elsewhere.data.individuals import read_veri as read_veri
    from elsewhere.data.individuals import split_identities as split_identities
    from elsewhere.data.inputs import InputBatch as InputBatch
    from elsewhere.data.inputs import InputImage as InputImage
    from elsewhere.data.inputs import find_images as find_images
    from elsewhere.data.inputs import load_images as load_images
    from elsewhere.data.inputs import seen_image as seen_image
    from elsewhere.data.inputs import stream_images as stream_images
    from elsewhere.data.junk import JunkRule as JunkRule
    from elsewhere.data.lists import read_list as read_list
    from elsewhere.data.pictures import PictureData as PictureData
    from elsewhere.data.protocols import EachAgainstRest as EachAgainstRest
    from elsewhere.data.protocols import KPerIdentity as KPerIdentity
    from elsewhere.data.protocols import Protocol as Protocol
    from elsewhere.data.protocols import QueryGallery as QueryGallery
    from elsewhere.data.protocols import Trial as Trial
    from elsewhere.data.reading import read_images as read_images
    from elsewhere.data.records import Record as Record
    from elsewhere.data.records import RecordTable as RecordTable
    from elsewhere.data.records import require_training_images as require_training_images
    from elsewhere.data.reidentification import ReidentificationData as ReidentificationData
    from elsewhere.data.splitting import split_by_seed as split_by_seed
    from elsewhere.data.test_sets import TestSet as TestSet
    from elsewhere.data.transforms import ReidentificationTransform as ReidentificationTransform
    from elsewhere.data.transforms import TrainTransform as TrainTransform
    from elsewhere.data.transforms import Transform as Transform
    from elsewhere.data.transforms import denormalise as denormalise
    from elsewhere.data.transforms import evaluation_transform as evaluation_transform

_HOMES = {
    "CATEGORY_SETS": "elsewhere.data.categories",
    "CheckReport": "elsewhere.data.check",
    "Decoded": "elsewhere.data.decode",
    "DrawnBirds": "elsewhere.drawn",
    "DrawnIndividuals": "elsewhere.drawn",
    "EachAgainstRest": "elsewhere.data.protocols",
    "FileRemark": "elsewhere.data.check",
    "ImageData": "elsewhere.data.datamodule",
    "ImageDataset": "elsewhere.data.dataset",
    "InputBatch": "elsewhere.data.inputs",
    "InputImage": "elsewhere.data.inputs",
    "JunkRule": "elsewhere.data.junk",
    "KPerIdentity": "elsewhere.data.protocols",
    "PUBLISHED": "elsewhere.data.individuals",
    "PUBLISHED_CLASSES": "elsewhere.data.categories",
    "PictureData": "elsewhere.data.pictures",
    "Protocol": "elsewhere.data.protocols",
    "QueryGallery": "elsewhere.data.protocols",
    "Record": "elsewhere.data.records",
    "RecordTable": "elsewhere.data.records",
    "ReidentificationData": "elsewhere.data.reidentification",
    "ReidentificationTransform": "elsewhere.data.transforms",
    "SET_NAMES": "elsewhere.data.individuals",
    "Sample": "elsewhere.data.dataset",
    "TestSet": "elsewhere.data.test_sets",
    "TrainTransform": "elsewhere.data.transforms",
    "Transform": "elsewhere.data.transforms",
    "Trial": "elsewhere.data.protocols",
    "check_images": "elsewhere.data.check",
    "class_count_remarks": "elsewhere.data.categories",
    "collate": "elsewhere.data.dataset",
    "count_remarks": "elsewhere.data.individuals",
    "decode_image": "elsewhere.data.decode",
    "denormalise": "elsewhere.data.transforms",
    "evaluation_transform": "elsewhere.data.transforms",
    "find_images": "elsewhere.data.inputs",
    "load_images": "elsewhere.data.inputs",
    "merge_tables": "elsewhere.data.individuals",
    "read_aircraft": "elsewhere.data.categories",
    "read_cars": "elsewhere.data.categories",
    "read_categories": "elsewhere.data.categories",
    "read_cub": "elsewhere.data.categories",
    "read_cub_attributes": "elsewhere.data.categories",
    "read_cub_parts": "elsewhere.data.categories",
    "read_dogs": "elsewhere.data.categories",
    "read_duke": "elsewhere.data.individuals",
    "read_environments": "elsewhere.data.categories",
    "read_flowers": "elsewhere.data.categories",
    "read_folders": "elsewhere.data.folders",
    "read_images": "elsewhere.data.reading",
    "read_inat": "elsewhere.data.categories",
    "read_list": "elsewhere.data.lists",
    "read_market": "elsewhere.data.individuals",
    "read_msmt17": "elsewhere.data.individuals",
    "read_nabirds": "elsewhere.data.categories",
    "read_own": "elsewhere.data.individuals",
    "read_set": "elsewhere.data.individuals",
    "read_vehicleid": "elsewhere.data.individuals",
    "read_veri": "elsewhere.data.individuals",
    "require_training_images": "elsewhere.data.records",
    "seen_image": "elsewhere.data.inputs",
    "split_by_seed": "elsewhere.data.splitting",
    "split_identities": "elsewhere.data.individuals",
    "stream_images": "elsewhere.data.inputs",
}
"""What is drawn has its home above this package; recipes of before name it here."""

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
