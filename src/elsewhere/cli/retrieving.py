"""What `embed`, `compare` and `search` share: which vector of a model, and what it says of two."""

from elsewhere.cli.serving import Model
from elsewhere.retrieval import Wanted
from elsewhere.structures import Retrieval, RetrievalVector


def retrieval_of(model: Model) -> Retrieval:
    """How a model compares pictures; by h itself (section 3.1) where its bundle does not say."""
    return model.network.retrieval or Retrieval("pooled")


def wanted_of(
    model: Model, vector: RetrievalVector | None = None, mirror: bool | None = None
) -> Wanted:
    """Which vector to look for: what was asked for, else what the model says."""
    retrieval = retrieval_of(model)
    return Wanted(
        retrieval.vector if vector is None else vector,
        retrieval.mirror if mirror is None else mirror,
        model.preprocessing,
    )
