"""An exported file in a network's place, for what needs torch: vectors, stores, comparisons."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from elsewhere.errors import ModelError
from elsewhere.export.sessions import open_session
from elsewhere.inference.exported import ExportedModel
from elsewhere.inference.model import Images, Model
from elsewhere.inference.prediction import Views
from elsewhere.inference.speed import Speed
from elsewhere.meaning import Familiar, Prediction
from elsewhere.models import AttentionNetwork
from elsewhere.structures import AttentionOutput, RetrievalVector

UNDRAWN = "exported, so what it used cannot be drawn; name its run or bundle"


class ExportedNetwork(AttentionNetwork):
    """A network whose forward pass an exported file computes, on the CPU.

    In place of features its output carries the vector that images are compared by; what a match or
    an answer was made of cannot be told without features.

    Args:
        file: .onnx or .xml.
    """

    def __init__(self, file: Path) -> None:
        nn.Module.__init__(self)
        self.file, self.session = file, open_session(file)
        known = self.session.description
        self.class_names, self.preprocessing = known.classes, known.preprocessing
        self.calibration, self.familiarity = known.calibration, None
        self.retrieval, self.pooling = known.retrieval, "average"
        self.compared: RetrievalVector = known.retrieval.vector if known.retrieval else "embedding"
        self.device = nn.Parameter(torch.empty(0), requires_grad=False)

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> AttentionOutput:
        """What the file says of images."""
        found = {
            name: torch.from_numpy(values)
            for name, values in self.session(images.numpy()).items()
            if name != "evidence"
        }
        vector = found[self.compared][:, :, None, None]
        return AttentionOutput(found["logits"], found["embedding"], found["attention"], vector)

    def vector(
        self, output: AttentionOutput, kind: RetrievalVector
    ) -> Float[Tensor, "batch length"]:
        """One of the vectors that images can be compared by.

        Raises:
            ModelError: the file does not compute it.
        """
        if kind == self.compared:
            return output.features.flatten(1)
        if kind in ("logits", "embedding"):
            return cast(Tensor, getattr(output, kind))
        if kind == "pooled" and self.retrieval is None:
            return output.embedding  # a classifier's embedding is h itself
        raise ModelError(f"{self.file}: does not compute {kind}; name the bundle it was made of")

    @property
    def head(self) -> NoReturn:  # type: ignore[override]
        """Refuse: it is inside the file.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{self.file}: {UNDRAWN}")


class ReplacedModel(Model):
    """A model whose network is an exported file."""

    network: Any

    @property
    def familiarity(self) -> Familiar | None:
        """As the file tells it."""
        return cast(ExportedNetwork, self.network).session.description.familiarity

    @property
    def fingerprint(self) -> str:
        """Of the bundle that the file was made of: their vectors may be mixed."""
        return cast(ExportedNetwork, self.network).session.description.fingerprint

    def iter_predict(
        self,
        images: Images,
        top: int = 5,
        views: Views = "raw",
        *,
        batch_size: int = 16,
        workers: int = 0,
    ) -> Iterator[Prediction]:
        """As `ExportedModel.iter_predict`."""
        asked = ExportedModel(self.folder, self.network.session)
        return asked.iter_predict(images, top, views, batch_size=batch_size, workers=workers)

    def speed_up(self, images: Images) -> Speed:
        """As `ExportedModel.speed_up` tells; this model stays as it is."""
        return ExportedModel(self.folder, self.network.session).speed_up(images)

    def iter_explain(self, *_: object, **__: object) -> NoReturn:
        """Refuse: evidence needs features.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{self.folder}: {UNDRAWN}")

    def export(self, *_: object, **__: object) -> NoReturn:
        """Refuse: it is exported already.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{self.folder}: is exported already; name its run or bundle")

    def push_to_hub(self, *_: object, **__: object) -> NoReturn:
        """Refuse: what is shared is the bundle.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{self.folder}: exported; push its run or bundle")

    model_card = push_to_hub


def replaced_model(file: Path) -> ReplacedModel:
    """Open an exported file as a model.

    Raises:
        CheckpointError: there is no such file, or it is not of ours.
        ConfigError: the library that runs it is missing.
    """
    network = ExportedNetwork(file).eval()
    preprocessing = network.session.description.preprocessing
    return ReplacedModel(file, network, preprocessing, torch.device("cpu"))
