"""A model behind HTTP: the service with its types and limits, and the page for people.

Names are loaded when they are first used, since their libraries are an extra.
"""

from typing import TYPE_CHECKING, Any

from elsewhere.errors import ConfigError
from elsewhere.late import late

if TYPE_CHECKING:
    from elsewhere.serving.application import service as service
    from elsewhere.serving.limits import Limits as Limits
    from elsewhere.serving.page import mount_page as mount_page
    from elsewhere.serving.running import address as address
    from elsewhere.serving.running import listen as listen
    from elsewhere.serving.running import run as run
    from elsewhere.serving.running import token_for as token_for

_NAMES = {
    "elsewhere.serving.application": "service",
    "elsewhere.serving.limits": "Limits",
    "elsewhere.serving.page": "mount_page",
    "elsewhere.serving.running": "address listen run token_for",
}

__all__, _load, __dir__ = late(__name__, _NAMES)


def __getattr__(name: str) -> Any:
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        if (error.name or "elsewhere").split(".")[0] == "elsewhere":
            raise
        raise ConfigError(
            f"page and service need {error.name}: pip install 'elsewhere[app]'"
        ) from error
