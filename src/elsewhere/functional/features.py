"""Reading features that somebody else made, as tensors."""

import warnings

import numpy as np
import torch
from torch import Tensor

from elsewhere.errors import DataError


def read_tensor(features: Tensor | np.ndarray, name: str) -> Tensor:
    """Read a tensor or an array, without a copy where that is possible.

    Raises:
        DataError: it holds no numbers that can be read.
    """
    if isinstance(features, np.ndarray) and any(stride < 0 for stride in features.strides):
        features = features.copy()  # torch knows no steps backwards
    try:
        with warnings.catch_warnings():  # arrays that may only be read are only read
            warnings.filterwarnings("ignore", "The given NumPy array is not writable", UserWarning)
            return torch.as_tensor(features).detach()
    except (RuntimeError, TypeError, ValueError) as error:
        raise DataError(
            f"{name}: features cannot be read ({type(features).__name__}: {error}); give a tensor "
            "or an array of numbers"
        ) from error
