"""Whatever makes vectors of images, a network or an exported file: compared, searched, stored."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from elsewhere.data.naming import ImageSource, InputImage, each_image
from elsewhere.description import Preprocessing, Retrieval, RetrievalVector
from elsewhere.errors import CheckpointError, ModelError
from elsewhere.inference.comparison import Match, compare_images
from elsewhere.inference.search import Report, search_store
from elsewhere.inference.vectors import Vectors, gather_vectors
from elsewhere.retrieval.answers import Answer
from elsewhere.retrieval.embedding import SHARD, WHOLE, Embedded, embed_images
from elsewhere.retrieval.files import Share
from elsewhere.retrieval.listing import list_given
from elsewhere.retrieval.settings import StoreSettings, Wanted
from elsewhere.retrieval.store import Embeddings, open_embeddings
from elsewhere.retrieval.vectors import Loading, Looked

if TYPE_CHECKING:
    from elsewhere.models import AttentionNetwork

Images = ImageSource | Iterable[object]


class Embedder:
    """What can be asked of a model's vectors.

    Attributes:
        folder: its bundle or file.
        preprocessing: how an image becomes its input.
    """

    folder: Path
    preprocessing: Preprocessing

    @property
    def fingerprint(self) -> str:
        """Of its weights, by which stores know whose vectors they hold."""
        raise NotImplementedError

    @property
    def retrieval(self) -> Retrieval:
        """How it compares images; by h itself (section 3.1) where nothing says otherwise."""
        raise NotImplementedError

    @property
    def finds_individuals(self) -> bool:
        """Whether it was trained to find individuals again, rather than to name classes."""
        raise NotImplementedError

    def look(
        self, images: Iterable[InputImage], wanted: Wanted, loading: Loading
    ) -> Iterator[Looked]:
        """Each batch's vectors, in the order of the images."""
        raise NotImplementedError

    def vector_size(self, wanted: Wanted) -> int:
        """How many numbers a vector has.

        Raises:
            ModelError: the model has no such vector.
        """
        raise NotImplementedError

    @property
    def drawn_by(self) -> "AttentionNetwork | None":
        """The network that says what made two images alike; a file does not."""
        return None

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
            workers: processes that load (threads, of a file); 0 loads in this one.

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
        return self.look(each_image(images), self.wanted(vector, mirror), loading or Loading())

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
        return compare_images(self.drawn_by, self.retrieval, *sides)

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
            ModelError: less than one is to be named.
        """
        if top < 1:
            raise ModelError(f"top={top}: name 1 image or more")
        opened = store if isinstance(store, Embeddings) else open_embeddings(store)
        self.refuse_other_vectors(opened.settings, opened.folder)
        several, loading = list(each_image(images)), Loading(batch_size, workers)
        return search_store(self.look, self.retrieval, opened, several, top, loading, report)

    def embed_into(
        self,
        folder: str | Path,
        images: Images,
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
            images: files, folders and lists, one or several, or what `list_images` made of them.
            settings: which vector; as the model says if None.
            share: which part of the images is this process's, where several work together.
            batch_size: images at once.
            workers: processes that load; 0 loads in this one.
            shard: images to a file; what an interruption costs at most.
            report: told how many of this share's images are done, and of how many.

        Raises:
            CheckpointError: the store was made with another model, vector or preprocessing.
            DataError: there is no image, or one in memory, which no store holds.
        """
        return embed_images(
            self.look,
            list_given(images),
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
        return StoreSettings(self.fingerprint, *wanted, self.vector_size(wanted))

    def refuse_other_vectors(self, settings: StoreSettings, place: str | Path) -> None:
        """See that what lies at a place is the vectors that it compares images by.

        Raises:
            CheckpointError: it was made by another model, or of another vector or input.
        """
        there, asked = settings.wanted, self.wanted()
        if settings.fingerprint != self.fingerprint:
            raise CheckpointError(
                f"{place}: holds embeddings of another model than {self.folder}; name the "
                "model that made them, or embed the images with this one into another folder"
            )
        if there[:2] != asked[:2]:
            raise CheckpointError(
                f"{place}: holds vectors of kind {there.kind}, the model compares "
                f"{asked.kind}; embed the images into another folder, without --vector or --mirror"
            )
        if there != asked:
            raise CheckpointError(
                f"{place}: its images were made ready otherwise than {self.folder} does now; "
                "embed them into another folder"
            )

    def wanted(self, vector: RetrievalVector | None = None, mirror: bool | None = None) -> Wanted:
        """Which vector to look for: what was asked for, else what the model says.

        Raises:
            ModelError: there is no such vector.
        """
        if vector is not None and vector not in get_args(RetrievalVector):
            there = ", ".join(get_args(RetrievalVector))
            raise ModelError(f"vector={vector!r}: there are {there}")
        return Wanted(
            self.retrieval.vector if vector is None else vector,
            self.retrieval.mirror if mirror is None else mirror,
            self.preprocessing,
        )
