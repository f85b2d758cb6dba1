"""The tuples that travel between layers; those without tensors are in `meaning`."""

from typing import NamedTuple

from jaxtyping import Float, Float64, Int
from torch import Tensor

from elsewhere.description import PROMISE_CONFIDENCE as PROMISE_CONFIDENCE
from elsewhere.description import PROMISED_ACCURACY as PROMISED_ACCURACY
from elsewhere.description import Calibration as Calibration
from elsewhere.description import ClassProbability as ClassProbability
from elsewhere.description import Familiar as Familiar
from elsewhere.description import Prediction as Prediction
from elsewhere.description import Preprocessing as Preprocessing
from elsewhere.description import Retrieval as Retrieval
from elsewhere.description import RetrievalVector as RetrievalVector


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

    @property
    def limit(self) -> Familiar:
        """The same without what is compared with."""
        return Familiar(self.threshold, self.images, self.flagged)


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
