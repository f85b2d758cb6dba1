"""What Lightning's Trainer does besides training: exact randomness, and checkpoints that last."""

from elsewhere.callbacks.checkpoint import KeepCheckpoints
from elsewhere.callbacks.files import (
    AtomicCheckpointIO,
    find_damage,
    find_resumable,
    read_checkpoint,
    write_checkpoint,
)
from elsewhere.callbacks.progress import EpochLines, planned_epochs
from elsewhere.callbacks.seeding import SeedEachStep
from elsewhere.callbacks.stopping import StopAtSignals, Stopped

__all__ = [
    "AtomicCheckpointIO",
    "EpochLines",
    "KeepCheckpoints",
    "SeedEachStep",
    "StopAtSignals",
    "Stopped",
    "find_damage",
    "find_resumable",
    "planned_epochs",
    "read_checkpoint",
    "write_checkpoint",
]
