"""What happens on the page: from what is dropped, chosen and painted to pieces of HTML."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from elsewhere.data.naming import InputImage
from elsewhere.errors import DataError, ElsewhereError, one_line
from elsewhere.inference import ExportedModel
from elsewhere.reports.found import threshold_note
from elsewhere.serving import showing
from elsewhere.serving.desk import Desk
from elsewhere.serving.limits import Refused

if TYPE_CHECKING:
    from elsewhere.inference import Explanation, Model
    from elsewhere.inference.counterfactual import CounterfactualVector
    from elsewhere.retrieval.answers import Found

_FINEST, _NEAREST, _REMEMBERED = 16, 10, 4
ELSEWHERE = {
    "uniform": "everywhere alike",
    "reversed": "where it did not (reversed)",
    "other": "where it looks in another image",
    "painted": "where I paint",
}


class Board(NamedTuple):
    """Something to paint attention on.

    `cells` are those of the map's grid, row by row; 0 where nothing is painted. Below them is
    `picture`, a `data:` address, of a width and height.
    """

    cells: list[float]
    columns: int
    picture: str
    size: tuple[int, int]


class Asking:
    """Asks a desk for the page; what goes wrong is shown where the answer would be."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.model = desk, desk.model
        self.explains = "explain" in desk.abilities
        self.looks_elsewhere = not isinstance(desk.model, ExportedModel)
        # slider and board ask of the same image again
        self._explained = lru_cache(_REMEMBERED)(self._explain)

    @property
    def heads(self) -> int:
        """Attention maps of the model."""
        return cast("Model", self.model).network.heads

    def see(self, file: str | None, head: float) -> tuple[str, str]:
        """An image's answer, and its maps."""
        if file is None:
            return showing.show_nothing(), ""
        try:
            held = self._held(file)
            if not self.explains:
                said = self.desk.predict(held, 5).result()
                return showing.show_answer(said, self.model.calibration), ""
            look = self._explained(held)
        except ElsewhereError as error:
            return showing.show_nothing(one_line(str(error))), ""
        answer = showing.show_answer(look.prediction, self.model.calibration)
        return answer, showing.show_maps(look, int(head))

    def change(
        self, file: str | None, do: str, board: list[float], columns: int, other: str | None
    ) -> str:
        """The answer as it is, and under another attention; of individuals, the matches."""
        if file is None:
            return ""
        try:
            if do == "other" and other is None:
                raise DataError("drop another image, whose attention shall be used")
            if do == "painted" and not any(board):
                raise DataError("paint on the image where it shall look")
            held, wanted = self._held(file), self._elsewhere(do, board, columns, other)
            changed = self.desk.counterfactual(held, wanted, _NEAREST).result()
        except ElsewhereError as error:
            return showing.show_nothing(one_line(str(error)))
        if self.model.finds_individuals:
            return showing.show_found_elsewhere(changed, ELSEWHERE[do])
        return showing.show_change(changed, ELSEWHERE[do])

    def board(self, file: str | None) -> Board:
        """An empty board of the image's grid."""
        try:
            if file is None:
                raise DataError("nothing to paint on")
            look = self._seen(self._held(file))
        except ElsewhereError:
            return Board([], 1, "", (1, 1))
        rows, columns = (min(side, _FINEST) for side in look.attention.shape[1:])
        tall, wide = look.image.shape[1:]
        picture = showing.picture_address(look.image)
        return Board([0.0] * (rows * columns), columns, picture, (wide, tall))

    def find(self, file: str | None) -> tuple[str, "tuple[Found, ...]", str]:
        """Who it is; the nearest images; the proposed name."""
        gallery = self.desk.gallery
        if file is None or gallery is None:
            return showing.show_nothing(), (), ""
        try:
            answer = self.desk.search(self._held(file), _NEAREST).result()
        except ElsewhereError as error:
            return showing.show_nothing(one_line(str(error))), (), ""
        note = threshold_note(gallery.model.retrieval, len(gallery))
        shown = showing.show_found(answer, gallery.model, note)
        proposed = answer.individuals[0].name if answer.individuals else None
        return shown, answer.images, proposed or ""

    def compare(self, file: str | None, other: str | None) -> str:
        """Same or different, and what made them alike."""
        if file is None or other is None:
            return ""
        try:
            return self._compared(self._held(file), self._held(other))
        except ElsewhereError as error:
            return showing.show_nothing(one_line(str(error)))

    def match(self, file: str | None, place: int | None, found: "Sequence[Found]") -> str:
        """The same with an image of the gallery, by its place among the nearest as shown."""
        if file is None or not place:
            return ""
        try:
            if not 0 < int(place) <= len(found):
                raise DataError("not among the matches any more; drop the image again")
            chosen = found[int(place) - 1]
            if chosen.file is None:
                raise DataError(f"{chosen.place}: its file is gone")
            there = InputImage(chosen.file, chosen.place, PurePosixPath(chosen.place))
            return self._compared(self._held(file), there)
        except ElsewhereError as error:
            return showing.show_nothing(one_line(str(error)))

    def label(self, file: str | None, name: str) -> str:
        """Confirm or correct who it is; what was done comes back as HTML."""
        return escape(self._label(file, name))

    def undo(self) -> str:
        """Take back what was done last; what that was comes back as HTML."""
        return escape(self._undo())

    def _label(self, file: str | None, name: str) -> str:
        if file is None:
            return "Drop an image first."
        try:
            changed, images = self.desk.label(self._held(file), name).result()
        except ElsewhereError as error:
            return one_line(str(error))
        done = f"{name} it is" if changed else f"{name} it was already"
        return f"{done}; {images:,} images in the gallery."

    def _undo(self) -> str:
        try:
            done, images = self.desk.undo().result()
        except ElsewhereError as error:
            return one_line(str(error))
        return f"Undone: {done.what}; {images:,} images in the gallery."

    def _explain(self, held: InputImage) -> "Explanation":
        return cast("Explanation", self.desk.explain(held, None).result())

    def _seen(self, held: InputImage) -> "Explanation | CounterfactualVector":
        """What the network saw of an image, and where it looked."""
        if self.explains:
            return self._explained(held)
        asked = cast("Model", self.model)
        return cast(
            "CounterfactualVector",
            self.desk.alone(lambda: asked.counterfactual_vector(held)).result(),
        )

    def _compared(self, a: InputImage, b: InputImage) -> str:
        match = self.desk.compare(a, b).result()
        if match.network is None:
            return showing.show_panel(match.said, None)
        return showing.show_panel(
            match.said, self.desk.alone(lambda: match.panel(below=True)).result()
        )

    def _held(self, file: str) -> InputImage:
        path, most = Path(file), self.desk.limits.file_bytes
        try:
            content = path.read_bytes() if path.stat().st_size <= most else None
        except OSError as error:  # what is dropped is kept for a while only
            raise DataError(f"{path.name}: not here any more; drop the image again") from error
        if content is None:
            raise Refused(413, f"{path.name}: more than {most:,} bytes")
        return self.desk.receive(content, path.name)

    def _elsewhere(self, do: str, board: list[float], columns: int, other: str | None) -> Any:
        if do == "painted":
            try:
                return np.asarray(board, dtype=np.float64).reshape(-1, int(columns))
            except (TypeError, ValueError) as error:
                line = "what is painted does not fit the image; drop the image again"
                raise DataError(line) from error
        return self._held(other) if do == "other" and other is not None else do
