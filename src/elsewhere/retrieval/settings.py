"""What a store of embeddings was made with, so that vectors of two kinds never mix."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from elsewhere.description import Preprocessing, RetrievalVector
from elsewhere.errors import CheckpointError
from elsewhere.files.documents import read_json
from elsewhere.retrieval.files import Share, write_whole

FORMAT = 1
STORE = "store.json"
_ASIDE = ("preprocessing", "calibration", "retrieval", "classes", "familiarity")
"""Parts of a bundle's description that do not change what its vectors are, or are told apart."""


class Wanted(NamedTuple):
    """Which vector of a network, and of what input.

    Attributes:
        vector: which of the network's vectors.
        mirror: whether the mirrored image's vector is added before the length is made one.
        preprocessing: how an image becomes an input.
    """

    vector: RetrievalVector
    mirror: bool
    preprocessing: Preprocessing

    @property
    def kind(self) -> str:
        """Which vector, in words."""
        return self.vector + (" with the mirrored image" if self.mirror else "")


class StoreSettings(NamedTuple):
    """What every vector of a store has in common.

    Attributes:
        fingerprint: of the model, see `model_fingerprint`.
        vector: which of the network's vectors it is.
        mirror: whether the mirrored image's vector was added before the length was made one.
        preprocessing: how images became inputs.
        dimension: numbers in a vector.
    """

    fingerprint: str
    vector: RetrievalVector
    mirror: bool
    preprocessing: Preprocessing
    dimension: int

    @property
    def wanted(self) -> Wanted:
        """What to ask a network for."""
        return Wanted(self.vector, self.mirror, self.preprocessing)

    @property
    def digest(self) -> str:
        """Short text that differs where any of it does; every file of a store carries it."""
        return hashlib.sha256(_as_text(self).encode()).hexdigest()[:16]


def model_fingerprint(bundle: Path) -> str:
    """A hash of a bundle's weights and of how its network is built.

    Names of classes, calibration and thresholds are left out: they change no vector.

    Raises:
        CheckpointError: the bundle cannot be read.
    """
    try:
        description = read_json(bundle / "bundle.json")
        built = {key: value for key, value in description.items() if key not in _ASIDE}
        with (bundle / "weights.safetensors").open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except (OSError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{bundle}: the bundle cannot be read: {error}") from error
    digest.update(json.dumps(built, sort_keys=True).encode())
    return digest.hexdigest()


def settle(folder: Path, settings: StoreSettings, share: Share) -> None:
    """Write the settings into a new store, or see that they are those of the one that is there.

    Raises:
        CheckpointError: the store was made otherwise, or the folder holds something else.
    """
    refuse_foreign(folder)
    if not (folder / STORE).is_file():
        document = {"format": FORMAT, "length": 1, **settings_document(settings)}
        write_whole(folder / STORE, (json.dumps(document, indent=2) + "\n").encode(), share)
    difference = _difference(read_settings(folder), settings)
    if difference:
        raise CheckpointError(
            f"{folder}: {difference}; name another folder for these, or remove this one"
        )


def refuse_foreign(folder: Path) -> None:
    """Keep from writing into a folder of other things.

    Raises:
        CheckpointError: the folder holds something, but no store.
    """
    if not folder.is_dir() or (folder / STORE).is_file():
        return
    if any(not path.name.startswith(".") for path in folder.iterdir()):
        raise CheckpointError(
            f"{folder}: holds something other than embeddings; name another folder"
        )


def read_settings(folder: Path) -> StoreSettings:
    """What a store was made with.

    Raises:
        CheckpointError: there is no store, or it cannot be read.
    """
    file = folder / STORE
    try:
        document = read_json(file)
        if document["format"] != FORMAT:
            raise CheckpointError(
                f"{file}: format {document['format']}, this version reads format {FORMAT}"
            )
        return settings_of(document)
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{folder}: no embeddings here ({STORE} is missing); elsewhere embed makes them"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{file}: cannot be read ({error!r}); remove the folder, and embed once more"
        ) from error


def settings_of(document: Mapping[str, Any]) -> StoreSettings:
    """The settings that `settings_document` wrote.

    Raises:
        KeyError, TypeError, AttributeError: it did not.
    """
    shapes = {key: tuple(value) for key, value in document["preprocessing"].items()}
    fields = {key: document[key] for key in StoreSettings._fields if key != "preprocessing"}
    return StoreSettings(**fields, preprocessing=Preprocessing(**shapes))


def _difference(there: StoreSettings, asked: StoreSettings) -> str:
    """What the user would have to know of two settings that differ; empty where none do."""
    if there.fingerprint != asked.fingerprint:
        return "holds embeddings of another model"
    if there.vector != asked.vector:
        return f"holds vectors of kind {there.vector}, not {asked.vector}"
    if there.mirror != asked.mirror:
        added = "with" if there.mirror else "without"
        return f"holds vectors {added} the mirrored image (--{'' if there.mirror else 'no-'}mirror)"
    if there.preprocessing != asked.preprocessing:
        return f"its images were made ready otherwise ({_sizes(there)}, not {_sizes(asked)})"
    return "" if there == asked else "holds vectors of another dimension"


def require_alike(
    there: StoreSettings, here: StoreSettings, folder: Path, gallery: str | Path
) -> None:
    """See that embeddings, `there` in a folder, may join others, `here`.

    Raises:
        CheckpointError: they are of another model, vector or preprocessing.
    """
    difference = _difference(there, here)
    if difference:
        raise CheckpointError(f"{folder}: {difference}, unlike {gallery}")


def _sizes(settings: StoreSettings) -> str:
    made = settings.preprocessing
    crop = "x".join(map(str, made.crop))
    return f"resize {'x'.join(map(str, made.resize))}, crop {crop}, mean {list(made.mean)}"


def settings_document(settings: StoreSettings) -> dict[str, Any]:
    """Settings as plain values."""
    return {**settings._asdict(), "preprocessing": settings.preprocessing._asdict()}


def _as_text(settings: StoreSettings) -> str:
    return json.dumps(settings_document(settings), sort_keys=True)
