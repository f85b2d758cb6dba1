"""A classifier whose factor on h is learned, for `measure_trial.py`."""

import torch
from torch import nn

from elsewhere.models import ClassifierHead


class LearnedScale(ClassifierHead):
    """Starts from 100."""

    scale: nn.Parameter  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        del self.scale
        self.scale = nn.Parameter(torch.tensor(100.0))
