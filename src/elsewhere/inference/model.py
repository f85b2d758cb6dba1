"""A trained model, ready to be asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import torch

from elsewhere.data.inputs import InputBatch, InputImage, each_image, stream_images
from elsewhere.description import Calibration, Familiar, Prediction, Preprocessing, Retrieval
from elsewhere.errors import ModelError
from elsewhere.inference.counterfactual import Looking
from elsewhere.inference.embedder import Embedder, Images
from elsewhere.inference.explanation import Explanation, explanations_of
from elsewhere.inference.labels import find_class
from elsewhere.inference.passing import PassedOn
from elsewhere.inference.prediction import Views, predictions_of
from elsewhere.models import AttentionNetwork
from elsewhere.retrieval.looking import look, vector_size
from elsewhere.retrieval.settings import Wanted, model_fingerprint
from elsewhere.retrieval.vectors import Loading, Looked


@dataclass(frozen=True, eq=False)
class Model(Embedder, PassedOn, Looking):
    """A trained network and how it is asked; `open_model` makes one.

    Images are paths, folders (with all below them), lists (`.txt`, `.csv`), images that Pillow
    has opened, uint8 arrays of (H, W, 3) or the bytes of files; one, several, or a stream of any
    length. One that cannot be read gets an answer that says so, at its place.

    Attributes:
        folder: its bundle.
        network: in evaluation mode, on its device.
        preprocessing: how an image becomes its input.
        device: where it computes.

    Examples:
        >>> model = elsewhere.open_model("runs/folder/seed-0")
        >>> [answer.file for answer in model.predict(["a.jpg", "birds/wren"], top=1)][:2]
        ['a.jpg', 'birds/wren/0.png']
        >>> sum(1 for answer in model.iter_predict("birds"))  # never all in memory
        16
    """

    folder: Path
    network: AttentionNetwork
    preprocessing: Preprocessing
    device: torch.device

    def predict(
        self,
        images: Images,
        top: int = 5,
        views: Views = "raw",
        *,
        batch_size: int = 16,
        workers: int = 0,
    ) -> list[Prediction]:
        """The likeliest classes of each image, in order.

        Args:
            images: see above.
            top: classes to name.
            views: `raw` looks at the image as it is, `all` at its attended crops and their mirrors
                too, 8 times the work.
            batch_size: images at once.
            workers: processes that load; 0 loads in this one.

        Raises:
            ModelError: the model was trained to find individuals again, or there are no such views.
        """
        stream = self.iter_predict(images, top, views, batch_size=batch_size, workers=workers)
        return list(stream)

    def iter_predict(
        self,
        images: Images,
        top: int = 5,
        views: Views = "raw",
        *,
        batch_size: int = 16,
        workers: int = 0,
    ) -> Iterator[Prediction]:
        """The same as a stream: as many images as there are, a few batches in memory."""
        self.require_classes("use elsewhere compare, or embed (model.compare, model.embed)")
        if top < 1:
            raise ModelError(f"top={top}: name 1 class or more")
        if views not in get_args(Views):
            raise ModelError(f"views={views!r}: {' or '.join(get_args(Views))}")
        batches = self._batches(images, Loading(batch_size, workers))
        return predictions_of(self.network, self._fast or self.network, batches, top, views)

    def explain(
        self,
        images: Images,
        target: str | None = None,
        *,
        batch_size: int = 16,
        workers: int = 0,
    ) -> list[Explanation]:
        """Where the model looked in each image, and what it used, in order.

        Args:
            images: see above.
            target: class that the evidence is for; each image's own answer if None.
            batch_size: images at once.
            workers: processes that load; 0 loads in this one.

        Raises:
            ModelError: the model was trained to find individuals again.
            ConfigError: it knows no class `target`.
        """
        return list(self.iter_explain(images, target, batch_size=batch_size, workers=workers))

    def iter_explain(
        self,
        images: Images,
        target: str | None = None,
        *,
        name: str = "",
        batch_size: int = 16,
        workers: int = 0,
    ) -> Iterator[Explanation]:
        """The same as a stream; `name` is what the model is called in panels."""
        self.require_classes("elsewhere compare (model.compare) draws what two images share")
        wanted = None if target is None else self.find_class(target)
        batches = self._batches(images, Loading(batch_size, workers))
        return explanations_of(
            self.network, self.preprocessing, batches, wanted, name or self.folder.parent.name
        )

    def __repr__(self) -> str:
        return f"Model({str(self.folder)!r}, {len(self.class_names)} classes, {self.device})"

    @property
    def class_names(self) -> tuple[str, ...]:
        """What it tells apart: its classes, or the individuals that it was trained with."""
        return self.network.class_names

    @property
    def calibration(self) -> Calibration | None:
        """How far its confidence goes, where that was measured."""
        return self.network.calibration

    @property
    def familiarity(self) -> Familiar | None:
        """When an image is unlike anything that it was trained on, where that was measured."""
        return self.network.familiarity and self.network.familiarity.limit

    @property
    def fingerprint(self) -> str:
        """Of its weights, by which stores know whose vectors they hold."""
        return model_fingerprint(self.folder)

    @property
    def retrieval(self) -> Retrieval:
        """How it compares images; by h itself (section 3.1) where its bundle does not say."""
        return self.network.retrieval or Retrieval("pooled")

    @property
    def finds_individuals(self) -> bool:
        """Whether it was trained to find individuals again, rather than to name classes."""
        return self.network.retrieval is not None

    def look(
        self, images: Iterable[InputImage], wanted: Wanted, loading: Loading
    ) -> Iterator[Looked]:
        """Each batch's vectors, in the order of the images."""
        return look(self.network, images, wanted, loading)

    def vector_size(self, wanted: Wanted) -> int:
        """How many numbers a vector has.

        Raises:
            ModelError: the network has no such vector.
        """
        return vector_size(self.network, wanted)

    @property
    def drawn_by(self) -> AttentionNetwork:
        """The network that says what made two images alike."""
        return self.network

    def find_class(self, name: str) -> int:
        """Index of a class, however its capitals and accents are typed.

        Raises:
            ConfigError: it knows no such class; the message names a near one.
        """
        return find_class(self.class_names, name, str(self.folder))

    def require_classes(self, instead: str) -> None:
        """Refuse a model whose classes are the individuals that it was trained with.

        Args:
            instead: what to do with it.

        Raises:
            ModelError: it was trained to find individuals again.
        """
        if self.finds_individuals:
            raise ModelError(
                f"{self.folder}: trained to find individuals again; its "
                f"{len(self.class_names)} classes are those it was trained with, and it "
                f"would call any other by one of their names; {instead}"
            )

    def _batches(self, images: Images, loading: Loading) -> Iterator[InputBatch]:
        """Images as this network sees them, batch by batch, on its device."""
        size, workers = loading.batch_size, loading.workers
        for batch in stream_images(each_image(images), self.preprocessing, size, workers):
            yield batch._replace(images=batch.images.to(self.device))
