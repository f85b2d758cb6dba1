"""Asking a trained model: where it is found, and what it says of images.

Names are loaded when they are first used, so that an exported file is asked without torch.
"""

from typing import TYPE_CHECKING

from elsewhere.late import late

if TYPE_CHECKING:
    from elsewhere.inference.comparison import Match as Match
    from elsewhere.inference.explanation import Explanation as Explanation
    from elsewhere.inference.exported import ExportedModel as ExportedModel
    from elsewhere.inference.exported import open_exported as open_exported
    from elsewhere.inference.model import Model as Model
    from elsewhere.inference.opening import open_model as open_model
    from elsewhere.inference.vectors import Vectors as Vectors

_NAMES = {
    "elsewhere.inference.comparison": "Match",
    "elsewhere.inference.explanation": "Explanation",
    "elsewhere.inference.exported": "ExportedModel open_exported",
    "elsewhere.inference.model": "Model",
    "elsewhere.inference.opening": "open_model",
    "elsewhere.inference.vectors": "Vectors",
}

__all__, __getattr__, __dir__ = late(__name__, _NAMES)
