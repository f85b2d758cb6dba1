"""From a file's name or a server's address to a gallery."""

from pathlib import Path

from elsewhere.errors import CheckpointError
from elsewhere.gallery.gallery import Gallery
from elsewhere.gallery.keeping import open_database
from elsewhere.inference import open_model
from elsewhere.retrieval.settings import settings_document, settings_of

FORMAT = 1


def open_gallery(
    place: str | Path, model: str | Path | None = None, device: str = "auto"
) -> Gallery:
    """Open a gallery, or make one.

    A gallery remembers where its model lies, and by a hash of its weights which one it is.

    Args:
        place: a file on this machine, or the address of a Milvus server, `http://HOST:19530/NAME`.
        model: a bundle or a run. A new gallery needs it; one that is there, where its model has
            moved.
        device: torch's name of a device; `auto` takes a GPU where there is one.

    Raises:
        CheckpointError: there is no gallery and no model to make one with, the gallery was made
            by another model, or cannot be read.

    Examples:
        >>> gallery = elsewhere.open_gallery("flock.db", model="runs/individuals/seed-0")
        >>> gallery.add(["birds", "a.jpg"]).added
        17
        >>> elsewhere.open_gallery("flock.db").search_words()  # remembers its model
        'exact: every vector is compared'
    """
    database = open_database(str(place))
    document = database.settings()
    opened = open_model(model, device) if model is not None else None
    if document is None:
        if opened is None:
            raise CheckpointError(
                f"{place}: no gallery here; elsewhere gallery build (open_gallery with a model) "
                "makes one"
            )
        made = settings_document(opened.store_settings())
        where = str(opened.folder.absolute())
        document = database.create({"format": FORMAT, **made, "model": where})
    if document["format"] != FORMAT:
        raise CheckpointError(
            f"{place}: format {document['format']}, this version reads format {FORMAT}"
        )
    settings = settings_of(document)
    if opened is not None:
        opened.refuse_other_vectors(settings, place)
    return Gallery(database, settings, opened or Path(document["model"]), device)
