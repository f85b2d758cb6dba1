"""Sets of vehicles: VeRi-776, by the names of its files, and VehicleID, by its lists."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from elsewhere.data.records import Record, RecordTable, class_names_of
from elsewhere.data.sets.individuals.market import (
    NamingRule,
    four_digits,
    read_by_name,
    records_of_names,
)
from elsewhere.data.sets.places import Place, require_files
from elsewhere.data.sets.text_lists import read_names, read_numbered
from elsewhere.errors import DataError

Size = Literal[800, 1600, 2400]
_IMAGES = "image"
_LISTS = "train_test_split"
_VEHICLEID = Place(
    "VehicleID",
    (_IMAGES, _LISTS),
    ("VehicleID", "VehicleID_V1.0", "vehicleid", "PKU-VehicleID"),
)
_FOLDERS = {"train": "image_train", "query": "image_query", "gallery": "image_test"}
_NAME_LISTS = {"train": "name_train.txt", "query": "name_query.txt", "gallery": "name_test.txt"}
_LABELS = {"train": "train_label.xml", "query": "test_label.xml", "gallery": "test_label.xml"}
_RULE = NamingRule(
    re.compile(r"(?P<identity>-1|[0-9]+)_c(?P<camera>[0-9]+)_.*\.jpg$"),
    "0001_c001_00016450_0.jpg",
)
_VERI = Place(
    "VeRi-776",
    tuple(_FOLDERS.values()),
    ("VeRi", "VeRi-776", "veri", "VeRi_with_plate", "veri776"),
)
_ATTRIBUTES = {"colorID": "color", "typeID": "type"}
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030"}
"""Files that declare one of these often hold characters of its superset."""


def read_veri(root: Path | str) -> RecordTable:
    """Read VeRi-776 (Liu et al., ECCV 2016): splits train, query and gallery, cameras "1" to "20".

    The files of the name lists where these are there, else all of the folders. Identity and camera
    come from a file's name; `color` and `type` of the label files, where these are there, become
    attributes as written in them (a type 0, unknown, is one). Query images lie in the gallery too:
    the camera rule takes them out. `root` is the folder with `image_train`, `image_query` and
    `image_test`, or the one around it.
    """
    root = _VERI.find(root)
    labels = {name: _read_labels(root / name) for name in sorted(set(_LABELS.values()))}
    records = tuple(
        record for split in _FOLDERS for record in _read(root, split, labels[_LABELS[split]])
    )
    return RecordTable(root, records, class_names_of(records))


def _read(root: Path, split: str, attributes: Mapping[str, Mapping[str, str]]) -> Iterator[Record]:
    for record in _read_names(root, split):
        yield record._replace(attributes=attributes.get(Path(record.path).name, {}))


def _read_names(root: Path, split: str) -> Iterator[Record]:
    folder, file = _FOLDERS[split], root / _NAME_LISTS[split]
    if not file.is_file():
        yield from read_by_name(root, folder, split, _RULE)
        return
    listed = read_names(file)
    require_files(listed, root, [f"{folder}/{line.name}" for line in listed])
    yield from records_of_names(file, [line.name for line in listed], folder, split, _RULE)


def _read_labels(file: Path) -> dict[str, Mapping[str, str]]:
    """What a label file says of each image: `color` and `type`; nothing where there is no file.

    ElementTree refuses a declared gb2312, so the bytes are decoded here and the declaration is
    dropped.
    """
    if not file.is_file():
        return {}
    try:
        items = ElementTree.fromstring(_text(file.read_bytes())).iter("Item")
    except (UnicodeDecodeError, LookupError) as error:
        raise DataError(f"{file}: cannot be decoded ({error}); take the set's own file") from error
    except ElementTree.ParseError as error:
        raise DataError(f"{file}: no XML that can be read ({error}); unpack it anew") from error
    return {
        item.attrib["imageName"]: {
            name: item.attrib[key] for key, name in _ATTRIBUTES.items() if key in item.attrib
        }
        for item in items
        if "imageName" in item.attrib
    }


def _text(data: bytes) -> str:
    data = data.removeprefix(b"\xef\xbb\xbf")
    declaration = _DECLARATION.match(data)
    if declaration is None:
        return data.decode("utf-8")
    named = _ENCODING.search(declaration[0])
    encoding = named[1].decode("ascii").lower() if named else "utf-8"
    return data[declaration.end() :].decode(_WIDER.get(encoding, encoding))


def read_vehicleid(root: Path | str, size: Size = 800) -> RecordTable:
    """Read VehicleID (Liu et al., CVPR 2016): splits train and test, without cameras.

    The test is one pool, of 800 (small), 1600 (medium) or 2400 (large) identities. Its protocol
    draws one image of each identity into the gallery and lets all others ask; a draw is made when
    the set is scored, not here. `root` is the folder with `image` and `train_test_split`, or the
    one around it.
    """
    root = _VEHICLEID.find(root)
    train = tuple(_read_listed(root, "train_list.txt", "train"))
    records = (*train, *_read_listed(root, f"test_list_{size}.txt", "test"))
    return RecordTable(root, records, class_names_of(records))


def _read_listed(root: Path, file: str, split: str) -> Iterator[Record]:
    listed = read_numbered(root / _LISTS / file)
    paths = [f"{_IMAGES}/{line.name.removesuffix('.jpg')}.jpg" for line in listed]
    require_files(listed, root, paths)
    for line, path in zip(listed, paths, strict=True):
        yield Record(path, four_digits(line.identity), split)
