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

_HOMES = {
    "Limits": "elsewhere.serving.limits",
    "address": "elsewhere.serving.running",
    "listen": "elsewhere.serving.running",
    "mount_page": "elsewhere.serving.page",
    "run": "elsewhere.serving.running",
    "service": "elsewhere.serving.application",
    "token_for": "elsewhere.serving.running",
}

__all__ = list(_HOMES)
_load, __dir__ = late(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        if (error.name or "elsewhere").split(".")[0] == "elsewhere":
            raise
        raise ConfigError(
            f"page and service need {error.name}: pip install 'elsewhere[app]'"
        ) from error
