"""What describes a network and its answers, in tuples that need no torch.

A description that comes from a file is looked at before it is believed.
"""

import math
from collections.abc import Mapping
from html import escape
from typing import Any, Literal, NamedTuple, cast, get_args

RetrievalVector = Literal["pooled", "embedding", "neck", "logits"]
"""What two images are compared by: h itself (section 3.1), the embedding before the batch-norm
neck, the one behind it, or the classifier's logits."""

_LONGEST = 8192
"""Pixels of an input's longer side, beyond which a bundle was changed to exhaust memory."""


class Preprocessing(NamedTuple):
    """How an image becomes a network's input, at test time.

    Attributes:
        resize: height and width that every image is resized to, its aspect ignored.
        crop: height and width of the centre crop taken then; equal to `resize` for none.
        mean: per channel, of pixels in 0..1.
        std: per channel, of pixels in 0..1.

    Examples:
        >>> made = elsewhere.Preprocessing(resize=(256, 256), crop=(224, 224))
        >>> made.mean
        (0.485, 0.456, 0.406)
    """

    resize: tuple[int, int]
    crop: tuple[int, int]
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


PROMISED_ACCURACY = 0.95
"""Share of right answers that is promised of those that are not called unsure."""
PROMISE_CONFIDENCE = 0.95
"""How sure that promise is."""


class Calibration(NamedTuple):
    """How far the network's confidence can be trusted, measured on the validation split.

    Attributes:
        temperature: divides the logits before the softmax.
        unsure_below: confidence under which a prediction is called unsure; None where no promise
            can be made, so that every one is.
        images: how many held-out images say so; None where that is not known.
        sure: how many of them reach it.
        right: how many of these are right.
    """

    temperature: float = 1.0
    unsure_below: float | None = 0.0
    images: int | None = None
    sure: int | None = None
    right: int | None = None


class Familiar(NamedTuple):
    """When an image is called unlike anything that a network was trained on.

    Attributes:
        threshold: cosine of an image's embedding and the nearest class's mean under which it is.
        images: how many held-out images set it.
        flagged: how many of them are under it.
    """

    threshold: float
    images: int
    flagged: int


class Retrieval(NamedTuple):
    """How a network's images are compared, and from when on two are the same individual.

    Attributes:
        vector: what is compared.
        mirror: add the mirrored image's vector before the length is made one.
        threshold: cosine similarity from which on two images are called the same; None where no
            individuals held out of training said.
        false_positive_rate: share of different individuals' pairs, among those held out, that the
            threshold takes for the same.
        slope: of the probability that two are the same, sigmoid(slope · similarity + offset).
        offset: of the same.
        individuals: how many were held out; None where not known.
        pairs: pairs of different ones among them; None where not known.
        interval: 95 % interval of the false positive rate among new individuals, each end in 0..1;
            None where not known.

    Examples:
        >>> elsewhere.open_model("runs/individuals/seed-0").retrieval.threshold
        0.61
    """

    vector: RetrievalVector = "embedding"
    mirror: bool = False
    threshold: float | None = None
    false_positive_rate: float | None = None
    slope: float = 0.0
    offset: float = 0.0
    individuals: int | None = None
    pairs: int | None = None
    interval: tuple[float, float] | None = None


class ClassProbability(NamedTuple):
    """A class and its probability.

    Attributes:
        name: of the class.
        probability: in 0..1, NaN where the logits were not finite.

    Examples:
        >>> elsewhere.ClassProbability("wren", 0.75).name
        'wren'
    """

    name: str
    probability: float


class Prediction(NamedTuple):
    """What a model says of one image.

    Attributes:
        file: name of the image.
        ranked: the likeliest classes, likeliest first; empty where the image was not read.
        unsure: the model makes no promise that the first one is right: its probability is below
            the model's threshold or not known, the image is unfamiliar, or there is no threshold.
        problem: why the image was not read; empty where it was.
        familiarity: cosine to the nearest of the classes trained on, -1..1; None where the model
            does not know them.
        unfamiliar: the image is unlike anything trained on; None where the model cannot say.

    Examples:
        >>> model = elsewhere.open_model("runs/folder/seed-0")
        >>> read, broken = model.predict(["a.jpg", "missing.jpg"])
        >>> read.ranked[0].name in model.class_names, read.problem
        (True, '')
        >>> broken.as_dict()
        {'file': 'missing.jpg', 'problem': 'no such file or folder'}
    """

    file: str
    ranked: tuple[ClassProbability, ...] = ()
    unsure: bool = False
    problem: str = ""
    familiarity: float | None = None
    unfamiliar: bool | None = None

    @property
    def mark(self) -> str:
        """What is to be said of the answer: unfamiliar, unsure or nothing."""
        return "unfamiliar" if self.unfamiliar else "unsure" if self.unsure else ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as `elsewhere predict --json` writes them."""
        if self.problem:
            return {"file": self.file, "problem": self.problem}
        return {
            "file": self.file,
            "unsure": self.unsure,
            "unfamiliar": self.unfamiliar,
            "familiarity": None if self.familiarity is None else round(self.familiarity, 6),
            "predictions": [
                {"class": name, "probability": round(value, 6) if math.isfinite(value) else None}
                for name, value in self.ranked
            ],
        }

    def _repr_html_(self) -> str:
        if self.problem:
            return f"{escape(self.file)}: not read: {escape(self.problem)}"
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{100 * value:.1f} %</td></tr>"
            for name, value in self.ranked
        )
        mark = f" ({self.mark})" if self.mark else ""
        return f"<table><caption>{escape(self.file)}{mark}</caption>{rows}</table>"


def read_retrieval(description: Mapping[str, Any]) -> Retrieval:
    """How images are compared; it raises as `read_preprocessing` does."""
    interval = description.get("interval")
    retrieval = Retrieval(**{**description, "interval": interval and tuple(interval)})
    if retrieval.vector not in get_args(RetrievalVector):
        raise ValueError(f"images cannot be compared by {retrieval.vector!r}")
    if not isinstance(retrieval.mirror, bool):
        raise TypeError(f"mirror is true or false, not {retrieval.mirror!r}")
    numbers = (retrieval.threshold, retrieval.false_positive_rate, *(interval or ()))
    for number in (retrieval.slope, retrieval.offset, *(n for n in numbers if n is not None)):
        if isinstance(number, bool) or not math.isfinite(number):
            raise ValueError(f"retrieval holds {number!r} for a number")
    if not 0 <= (retrieval.false_positive_rate or 0.0) <= 1:
        raise ValueError(f"a false positive rate of {retrieval.false_positive_rate} is no share")
    if interval is not None and not (len(interval) == 2 and 0 <= interval[0] <= interval[1] <= 1):
        raise ValueError(f"an interval of {interval} holds no shares")
    return retrieval


def read_preprocessing(description: Mapping[str, Any]) -> Preprocessing:
    """How images become inputs, with sizes and numbers that can be.

    Raises:
        TypeError: or ValueError: they cannot.
    """
    preprocessing = Preprocessing(**{key: tuple(value) for key, value in description.items()})
    for name, length in {"resize": 2, "crop": 2, "mean": 3, "std": 3}.items():
        values = getattr(preprocessing, name)
        if len(values) != length:
            raise ValueError(f"{name} of {len(values)} numbers, not {length}")
        if length == 2 and not all(type(side) is int and 0 < side <= _LONGEST for side in values):
            raise ValueError(f"{name} {values} is not of whole numbers from 1 to {_LONGEST}")
        if not all(_is_number(value) for value in values) or (name == "std" and min(values) <= 0):
            raise ValueError(f"{name} {values} are no numbers to divide by")
    return preprocessing


def read_calibration(description: Mapping[str, Any]) -> Calibration:
    """How far confidence goes; it raises as `read_preprocessing` does."""
    calibration = Calibration(**description)
    temperature, unsure = calibration.temperature, calibration.unsure_below
    if not (_is_number(temperature) and temperature > 0):
        raise ValueError(f"temperature {temperature!r} is not above 0")
    if unsure is not None and not (type(unsure) in (int, float) and unsure >= 0):
        raise ValueError(f"unsure_below {unsure!r} is no probability")
    for count in calibration[2:]:
        if count is not None and type(count) is not int:
            raise TypeError(f"calibration counts {count!r} images")
    return calibration


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(cast(float, value))
