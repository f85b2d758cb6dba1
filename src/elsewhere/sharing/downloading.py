"""A bundle from the hub, downloaded once and found again without a network."""

from pathlib import Path

from huggingface_hub import snapshot_download

from elsewhere.bundle import DESCRIPTION, WEIGHTS
from elsewhere.errors import CheckpointError
from elsewhere.models.hub import kept_offline
from elsewhere.sharing.places import HubPlace
from elsewhere.sharing.talking import talking_to_hub


def download_bundle(place: HubPlace) -> Path:
    """The folder of a bundle that lies on the hub, in the cache that all of the hub's tools share.

    Where the hub cannot be reached, or `HF_HUB_OFFLINE` is set, what was downloaded before is
    taken.
    """
    with talking_to_hub(place), kept_offline():
        folder = Path(
            snapshot_download(
                place.repository,
                revision=place.revision,
                allow_patterns=[DESCRIPTION, WEIGHTS],
            )
        )
    if not (folder / DESCRIPTION).is_file():
        raise CheckpointError(
            f"{place}: holds no bundle ({DESCRIPTION} is missing); elsewhere push writes one"
        )
    return folder
