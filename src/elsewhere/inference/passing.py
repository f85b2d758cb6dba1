"""Making a trained model faster, and handing it on: as a file of its own, or on the hub."""

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from elsewhere.data.inputs import ImageSource, each_image, load_images, stream_images
from elsewhere.errors import ConfigError, ModelError
from elsewhere.export.metadata import SUFFIXES, Kind
from elsewhere.inference.speed import Speed
from elsewhere.models import AttentionNetwork
from elsewhere.structures import Preprocessing

if TYPE_CHECKING:
    from elsewhere.export.writing import Exported
    from elsewhere.inference.faster import Faster

_DRAWN = 8
_TRIED = 8


class PassedOn:
    """What can be done with a trained model besides asking it."""

    folder: Path
    network: AttentionNetwork
    preprocessing: Preprocessing
    _fast: "Faster | None" = None

    @property
    def fingerprint(self) -> str:
        """Of its weights."""
        raise NotImplementedError

    def export(
        self,
        to: Kind = "onnx",
        output: str | Path | None = None,
        images: ImageSource | Iterable[object] | None = None,
        *,
        evidence: bool = False,
        int8: bool = False,
    ) -> "Exported":
        """Write the network as a file that runs without this package; extra `export`.

        Network and file look at images before the file takes its name; where an output differs
        by more than 1e-3 of its largest value, or a class is another, nothing is written. A README
        with a program that runs the file comes to lie beside it.

        Args:
            to: `onnx` (ONNX Runtime and most others), `openvino`, or `torch` (a program for
                `torch.export.load`, which needs torch alone).
            output: the file; `model.onnx`, `model.xml` or `model.pt2` here if None.
            images: to compare network and file on; eight drawn ones if None.
            evidence: let the file compute the evidence for the likeliest class too.
            int8: compute in whole numbers of eight bits, which takes 32 `images` or more: every
                second one tells their ranges, on the others one in ten may get another class.

        Raises:
            ConfigError: there is no such format, the file has another suffix, or a library is
                missing.
            ModelError: the network cannot be exported, or the file says something else.
            DataError: an image cannot be read.
        """
        from elsewhere.export.writing import export_network, on_the_cpu

        if to not in SUFFIXES:
            raise ConfigError(f"to={to!r}: {', '.join(SUFFIXES)}")
        looked_at = load_images(_draw() if images is None else images, self.preprocessing)
        file = Path(output or f"model{SUFFIXES[to]}")
        network = on_the_cpu(self.network)
        made, mark = self.preprocessing, self.fingerprint
        words = {"evidence": evidence, "int8": int8}
        return export_network(network, made, mark, to, file, looked_at, **words)

    def speed_up(self, images: ImageSource | Iterable[object]) -> Speed:
        """Predict in bfloat16, channels last or both from now on, where that is faster here.

        Every way is tried on the first eight images that can be read; one is taken only if it names
        the same classes, and no probability differs by more than 0.01. Vectors, explanations and
        exported files stay those of the network as it is.

        Args:
            images: as for `predict`.

        Returns:
            Which way was taken, how much faster it is, and how far its answers are.

        Raises:
            ModelError: no image can be read.
        """
        from elsewhere.inference.faster import speed_up

        device = next(self.network.parameters()).device
        read = (
            image
            for batch in stream_images(each_image(images), self.preprocessing, _TRIED)
            for image in batch.images[: len(batch.read)]
        )
        tried = [*itertools.islice(read, _TRIED)]
        if not tried:
            raise ModelError("no image that could be read to try the ways of computing on")
        speed, fast = speed_up(self.network, torch.stack(tried).to(device))
        object.__setattr__(self, "_fast", fast)  # a model is frozen but for this
        return speed

    def push_to_hub(
        self, repository: str, licence: str, data: str = "", *, public: bool = False
    ) -> str:
        """Put the bundle on the Hugging Face Hub, with a card that tells what its run measured.

        Args:
            repository: owner/name, or owner/name@branch.
            licence: the hub's word for the licence that you give it, such as `mit` or `other`.
            data: what the images are and where they come from, for the card.
            public: let everybody see a repository that is new; an old one stays as it is.

        Returns:
            Address of the commit.

        Raises:
            ConfigError: no such name, or no such licence.
            CheckpointError: the hub cannot be reached, or refuses.
        """
        from elsewhere.sharing.places import hub_place
        from elsewhere.sharing.uploading import upload_bundle

        card = self.model_card(repository, licence, data)
        return upload_bundle(self.folder, hub_place(repository), card, public=public)

    def model_card(self, repository: str, licence: str, data: str = "") -> str:
        """The card that `push_to_hub` writes; nothing is pushed."""
        from elsewhere.sharing.card import CardWords, model_card, result_of
        from elsewhere.sharing.places import hub_place

        words, place = CardWords(licence, data), hub_place(repository)
        words.check()
        return model_card(self.network, place, words, result_of(self.folder))


def _draw() -> Sequence[object]:
    from elsewhere.drawn.birds import species
    from elsewhere.drawn.layouts.birds import Birds, draw_numbered

    kinds, sizes = species(_DRAWN), Birds(species=_DRAWN, size=128)
    return [draw_numbered(kind, "test", 0, sizes).image for kind in kinds]
