"""What an exported file says of itself, in JSON inside it, so that it means something alone."""

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from elsewhere.description import (
    Calibration,
    Familiar,
    Preprocessing,
    Retrieval,
    read_calibration,
    read_preprocessing,
    read_retrieval,
)
from elsewhere.errors import CheckpointError, one_line
from elsewhere.files.documents import parse_json

KEY = "elsewhere"
"""Under which name it stands among a file's metadata."""
FORMAT = 1
Kind = Literal["onnx", "openvino", "torch"]
SUFFIXES: dict[Kind, str] = {"onnx": ".onnx", "openvino": ".xml", "torch": ".pt2"}
KINDS: dict[str, Kind] = {suffix: kind for kind, suffix in SUFFIXES.items()}
assert get_args(Kind) == tuple(SUFFIXES)

_INPUT = (
    "images: float32, (batch, 3, height, width), RGB; resize to `resize` (height, width; aspect "
    "ignored; bilinear with antialiasing), cut out the centre of `crop`, divide by 255, subtract "
    "`mean`, divide by `std`"
)


class Description(NamedTuple):
    """What an exported network's numbers mean; None where something was not measured.

    Classes are in the order of the logits; `retrieval` is None for a classifier. `fingerprint` is
    of the bundle that it was made of; `outputs` are their names, and what each of them is.
    """

    classes: tuple[str, ...]
    preprocessing: Preprocessing
    calibration: Calibration | None
    familiarity: Familiar | None
    retrieval: Retrieval | None
    fingerprint: str
    outputs: dict[str, str]


def write_description(description: Description) -> str:
    """As the text that a file carries."""
    fields = {
        name: value._asdict() if hasattr(value, "_asdict") else value
        for name, value in description._asdict().items()
    }
    document = {"format": FORMAT, "input": _INPUT, **fields}
    return json.dumps(document, ensure_ascii=False)


def read_description(text: str | None, where: str) -> Description:
    """Read the text that a file carries, None where it carries none; `where` names the file."""
    if text is None:
        raise CheckpointError(f"{where}: says nothing of its classes; elsewhere export writes it")
    try:
        return _read(parse_json(text))
    except Exception as error:  # a field may have been changed into anything
        raise CheckpointError(
            f"{where}: does not describe a network: {one_line(str(error))[:300]}; export it again"
        ) from error


def _read(document: Mapping[str, Any]) -> Description:
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']}, this version reads {FORMAT}")
    familiarity, calibration = document["familiarity"], document["calibration"]
    retrieval = document["retrieval"]
    classes = document["classes"]
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise TypeError("classes is no list of names")
    if len(set(classes)) < len(classes):
        raise ValueError("classes is no list of different names")
    "".join(classes).encode()  # ValueError where JSON's escapes make no text
    return Description(
        tuple(classes),
        read_preprocessing(document["preprocessing"]),
        calibration and read_calibration(calibration),
        familiarity and Familiar(**familiarity),
        retrieval and read_retrieval(retrieval),
        str(document["fingerprint"]),
        {str(name): str(what) for name, what in document["outputs"].items()},
    )
