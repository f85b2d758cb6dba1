"""A gallery: known and unknown individuals, which grows with every photograph."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from elsewhere.data.naming import ImageSource, each_image
from elsewhere.data.records import name_fault
from elsewhere.errors import DataError, ModelError
from elsewhere.gallery.adding import Added, Report, add_embeddings, add_images, add_whole
from elsewhere.gallery.clustering import Clusters, cluster_images
from elsewhere.gallery.conditions import Condition, read_conditions
from elsewhere.gallery.database import NOTHING, Action, Change, State
from elsewhere.gallery.entries import Entry
from elsewhere.gallery.exporting import export_gallery
from elsewhere.gallery.history import Done, done_before, last_action, undo_changes
from elsewhere.gallery.keeping import Database
from elsewhere.gallery.naming import list_inputs, named_entries, store_folders
from elsewhere.gallery.searching import (
    FoundElsewhere,
    find_elsewhere,
    require_columns,
    search_gallery,
)
from elsewhere.gallery.wording import Facts, count_facts
from elsewhere.inference import open_model
from elsewhere.inference.embedder import Embedder, Images
from elsewhere.retrieval.answers import Answer
from elsewhere.retrieval.settings import StoreSettings, require_alike
from elsewhere.retrieval.store import open_embeddings
from elsewhere.retrieval.vectors import Loading

if TYPE_CHECKING:
    from elsewhere.inference.counterfactual import Elsewhere


def _quiet(_what: str, _done: int, _of: int) -> None:
    """Tell nobody."""


class Gallery:
    """Images of individuals with their vectors and names; `open_gallery` opens or makes one.

    Images are told apart by their content: adding one twice, under any name and in any number of
    processes, adds it once. Whatever changes is written down and can be undone.

    Attributes:
        place: its file, or the address of its server.
        settings: which model made its vectors, and how.

    Examples:
        >>> gallery = elsewhere.open_gallery("herd.db", model="runs/individuals/seed-0")
        >>> gallery.add("birds").added
        16
        >>> answer = gallery.search("a.jpg", where=["label != wren"])[0]
        >>> gallery.label("a.jpg", answer.individuals[0].name)  # confirmed: it joins the gallery
        1
        >>> gallery.undo().what, len(gallery)
        ('label', 16)
    """

    def __init__(
        self,
        database: Database,
        settings: StoreSettings,
        model: Embedder | Path,
        device: str = "auto",
    ) -> None:
        self.settings = settings
        self._database, self._model, self._device = database, model, device

    @property
    def place(self) -> str:
        """Its file, or the address of its server."""
        return self._database.place

    @cached_property
    def model(self) -> Embedder:
        """The model that made its vectors.

        Raises:
            CheckpointError: it is gone, or another one lies in its place.
        """
        model = self._model
        if isinstance(model, Path):
            model = open_model(model, self._device)
        model.refuse_other_vectors(self.settings, self.place)
        return model

    def add(
        self,
        images: Images,
        *,
        batch_size: int = 16,
        workers: int = 0,
        report: Report = _quiet,
    ) -> Added:
        """Add images; those whose content is there stay as they are.

        Labels and cameras come from lists and folders as for `elsewhere embed`; times from a
        list's column time, or the photograph itself; other columns of a list are kept.

        Args:
            images: paths, folders, lists, folders of embeddings by the same model, or images in
                memory; one or several.
            batch_size: images at once; what an interruption costs at most, times the workers' 8.
            workers: processes that load; 0 loads in this one.
            report: told of the progress.

        Raises:
            CheckpointError: embeddings of another model.
            DataError: there is no image.
        """
        action, total = Action.now("add"), Added(0, 0, 0, {})
        stores, others = store_folders(images)
        for folder in stores:
            store = open_embeddings(folder)
            require_alike(store.settings, self.settings, folder, self.place)
            total = _sum(total, add_embeddings(self._database, store, action, report))
        if others:
            listed, loading = list_inputs(others), Loading(batch_size, workers)
            added = add_images(self._database, self.model, listed, action, loading, report)
            total = _sum(total, added)
        return total

    def search(
        self,
        images: Images,
        top: int = 10,
        *,
        where: Iterable[str] = (),
        other_cameras: bool = False,
        batch_size: int = 16,
        workers: int = 0,
        report: Report = _quiet,
    ) -> list[Answer]:
        """Who each image shows, among those of the gallery, in order; none is found by itself.

        Args:
            images: paths, folders, lists or images in memory; one or several.
            top: images and individuals to name.
            where: conditions on the images that are compared, such as "camera != 3",
                "time >= 2024-05", "label = Ada" or "site = north"; see `read_conditions`.
            other_cameras: the camera rule of re-identification: leave out what the image's own
                camera took of its individual, and where that is not known, of anybody. Cameras
                come from the list, or from the gallery for an image that is in it.
            batch_size: images at once.
            workers: processes that load; 0 loads in this one.
            report: told of the progress.

        Raises:
            ConfigError: a text is no condition.
            DataError: a condition is on a column that no image has, or with `other_cameras`, an
                image's camera is not known.
        """
        if top < 1:
            raise ModelError(f"top={top}: name 1 image or more")
        return search_gallery(
            self._database,
            self.model,
            list(each_image(images)),
            top,
            self._conditions(where),
            other_cameras,
            Loading(batch_size, workers),
            report,
        )

    def counterfactual(
        self, image: ImageSource, do: "Elsewhere" = "uniform", top: int = 10
    ) -> FoundElsewhere:
        """Who an image shows, and who it would show had the network looked elsewhere.

        Args:
            image: one image, as for `search`.
            do: the other attention, as for `Model.counterfactual`.
            top: images and individuals to name.

        Raises:
            ModelError: the model is an exported file, or nothing is painted.
            DataError: the image cannot be read.
        """
        if top < 1:
            raise ModelError(f"top={top}: name 1 image or more")
        return find_elsewhere(self._database, self.model, image, do, top)

    def label(self, images: Images, name: str | None) -> int:
        """Say who images show; those that are not in the gallery join it.

        Args:
            images: paths as they were added, files, folders, lists or images in memory.
            name: of the individual; None for nobody known.

        Returns:
            How many images changed or joined.

        Raises:
            DataError: an image is not in the gallery and cannot be read either, so that nothing
                was changed; or the name is empty, of several lines, or has control characters.
        """
        if name is not None and (fault := name_fault(name)) is not None:
            raise DataError(f"the name {name!r} {fault}; a name is one line, with something on it")
        action = Action.now("label")
        found, missing = named_entries(self._database, images)
        joined = add_whole(self._database, self.model, missing, action) if missing else []
        found += [held.entry for held in self._database.find(joined).values()]
        changes = [
            Change(entry.key, State(True, entry.label), State(True, name))
            for entry in found
            if entry.label != name
        ]
        self._database.change(changes, action)
        return len({*joined, *(change.key for change in changes)})

    def remove(self, images: Images | None = None, *, where: Iterable[str] = (),
               forget: bool = False) -> int:  # fmt: skip
        """Take images out of the gallery; `undo` brings them back.

        Args:
            images: paths as they were added, files, folders or lists; None for all that fulfil
                the conditions.
            where: conditions, see `search`.
            forget: wipe out vectors and history of these images too, which nobody can undo. For
                removed images as well.

        Returns:
            How many.

        Raises:
            DataError: an image is not in the gallery, nothing is named, or no image has a column.
        """
        conditions = self._conditions(where, removed=forget)
        if images is None and not conditions:
            raise DataError("nothing is named that should be removed; name images or a condition")
        fulfil = self._database.entries(conditions, removed=forget) if conditions else []
        if images is None:
            entries = fulfil
        else:
            entries, missing = named_entries(self._database, images, removed=forget)
            if missing:
                raise DataError(f"{missing[0].image.name}: not in the gallery {self.place}")
            if conditions:
                among = {entry.key for entry in fulfil}
                entries = [each for each in entries if each.key in among]
        keys = [entry.key for entry in entries]
        if forget:
            self._database.forget(keys)
        else:
            changes = [
                Change(each.key, State(True, each.label), State(False, each.label))
                for each in entries
            ]
            self._database.change(changes, Action.now("remove"))
        return len(keys)

    def undo(self) -> Done:
        """Undo the last thing that was done and has not been undone, of whatever process.

        Returns:
            What was undone; images that somebody has changed since stay as they are.

        Raises:
            DataError: there is nothing to undo.
        """
        last = last_action(self._database.history())
        if last is None:
            raise DataError(f"{self.place}: nothing is left to undo")
        changes = undo_changes(last, self._database)
        # written down also where nothing changes: else the same thing would stay the last for ever
        self._database.change(changes or [NOTHING], Action.now("undo", last.action.name))
        return last._replace(images=len(changes))

    def history(self) -> list[Done]:
        """Everything that was done, the oldest first."""
        return done_before(self._database.history())

    def entries(self, where: Iterable[str] = ()) -> list[Entry]:
        """Images that fulfil conditions, in the order of adding; all if there are none.

        Raises:
            ConfigError: a text is no condition.
            DataError: a condition is on a column that no image has.
        """
        return self._database.entries(self._conditions(where))

    def cluster(self, where: Iterable[str] = (), *, least: int = 2) -> Clusters:
        """Group images into probable individuals.

        Args:
            where: conditions on the images, see `search`; all if there are none.
            least: images that make a group.

        Raises:
            DataError: fewer than three images, or more than can be compared all with all.
        """
        entries = self.entries(where)
        return cluster_images(entries, self._database.vectors, least)

    def export(self, place: str | Path, where: Iterable[str] = ()) -> int:
        """Write the gallery out; says how many images.

        Args:
            place: a `.csv` gets a list that `elsewhere fit` and every reader of lists takes; any
                other name becomes a folder of embeddings that `elsewhere search` takes.
            where: conditions on the images; all if there are none.

        Raises:
            CheckpointError: the folder holds something else.
        """
        entries = self.entries(where)
        return export_gallery(entries, self._database.vectors, self.settings, Path(place))

    def info(self) -> Facts:
        """What is in the gallery, counted."""
        model = self._model if isinstance(self._model, Path) else self._model.folder
        return count_facts(
            self.entries(), self.place, self.settings, str(model), self.search_words()
        )

    def search_words(self) -> str:
        """How it searches: exact, or by which index."""
        return self._database.search_words()

    def _conditions(self, texts: Iterable[str], removed: bool = False) -> list[Condition]:
        """Conditions on columns that there are."""
        conditions = read_conditions(texts)
        require_columns(self._database, conditions, removed)
        return conditions

    def __len__(self) -> int:
        """How many images are in it."""
        return self._database.count()

    def __repr__(self) -> str:
        return f"Gallery({self.place!r}, {len(self)} images)"


def _sum(a: Added, b: Added) -> Added:
    return Added(a.added + b.added, a.there + b.there, a.named_otherwise + b.named_otherwise,
                 a.problems | b.problems)  # fmt: skip
