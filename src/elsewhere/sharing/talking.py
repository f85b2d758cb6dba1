"""Talking to the hub: what goes wrong is one line that says what to do, and bars are for people."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils.tqdm import (
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
)

from elsewhere.errors import CheckpointError, ElsewhereError, one_line
from elsewhere.sharing.places import HubPlace

_LOG_IN = "hf auth login, or set HF_TOKEN"


@contextmanager
def talking_to_hub(place: HubPlace) -> Iterator[None]:
    """Tell what fails while the block runs of a place on the hub."""
    try:
        with _bars_on_terminals():
            yield
    except ElsewhereError:
        raise
    except Exception as error:  # the hub's library lets its transport's own errors through
        raise CheckpointError(f"{place}: {_what(place, error)}") from error


@contextmanager
def _bars_on_terminals() -> Iterator[None]:
    if sys.stderr.isatty() or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


def _what(place: HubPlace, error: Exception) -> str:
    address = f"{constants.ENDPOINT}/{place.repository}"
    match error:
        case GatedRepoError():
            return f"asks for consent first: give it at {address}, then {_LOG_IN}"
        case RevisionNotFoundError():
            return f"there is no revision {place.revision}; {address} lists them"
        case RepositoryNotFoundError():
            return f"nothing there, or nothing that you may see; if it is private, {_LOG_IN}"
        case LocalTokenNotFoundError():
            return f"the hub wants to know who you are: {_LOG_IN}"
        case HFValidationError():
            return one_line(str(error))[:200]
        case LocalEntryNotFoundError() | OfflineModeIsEnabled():
            return _out_of_reach(address)
        case HfHubHTTPError():
            return _refused(error)
        case OSError() if error.strerror:
            return f"{error.strerror}: {error.filename or constants.HF_HUB_CACHE}"
    return f"the hub could not be asked ({one_line(str(error))[:200] or type(error).__name__})"


def _out_of_reach(address: str) -> str:
    return (
        f"not among what was downloaded before ({constants.HF_HUB_CACHE}), and {address} cannot be "
        "reached; connect once, or copy the bundle's folder here and name that"
    )


def _refused(error: HfHubHTTPError) -> str:
    status = getattr(error.response, "status_code", None)
    if status in (401, 403):
        return f"the hub refuses ({status}): {_LOG_IN}, with a token that may write there"
    said = getattr(error, "server_message", None) or str(error)
    return f"the hub answers {status}: {one_line(str(said))[:200]}"
