"""Weights from a hub: asked for where it can be reached, and else looked for among those kept."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from huggingface_hub import constants

_PATIENCE = 1.5
"""Seconds to wait for an answer before there is no network."""


@contextmanager
def kept_offline() -> Iterator[None]:
    """Keep the hub's library from trying again and again where nothing answers.

    What was downloaded before is found all the same.
    """
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not hub_answers()
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def hub_answers() -> bool:
    """Whether the hub's machine can be reached; where a proxy stands between, it knows."""
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY")):
        return True
    place = urlsplit(constants.ENDPOINT)
    port = place.port or (443 if place.scheme == "https" else 80)
    try:
        with socket.create_connection((place.hostname or "", port), _PATIENCE):
            return True
    except OSError:
        return False
