"""Images and labels: readers, checks, transforms and loading.

Names are loaded when they are first used, so that readers of lists do without torch.
"""

from typing import TYPE_CHECKING

from elsewhere.late import late

if TYPE_CHECKING:
    from elsewhere.data.image_data import ImageData as ImageData
    from elsewhere.data.inputs import load_images as load_images
    from elsewhere.data.junk import JunkRule as JunkRule
    from elsewhere.data.protocols import EachAgainstRest as EachAgainstRest
    from elsewhere.data.protocols import KPerIdentity as KPerIdentity
    from elsewhere.data.protocols import Protocol as Protocol
    from elsewhere.data.protocols import QueryGallery as QueryGallery
    from elsewhere.data.protocols import Trial as Trial
    from elsewhere.data.records import Record as Record
    from elsewhere.data.records import RecordTable as RecordTable
    from elsewhere.data.reidentification import ReidentificationData as ReidentificationData
    from elsewhere.data.sets.check import check_images as check_images
    from elsewhere.data.sets.classes.reading import read_images as read_images
    from elsewhere.data.sets.individuals.own import read_own as read_own
    from elsewhere.data.sets.individuals.reading import merge_tables as merge_tables
    from elsewhere.data.sets.individuals.reading import read_set as read_set
    from elsewhere.data.sets.published import count_remarks as count_remarks
    from elsewhere.data.sets.splitting import split_by_seed as split_by_seed
    from elsewhere.data.sets.splitting import split_identities as split_identities

_NAMES = {
    "elsewhere.data.image_data": "ImageData",
    "elsewhere.data.inputs": "load_images",
    "elsewhere.data.junk": "JunkRule",
    "elsewhere.data.protocols": "EachAgainstRest KPerIdentity Protocol QueryGallery Trial",
    "elsewhere.data.records": "Record RecordTable",
    "elsewhere.data.reidentification": "ReidentificationData",
    "elsewhere.data.sets.check": "check_images",
    "elsewhere.data.sets.classes.reading": "read_images",
    "elsewhere.data.sets.individuals.own": "read_own",
    "elsewhere.data.sets.individuals.reading": "merge_tables read_set",
    "elsewhere.data.sets.published": "count_remarks",
    "elsewhere.data.sets.splitting": "split_by_seed split_identities",
    "elsewhere.drawn": "DrawnBirds DrawnIndividuals",
}
"""What is drawn has its home above this package; recipes of before name it here."""

__all__, __getattr__, __dir__ = late(__name__, _NAMES)
