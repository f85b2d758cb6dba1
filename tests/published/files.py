"""Files as the published code and PyTorch's older versions write them."""

import contextlib
import sys
import types
import warnings
from pathlib import Path

import numpy as np
import torch
from tests.reference import published_networks as reference
from torch import nn

GONE = "modeling.baseline"


def logs():
    """Figures of a training run, numpy's among them."""
    return {"epoch": 160, "val/top1": np.float64(87.5), "val/losses": np.arange(3.0)}


def save_classifier(network, file: Path, prefix=""):
    """{logs, state_dict, feature_center}, as after data-parallel training or before it."""
    weights = {f"{prefix}{key}": value for key, value in network.state_dict().items()}
    center = torch.zeros(network.fc.weight.shape)
    torch.save({"logs": logs(), "state_dict": weights, "feature_center": center}, file)
    return file


def save_pickled(network, file: Path, legacy=True, parallel=True):
    """A whole network, data-parallel as a rule, of classes that no later process can import."""
    whole = nn.DataParallel(network) if parallel else network
    with vanishing_classes(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(whole, file, _use_new_zipfile_serialization=not legacy)
    return file


@contextlib.contextmanager
def vanishing_classes():
    """Give the reference's classes a module that is gone again afterwards."""
    classes = {
        name: kind
        for name, kind in vars(reference).items()
        if isinstance(kind, type) and issubclass(kind, nn.Module)
    }
    package, module = types.ModuleType(GONE.split(".")[0]), types.ModuleType(GONE)
    vars(module).update(classes)
    sys.modules |= {package.__name__: package, GONE: module}
    homes = {kind: kind.__module__ for kind in classes.values()}
    try:
        for kind in homes:
            kind.__module__ = GONE
        yield
    finally:
        for kind, home in homes.items():
            kind.__module__ = home
        del sys.modules[package.__name__], sys.modules[GONE]


def as_if_from_a_gpu(file: Path):
    """Let a file of the older format say that its numbers lay on a GPU."""
    text = file.read_bytes()
    for plain, cuda in {
        b"ctorch\nFloatStorage": b"ctorch.cuda\nFloatStorage",
        b"ctorch\nLongStorage": b"ctorch.cuda\nLongStorage",
        b"X\x03\x00\x00\x00cpu": b"X\x06\x00\x00\x00cuda:0",
    }.items():
        assert plain in text
        text = text.replace(plain, cuda)
    file.write_bytes(text)
    return file
