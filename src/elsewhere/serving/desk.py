"""A model and its gallery behind a queue, as the service and the page ask them."""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from elsewhere.data.naming import InputImage
from elsewhere.errors import ConfigError, DataError, ElsewhereError, one_line, printable
from elsewhere.files.writing import write_atomically
from elsewhere.inference import ExportedModel
from elsewhere.serving.batching import Worker
from elsewhere.serving.limits import Limits, Refused

if TYPE_CHECKING:
    from elsewhere.gallery import Gallery
    from elsewhere.inference import Model

_LONGEST_NAME = 200


class Desk:
    """Where images are handed in; every method returns at once, with an answer to come.

    The gallery was made by the model. `keep` is a folder that images are kept in under the hash of
    their content, a ConfigError where it cannot be written to; None keeps none. `batch` images are
    looked at together; `told` hears of every batch how many images it held.
    """

    def __init__(
        self,
        model: "Model | ExportedModel",
        gallery: "Gallery | None" = None,
        limits: Limits | None = None,
        keep: Path | None = None,
        batch: int = 16,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.model, self.gallery, self.keep = model, gallery, keep
        self.limits = limits or Limits()
        if keep is not None:
            _try(keep)
        self.worker = Worker(batch, waiting=self.limits.waiting, told=told)

    @property
    def name(self) -> str:
        """What the model is called: its run or file, without where that lies."""
        folder = self.model.folder
        return "/".join(folder.absolute().parts[-3:-1]) if folder.name == "bundle" else folder.name

    @property
    def abilities(self) -> tuple[str, ...]:
        """What can be asked here."""
        explains = () if isinstance(self.model, ExportedModel) else ("explain",)
        named = () if self.model.finds_individuals else ("predict", *explains)
        kept = () if self.gallery is None else ("search", "label", "undo")
        return (*named, "embed", "compare", *kept)

    def receive(self, content: bytes, name: str | None) -> InputImage:
        """Take an image in, if the limits let it; it is kept where that was asked for."""
        called = printable(PurePosixPath(name or "").name or "image")[-_LONGEST_NAME:]
        try:
            self.limits.check_image(content)
        except Refused as error:
            raise Refused(error.status, f"{called}: {error}") from error
        path = Path(called) if self.keep is None else _kept(content, called, self.keep)
        return InputImage(path, called, PurePosixPath(called), content)

    def predict(self, image: InputImage, top: int) -> "Future[Any]":
        """The likeliest classes: a `Prediction`."""
        return self.worker.ask(self._predict, (image, top))

    def explain(self, image: InputImage, target: str | None) -> "Future[Any]":
        """Where it looked and what it used: an `Explanation`."""
        return self.alone(lambda: self._explain(image, target))

    def embed(self, image: InputImage) -> "Future[Any]":
        """Its vector, as a list of numbers."""
        return self.worker.ask(self._embed, image)

    def compare(self, a: InputImage, b: InputImage) -> "Future[Any]":
        """Whether two show the same individual: a `Match`."""
        return self.alone(lambda: self._compare(a, b))

    def search(self, image: InputImage, top: int, where: tuple[str, ...] = ()) -> "Future[Any]":
        """Who it shows, among those of the gallery that fulfil conditions: an `Answer`.

        A condition on where files lie is refused.
        """
        from elsewhere.gallery.conditions import read_conditions

        if any(each.column == "path" for each in read_conditions(where)):
            raise Refused(422, "where files lie here is nobody's business; ask by place")
        if where:
            return self.alone(lambda: self._search([(image, top)], where)[0])
        return self.worker.ask(self._search, (image, top))

    def counterfactual(self, image: InputImage, do: Any, top: int) -> "Future[Any]":
        """What it would say had it looked elsewhere: a `Counterfactual`, or a `FoundElsewhere`."""
        if self.model.finds_individuals:
            return self.alone(lambda: self._kept_in.counterfactual(image, do, top))
        return self.alone(lambda: self._asked.counterfactual(image, do))

    def label(self, image: InputImage, name: str) -> "Future[Any]":
        """Say who it shows, and so take it in: how many images changed, of how many now."""
        return self.alone(lambda: self._label(image, name))

    def undo(self) -> "Future[Any]":
        """Undo what was done last to the gallery: a `Done`, and how many images are left."""
        return self.alone(lambda: (self._kept_in.undo(), len(self._kept_in)))

    def alone(self, work: Callable[[], Any]) -> "Future[Any]":
        """Anything else that the model's thread should do, by itself."""
        return self.worker.ask(lambda _: [work()], None)  # equal to no other work

    def close(self) -> None:
        """Answer what waits, and end."""
        self.worker.close()

    @property
    def _asked(self) -> "Model":
        return cast("Model", self.model)

    @property
    def _kept_in(self) -> "Gallery":
        return cast("Gallery", self.gallery)

    def _predict(self, asked: Sequence[tuple[InputImage, int]]) -> list[Any]:
        most = max(top for _, top in asked)
        said = self.model.predict([image for image, _ in asked], most, batch_size=len(asked))
        return [
            _told(image, each.problem) or each._replace(ranked=each.ranked[:top])
            for each, (image, top) in zip(said, asked, strict=True)
        ]

    def _explain(self, image: InputImage, target: str | None) -> Any:
        look = self._asked.explain([image], target)[0]
        return _told(image, look.problem) or look

    def _embed(self, images: Sequence[InputImage]) -> list[Any]:
        found = self.model.embed(list(images), batch_size=len(images))
        problems = found.problems
        return [
            _told(image, problems.get(row, "")) or found.vectors[row].tolist()
            for row, image in enumerate(images)
        ]

    def _search(
        self, asked: Sequence[tuple[InputImage, int]], where: tuple[str, ...] = ()
    ) -> list[Any]:
        most = max(top for _, top in asked)
        images = [image for image, _ in asked]
        found = self._kept_in.search(images, most, where=where, batch_size=len(asked))
        return [
            _told(image, each.problem)
            or each._replace(images=each.images[:top], individuals=each.individuals[:top])
            for each, (image, top) in zip(found, asked, strict=True)
        ]

    def _label(self, image: InputImage, name: str) -> tuple[int, int]:
        from elsewhere.data.sets.unknown import known_name

        held = image if self.keep is None else image.path
        changed = self._kept_in.label([held], known_name(name))
        return changed, len(self._kept_in)

    def _compare(self, a: InputImage, b: InputImage) -> Any:
        match = self.model.compare([a], [b])
        return DataError(match.problem) if match.problem else match


def _told(image: InputImage, problem: str) -> DataError | None:
    """What is raised where an image could not be read after all."""
    return DataError(f"{image.name}: {problem}") if problem else None


def _kept(content: bytes, name: str, folder: Path) -> Path:
    suffix = PurePosixPath(name).suffix.lower()
    safe = suffix if suffix[1:].isalnum() and len(suffix) <= 5 else ""
    file = folder.absolute() / f"{hashlib.sha256(content).hexdigest()}{safe}"
    if not file.exists():
        write_atomically(file, content)
    return file


def _try(folder: Path) -> None:
    """See at the start that images can be kept, not at the first of them."""
    trial = folder / f".trial-{os.getpid()}"
    try:
        write_atomically(trial, b"", "name another folder to keep images in")
        trial.unlink(missing_ok=True)
    except (ElsewhereError, OSError) as error:
        raise ConfigError(f"--keep {folder}: {one_line(str(error))}") from error
