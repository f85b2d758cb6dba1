"""The tuples that travel between layers."""

import math
from html import escape
from typing import Any, Literal, NamedTuple

from jaxtyping import Float, Float64, Int
from torch import Tensor


class Batch(NamedTuple):
    """What a data loader yields.

    Attributes:
        images: normalised images.
        labels: class indices.
        boxes: object boxes, xyxy in pixels of `images`, right and bottom exclusive; NaN where no
            box is known.
        indices: each image's row in its table of records.

    Examples:
        >>> boxes = torch.full((2, 4), torch.nan)  # none known
        >>> indices, labels = torch.arange(2), torch.tensor([0, 1])
        >>> batch = elsewhere.Batch(torch.rand(2, 3, 8, 8), labels, boxes, indices)
        >>> batch.labels.tolist()
        [0, 1]
    """

    images: Float[Tensor, "batch 3 height width"]
    labels: Int[Tensor, " batch"]
    boxes: Float[Tensor, "batch 4"]
    indices: Int[Tensor, " batch"]


class AttentionOutput(NamedTuple):
    """What an attention network says of a batch.

    Attributes:
        logits: prediction Y, always float32.
        embedding: representation h of eq. 3 (or the head's embedding), float32.
        attention: maps A of eq. 1, not negative.
        features: feature maps X.

    Examples:
        >>> net = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2)
        >>> out = net(torch.rand(1, 3, 32, 32))
        >>> out._fields
        ('logits', 'embedding', 'attention', 'features')
    """

    logits: Float[Tensor, "batch classes"]
    embedding: Float[Tensor, "batch size"]
    attention: Float[Tensor, "batch heads height width"]
    features: Float[Tensor, "batch channels height width"]


RetrievalVector = Literal["pooled", "embedding", "neck", "logits"]
"""What two images are compared by: h itself (section 3.1), the embedding before the batch-norm
neck, the one behind it, or the classifier's logits."""


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


class Familiarity(NamedTuple):
    """What a network's training images look like to it, and when another is unlike them all.

    Attributes:
        means: mean embedding of each class's training images, each of length one.
        threshold: cosine of an image's embedding and the nearest mean under which the image is
            called unlike anything trained on.
        images: how many held-out images set it.
        flagged: how many of them are under it.
    """

    means: Float[Tensor, "classes size"]
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


class Ranking(NamedTuple):
    """How well queries found their own in a gallery.

    A query without a match in the gallery takes no part in `mAP`, `mINP` and `cmc`.

    Attributes:
        mAP: mean of `average_precision`, 0..1.
        mINP: mean of `inverse_penalty`, 0..1.
        cmc: share of the queries with a match among the k nearest at place k - 1, 0..1.
        average_precision: of every query; NaN for one without a match.
        inverse_penalty: matches over the rank of the last match, of every query; NaN likewise.
        first_match: rank of the nearest match, counted from 1; 0 where there is none.
        matches: how many right gallery images each query has, junk left out.

    Examples:
        >>> ids, features = torch.arange(8) // 2, torch.eye(4).repeat_interleave(2, 0)
        >>> ranking = elsewhere.evaluate_ranking(
        ...     features[::2], features[1::2], query_ids=ids[::2], gallery_ids=ids[1::2]
        ... )
        >>> ranking.mAP, ranking.cmc[0].item()
        (1.0, 1.0)
    """

    mAP: float  # noqa: N815 - the field's spelling
    mINP: float  # noqa: N815
    cmc: Float64[Tensor, " ranks"]
    average_precision: Float64[Tensor, " queries"]
    inverse_penalty: Float64[Tensor, " queries"]
    first_match: Int[Tensor, " queries"]
    matches: Int[Tensor, " queries"]


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
