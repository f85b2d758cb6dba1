"""The label files of VeRi-776, XML in a Chinese encoding that parsers refuse."""

import re
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from elsewhere.errors import DataError

_ATTRIBUTES = {"colorID": "color", "typeID": "type"}
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030"}
"""Files that declare one of these often hold characters of its superset."""


def read_labels(file: Path) -> dict[str, Mapping[str, str]]:
    """What a label file says of each image: `color` and `type`; nothing where there is no file.

    ElementTree refuses a declared gb2312, so the bytes are decoded here and the declaration is
    dropped.

    Raises:
        DataError: the file cannot be decoded or is no XML.
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
