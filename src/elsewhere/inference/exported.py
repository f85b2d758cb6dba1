"""An exported file, asked about images without torch."""

import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NoReturn

import numpy as np

from elsewhere.data.images.pixels import network_input
from elsewhere.data.naming import InputImage, each_image
from elsewhere.description import (
    Calibration,
    Familiar,
    Prediction,
    Retrieval,
    RetrievalVector,
)
from elsewhere.errors import DataError, ModelError
from elsewhere.export.sessions import Session, open_session
from elsewhere.inference.comparison import UNDRAWN
from elsewhere.inference.embedder import Embedder, Images
from elsewhere.inference.naming import name_classes_of
from elsewhere.inference.speed import Speed, fastest
from elsewhere.retrieval.settings import Wanted
from elsewhere.retrieval.vectors import Loading, Looked, looked_at

Read = str | np.ndarray
"""An input, or why there is none."""
Found = str | dict[str, np.ndarray]
"""Outputs by name, or why there are none."""
LEARNED_ALONE = (
    "an exported file looks where it was trained to look, and cannot be asked to look elsewhere; "
    "name the run or bundle that it was made of"
)


class ExportedModel(Embedder):
    """A model exported to ONNX or OpenVINO; `open_exported` makes one, and no torch is needed.

    Attributes:
        folder: its file.
        preprocessing: how an image becomes its input.

    Examples:
        >>> from pathlib import Path
        >>> issubclass(elsewhere.ExportedModel, object)
        True
    """

    def __init__(self, file: Path, session: Session) -> None:
        self.folder = file
        self.preprocessing = session.description.preprocessing
        self._session = self._fast = session  # which predicts

    @property
    def class_names(self) -> tuple[str, ...]:
        """What it tells apart."""
        return self._session.description.classes

    @property
    def calibration(self) -> Calibration | None:
        """How far its confidence goes, where that was measured."""
        return self._session.description.calibration

    @property
    def familiarity(self) -> Familiar | None:
        """When an image is unlike anything that it was trained on, where that was measured."""
        return self._session.description.familiarity

    @property
    def retrieval(self) -> Retrieval:
        """How it compares images; by h itself (section 3.1) where nothing says otherwise."""
        return self._session.description.retrieval or Retrieval("pooled")

    @property
    def finds_individuals(self) -> bool:
        """Whether it was trained to find individuals again, rather than to name classes."""
        return self._session.description.retrieval is not None

    @property
    def fingerprint(self) -> str:
        """Of the bundle that it was made of: their vectors may be mixed."""
        return self._session.description.fingerprint

    def outputs(
        self, images: Images, *, batch_size: int = 16, workers: int = 0
    ) -> Iterator[tuple[InputImage, Found]]:
        """Each image with its outputs by name, or with why it could not be read.

        Args:
            images: as for `Model`.
            batch_size: images at once.
            workers: threads that read, always a batch ahead; 0 is 1.

        Raises:
            ModelError: less than one image at once.
        """
        return self._outputs(self._session, images, Loading(batch_size, workers))

    def look(
        self, images: Iterable[InputImage], wanted: Wanted, loading: Loading
    ) -> Iterator[Looked]:
        """Each batch's vectors, in the order of the images."""
        return self._looked(images, self._output(wanted.vector), wanted.mirror, loading)

    def _looked(
        self, images: Iterable[InputImage], name: str, mirror: bool, loading: Loading
    ) -> Iterator[Looked]:
        for batch in self._batches(images, loading):
            read = {row: made for row, (_, made) in enumerate(batch) if not isinstance(made, str)}
            problems = {row: why for row, (_, why) in enumerate(batch) if isinstance(why, str)}
            vectors = np.empty((0, 0), np.float32)
            if read:
                inputs = np.stack([*read.values()])
                views = [inputs, inputs[..., ::-1].copy()] if mirror else [inputs]
                vectors = np.sum([self._session(view)[name] for view in views], axis=0)
            yield looked_at([image for image, _ in batch], [*read], vectors, problems)

    def vector_size(self, wanted: Wanted) -> int:
        """How many numbers a vector has.

        Raises:
            ModelError: the file does not compute it.
        """
        name = self._output(wanted.vector)
        blank = np.zeros((1, 3, *self.preprocessing.crop), np.float32)
        return int(self._session(blank)[name].shape[1])

    def iter_predict(
        self,
        images: Images,
        top: int = 5,
        views: str = "raw",
        *,
        batch_size: int = 16,
        workers: int = 0,
    ) -> Iterator[Prediction]:
        """The likeliest classes of each image as a stream; see `predict`."""
        if self.finds_individuals:
            raise ModelError(
                f"{self.folder}: exported from a model that finds individuals again; use "
                "elsewhere compare, or embed"
            )
        if views != "raw":
            raise ModelError(f"{self.folder}: exported, so it knows no views but raw")
        if top < 1:
            raise ModelError(f"top={top}: name 1 class or more")
        outputs = self._outputs(self._fast, images, Loading(batch_size, workers))
        return (self._named(image.name, found, top) for image, found in outputs)

    def _named(self, file: str, found: Found, top: int) -> Prediction:
        if isinstance(found, str):
            return Prediction(file, problem=found)
        names, logits, familiar = self.class_names, found["logits"], self.familiarity
        like = None if familiar is None else float(found["familiarity"])
        return name_classes_of(file, logits, names, top, self.calibration, like, familiar)

    def predict(
        self,
        images: Images,
        top: int = 5,
        views: str = "raw",
        *,
        batch_size: int = 16,
        workers: int = 0,
    ) -> list[Prediction]:
        """The likeliest classes of each image, in order.

        Args:
            images: as for `Model`.
            top: classes to name.
            views: raw, the image as it is; a file knows no others.
            batch_size: images at once.
            workers: threads that read, always a batch ahead; 0 is 1.

        Raises:
            ModelError: it was made of a model that finds individuals again.
        """
        return list(self.iter_predict(images, top, views, batch_size=batch_size, workers=workers))

    def speed_up(self, images: Images) -> Speed:
        """Let OpenVINO predict in bfloat16 from now on, where that is faster here.

        It is tried on the first eight images that can be read, and taken only if it names the same
        classes, and no probability differs by more than 0.01. Vectors and outputs stay as they are.

        Args:
            images: as for `Model`.

        Raises:
            ModelError: no image can be read.
            ConfigError: ONNX Runtime has no faster way.
        """
        read = (self._input(image) for image in each_image(images))
        inputs = [*itertools.islice((each for each in read if not isinstance(each, str)), 8)]
        if not inputs:
            raise ModelError("no image that could be read to try the ways of computing on")
        batch, fewer_bits = np.stack(inputs), open_session(self.folder, bfloat16=True)
        sessions = {"as it is": self._session, "bfloat16": fewer_bits}
        speed = fastest(
            {name: partial(_logits, session, batch) for name, session in sessions.items()},
            self.calibration.temperature if self.calibration else 1.0,
        )
        self._fast = sessions[speed.name]
        return speed

    def explain(self, *_: object, **__: object) -> NoReturn:
        """Refuse: evidence needs features.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{self.folder}: {UNDRAWN}")

    iter_explain = explain

    def counterfactual(self, *_: object, **__: object) -> NoReturn:
        """Refuse: another attention needs features.

        Raises:
            ModelError: always.
        """
        raise ModelError(f"{self.folder}: {LEARNED_ALONE}")

    counterfactual_vector = counterfactual

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

    def _output(self, vector: RetrievalVector) -> str:
        """The name of the output that is a vector."""
        known = self._session.description
        if vector == "pooled" and known.retrieval is None:
            return "embedding"  # a classifier's embedding is h itself
        if vector in known.outputs:
            return vector
        raise ModelError(
            f"{self.folder}: does not compute {vector}; name the bundle it was made of"
        )

    def _batches(self, images: Images, loading: Loading) -> Iterator[list[tuple[InputImage, Read]]]:
        """Images as inputs, batch by batch, read a batch ahead."""
        coming = each_image(images)
        with ThreadPoolExecutor(max(loading.workers, 1)) as readers:

            def next_batch() -> list[tuple[InputImage, Future[Read]]]:
                batch = itertools.islice(coming, loading.batch_size)
                return [(image, readers.submit(self._input, image)) for image in batch]

            ahead = next_batch()
            while batch := ahead:
                ahead = next_batch()
                yield [(image, read.result()) for image, read in batch]

    def _input(self, image: InputImage) -> Read:
        if image.problem:
            return image.problem
        try:
            return network_input(image.source, self.preprocessing)
        except DataError as error:
            name = "image" if image.content is not None else image.path
            return str(error).removeprefix(f"{name}: ")

    def _outputs(
        self, session: Session, images: Images, loading: Loading
    ) -> Iterator[tuple[InputImage, Found]]:
        for batch in self._batches(images, loading):
            inputs = [read for _, read in batch if not isinstance(read, str)]
            found = session(np.stack(inputs)) if inputs else {}
            row = 0
            for image, read in batch:
                if isinstance(read, str):
                    yield image, read
                else:
                    yield image, {name: values[row] for name, values in found.items()}
                    row += 1

    def __repr__(self) -> str:
        return f"ExportedModel({str(self.folder)!r}, {len(self.class_names)} classes)"


def _logits(session: Session, batch: np.ndarray) -> np.ndarray:
    return session(batch)["logits"]


def open_exported(file: str | Path) -> ExportedModel:
    """Open a file that `elsewhere export` has written, without torch.

    Args:
        file: .onnx or .xml.

    Raises:
        CheckpointError: there is no such file, or it is not of ours.
        ConfigError: the library that runs it is missing.

    Examples:
        >>> elsewhere.open_exported("none.onnx")
        Traceback (most recent call last):
        ...
        elsewhere.errors.CheckpointError: none.onnx: no such file
    """
    return ExportedModel(Path(file), open_session(Path(file)))
