"""A trained model, ready to be asked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from elsewhere.data.inputs import ImageSource, InputBatch, each_image, stream_images
from elsewhere.errors import ModelError
from elsewhere.inference.comparison import Match, compare_images
from elsewhere.inference.counterfactual import Looking
from elsewhere.inference.explanation import Explanation, explanations_of
from elsewhere.inference.labels import find_class
from elsewhere.inference.passing import PassedOn
from elsewhere.inference.prediction import Views, predictions_of
from elsewhere.inference.search import Report, refuse_other_vectors, search_store
from elsewhere.inference.vectors import Vectors, gather_vectors
from elsewhere.meaning import (
    Calibration,
    Familiar,
    Prediction,
    Preprocessing,
    Retrieval,
    RetrievalVector,
)
from elsewhere.models import AttentionNetwork
from elsewhere.retrieval.answers import Answer
from elsewhere.retrieval.embedding import SHARD, WHOLE, Embedded, embed_images
from elsewhere.retrieval.files import Share
from elsewhere.retrieval.listing import ListedImage, list_images
from elsewhere.retrieval.settings import StoreSettings, Wanted, model_fingerprint
from elsewhere.retrieval.store import Embeddings, open_embeddings
from elsewhere.retrieval.vectors import Loading, Looked, look, vector_size

Images = ImageSource | Iterable[object]


@dataclass(frozen=True, eq=False)
class Model(PassedOn, Looking):
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
            ModelError: the model was trained to find individuals again.
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
        return predictions_of(self.network, self._batches(images, batch_size, workers), top, views)

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
        batches = self._batches(images, batch_size, workers)
        return explanations_of(
            self.network, self.preprocessing, batches, wanted, name or self.folder.parent.name
        )

    def embed(
        self,
        images: Images,
        vector: RetrievalVector | None = None,
        mirror: bool | None = None,
        *,
        batch_size: int = 16,
        workers: int = 0,
    ) -> Vectors:
        """A vector of length one for each image; the product of two is their cosine similarity.

        Args:
            images: see above.
            vector: which of the network's vectors; as the model says if None.
            mirror: add the mirrored image's vector; as the model says if None.
            batch_size: images at once.
            workers: processes that load; 0 loads in this one.

        Raises:
            ModelError: the network has no such vector.
        """
        loading = Loading(batch_size, workers)
        return gather_vectors(self.iter_embed(images, vector, mirror, loading))

    def iter_embed(
        self,
        images: Images,
        vector: RetrievalVector | None = None,
        mirror: bool | None = None,
        loading: Loading | None = None,
    ) -> Iterator[Looked]:
        """The same as a stream, batch by batch."""
        wanted = self.wanted(vector, mirror)
        return look(self.network, each_image(images), wanted, loading or Loading())

    def compare(self, a: Images, b: Images, *, batch_size: int = 16, workers: int = 0) -> Match:
        """Whether two images show the same individual, and how sure that is.

        Several images on a side stand for one individual; the mean similarity of all pairs then
        decides.

        Args:
            a: an image, or an individual's images or folder.
            b: another one.
            batch_size: images at once.
            workers: processes that load; 0 loads in this one.
        """
        loading = Loading(batch_size, workers)
        sides = [[*self.iter_embed(side, loading=loading)] for side in (a, b)]
        return compare_images(self.network, self.retrieval, sides[0], sides[1])

    def search(
        self,
        store: str | Path | Embeddings,
        images: Images,
        top: int = 10,
        *,
        batch_size: int = 16,
        workers: int = 0,
        report: Report | None = None,
    ) -> list[Answer]:
        """Who each image shows, among those embedded before, in order.

        Args:
            store: a folder that `embed_into` or `elsewhere embed` has written with this model.
            images: see above.
            top: images and individuals to name.
            batch_size: images at once.
            workers: processes that load; 0 loads in this one.
            report: told of the progress.

        Raises:
            CheckpointError: there is no store, or it was made by another model.
        """
        opened = store if isinstance(store, Embeddings) else open_embeddings(store)
        refuse_other_vectors(
            self.folder, self.fingerprint, self.wanted(), opened.settings, opened.folder
        )
        several, loading = list(each_image(images)), Loading(batch_size, workers)
        return search_store(self.network, self.retrieval, opened, several, top, loading, report)

    def embed_into(
        self,
        folder: str | Path,
        images: Sequence[ListedImage] | Sequence[str | Path],
        settings: StoreSettings | None = None,
        *,
        share: Share = WHOLE,
        batch_size: int = 16,
        workers: int = 0,
        shard: int = SHARD,
        report: Callable[[int, int], None] | None = None,
    ) -> Embedded:
        """Write the vectors of images to a folder, or go on: only what is missing is computed.

        Args:
            folder: of the store.
            images: files, folders and lists, or what `list_images` made of them.
            settings: which vector; as the model says if None.
            share: which part of the images is this process's, where several work together.
            batch_size: images at once.
            workers: processes that load; 0 loads in this one.
            shard: images to a file; what an interruption costs at most.
            report: told how many of this share's images are done, and of how many.

        Raises:
            CheckpointError: the store was made with another model, vector or preprocessing.
            DataError: there is no image.
        """
        listed = [image for image in images if isinstance(image, ListedImage)]
        if len(listed) < len(images):
            listed = list_images([image for image in images if isinstance(image, str | Path)])
        return embed_images(
            self.network,
            listed,
            Path(folder),
            settings or self.store_settings(),
            share=share,
            loading=Loading(batch_size, workers),
            shard_images=shard,
            report=report,
        )

    def store_settings(
        self, vector: RetrievalVector | None = None, mirror: bool | None = None
    ) -> StoreSettings:
        """What a store of this model's vectors says of them; see `embed`."""
        wanted = self.wanted(vector, mirror)
        size = vector_size(self.network, wanted)
        return StoreSettings(self.fingerprint, *wanted, size)

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

    def wanted(self, vector: RetrievalVector | None = None, mirror: bool | None = None) -> Wanted:
        """Which vector to look for: what was asked for, else what the model says."""
        return Wanted(
            self.retrieval.vector if vector is None else vector,
            self.retrieval.mirror if mirror is None else mirror,
            self.preprocessing,
        )

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
        if self.network.retrieval is not None:
            raise ModelError(
                f"{self.folder}: trained to find individuals again; its "
                f"{len(self.class_names)} classes are those it was trained with, and it "
                f"would call any other by one of their names; {instead}"
            )

    def _batches(self, images: Images, batch_size: int, workers: int) -> Iterator[InputBatch]:
        """Images as this network sees them, batch by batch, on its device."""
        if batch_size < 1 or workers < 0:
            raise ModelError(f"batch_size={batch_size}, workers={workers}: 1 and 0 at least")
        for batch in stream_images(each_image(images), self.preprocessing, batch_size, workers):
            yield batch._replace(images=batch.images.to(self.device))
